import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { directory } from "../../../src/fs/directory/directory.js";
import { memory } from "../../../src/fs/memory/memory.js";
import { type OverlayFileSystem, overlay } from "../../../src/fs/overlay/overlay.js";
import { StateError } from "../../../src/fs/state-error.js";
import { steps } from "./random.js";
import { LOOK } from "./scenarios.js";
import { InodeSubject } from "./subject.js";

const TREE = { d: { e: { f: {} }, c: "c" }, a: "a", b: "b" };

/** A lower file system: each time the same, as a mount is when a session is taken up again. */
const lower = () => memory(TREE);

const listed = async (fs: OverlayFileSystem): Promise<string[]> =>
  (await fs.changes()).map(({ kind, path }) => `${kind} ${path}`);

async function worked(): Promise<OverlayFileSystem> {
  const fs = overlay(lower());
  const subject = new InodeSubject(fs);
  await subject.run({ op: "rename", path: "d", to: "moved" });
  await subject.run({ op: "write", path: "moved/c", at: 0, text: "changed" });
  await subject.run({ op: "unlink", path: "a" });
  await subject.run({ op: "create", path: "new" });
  await subject.run({ op: "link", path: "new", to: "moved/hard" });
  return fs;
}

describe("the state of an overlay", () => {
  it("is taken back over the same lower file system", async () => {
    const one = await worked();
    const other = overlay(lower());
    await other.restore(structuredClone(await one.save()));
    expect(await listed(other)).toEqual(await listed(one));
    const [mine, yours] = [new InodeSubject(one), new InodeSubject(other)];
    for (const path of ["moved", "moved/c", "new", "moved/hard", "b"]) {
      expect(await yours.run({ op: "stat", path })).toBe(await mine.run({ op: "stat", path }));
    }
    expect((await (await other.root()).lookup("new")).ino).toBe((await (await one.root()).lookup("new")).ino);
    expect(await yours.run({ op: "read", path: "moved/c" })).toBe("changed");
  });

  it("has files that are open without a name", async () => {
    const one = overlay(lower());
    const root = await one.root();
    const node = await root.lookup("a");
    const subject = new InodeSubject(one);
    await subject.run({ op: "open", path: "a", handle: 1 });
    await subject.run({ op: "pwrite", handle: 1, at: 0, text: "unnamed" });
    await subject.run({ op: "unlink", path: "a" });
    const upper = memory();
    const other = overlay(lower(), upper);
    await other.restore(structuredClone(await one.save()));
    const again = other.inode(node.ino);
    const file = await again?.open?.({ read: true, write: false });
    const into = new Uint8Array(9);
    expect(Buffer.from(into.subarray(0, await file?.read(into, 0))).toString()).toBe("unnamed");
    await file?.close?.();
    expect(other.inode(node.ino)).toBeUndefined();
    expect(await listed(other)).toEqual(["removed a"]);
    // The root's own inode is left.
    expect(upper.used.inodes).toBe(1);
  });

  it("goes on as before, whatever was done and is done", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(steps, { maxLength: 60 }),
        fc.array(steps, { maxLength: 60 }),
        async (before, after) => {
          const one = overlay(lower());
          const first = new InodeSubject(one);
          for (const step of before) await first.run(step);
          await first.close();
          const other = overlay(lower());
          await other.restore(structuredClone(await one.save()));
          expect(await listed(other)).toEqual(await listed(one));
          const [mine, yours] = [new InodeSubject(one), new InodeSubject(other)];
          for (const step of [...after, ...LOOK]) expect(await yours.run(step)).toBe(await mine.run(step));
          expect(await listed(other)).toEqual(await listed(one));
          await mine.close();
          await yours.close();
        },
      ),
      { numRuns: 100 },
    );
  });

  it("is refused where it cannot be", async () => {
    const state = await (await worked()).save();
    const wrong: unknown[] = [
      undefined,
      { ...state, version: 2 },
      { ...state, upper: undefined },
      { ...state, root: 5 },
      { ...state, nodes: [] },
      { ...state, nodes: [...state.nodes, ...state.nodes] },
      { ...state, nodes: state.nodes.map((node) => ({ ...node, lower: "/../../etc" })) },
      { ...state, nodes: state.nodes.map((node) => ({ ...node, lower: "/missing" })) },
      { ...state, nodes: state.nodes.map((node) => ({ ...node, stored: "1" })) },
      { ...state, nodes: state.nodes.map((node) => ({ ...node, stored: "../1" })) },
      { ...state, nodes: state.nodes.map((node) => ({ ...node, lower: null, stored: null })) },
      { ...state, nodes: state.nodes.map((node) => ({ ...node, type: "file" })) },
      { ...state, nodes: state.nodes.map((node) => ({ ...node, entries: [["x", state.root]] })) },
      { ...state, nodes: state.nodes.map((node) => ({ ...node, entries: [["..", node.ino]] })) },
      { ...state, nodes: state.nodes.map((node) => ({ ...node, entries: [["x", 12345]] })) },
    ];
    for (const [at, saved] of wrong.entries()) {
      await expect(async () => overlay(lower()).restore(saved), `case ${at}`).rejects.toThrow(StateError);
    }
    await expect(async () => overlay(memory()).restore(structuredClone(state))).rejects.toThrow(
      /not in the lower/,
    );
    await expect(async () => overlay(lower(), memory({}, { inodes: 1 })).restore(state)).rejects.toThrow(
      /quota/,
    );
    expect(() => overlay(lower(), directory("/tmp", { mode: "rw" })).save()).toThrow(StateError);
  });
});
