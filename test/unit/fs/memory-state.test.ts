import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memory } from "../../../src/fs/memory/memory.js";
import { StateError } from "../../../src/fs/state-error.js";
import { type Tree, TreeFile, TreeLink } from "../../../src/fs/tree.js";
import { steps } from "./random.js";
import { LOOK } from "./scenarios.js";
import { InodeSubject } from "./subject.js";

const TREE: Tree = {
  "a.txt": new TreeFile("text", { mode: 0o600, mtime: 123_456_789n }),
  "d/e/f.bin": new Uint8Array(200_000).fill(7),
  link: new TreeLink("d/e"),
};
const owner = { uid: 1000, gid: 1000, mode: 0o644 };

/** The state as something else would hand it back. */
const copied = (state: unknown): unknown => structuredClone(state);

describe("the state of a memory file system", () => {
  it("is taken back with the same numbers, times, links and holes", () => {
    const one = memory(TREE);
    one.root().link("hard", one.root().lookup("a.txt"));
    one.root().mkfifo("pipe", owner);
    const sparse = one.root().create("sparse", owner);
    sparse.open({ read: true, write: true }).write?.(new Uint8Array([1]), 2 ** 33);
    const other = memory({ "to be": "replaced" });
    other.restore(copied(one.save()));
    for (const name of ["a.txt", "d", "link", "hard", "pipe", "sparse"]) {
      expect(other.root().lookup(name).stat()).toEqual(one.root().lookup(name).stat());
    }
    expect(other.root().stat()).toEqual(one.root().stat());
    expect(other.used).toEqual(one.used);
    expect(other.root().lookup("hard")).toBe(other.root().lookup("a.txt"));
    expect(other.root().create("new", owner).ino).toBe(one.root().create("new", owner).ino);
    expect(() => other.root().lookup("to be")).toThrow("ENOENT");
  });

  it("has what is open or held without a name", () => {
    const one = memory({ f: "contents", d: {} });
    const { ino } = one.root().lookup("f");
    const directory = one.root().lookup("d");
    const file = one.root().lookup("f");
    const open = "open" in file ? file.open({ read: true, write: true }) : undefined;
    one.root().unlink("f");
    one.root().rmdir("d");
    expect(one.inode(ino)).toBe(file);
    expect(one.inode(directory.ino)).toBe(directory);
    const other = memory();
    other.restore(copied(one.save()));
    const again = other.inode(ino);
    if (again === undefined || !("open" in again) || again.open === undefined) throw new Error("it is gone");
    const reopened = again.open({ read: true, write: true });
    const into = new Uint8Array(8);
    expect("read" in reopened && reopened.read(into, 0)).toBe(8);
    expect(Buffer.from(into).toString()).toBe("contents");
    expect(other.used.inodes).toBe(1);
    if ("close" in reopened) reopened.close?.();
    expect(other.used).toEqual({ bytes: 0, inodes: 0 });
    expect(other.inode(ino)).toBeUndefined();
    open?.close?.();
    expect(one.inode(ino)).toBeUndefined();
  });

  it("goes on as before, whatever was done and is done", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(steps, { maxLength: 60 }),
        fc.array(steps, { maxLength: 60 }),
        async (before, after) => {
          const one = memory({ d: { e: { f: {} }, c: "c" }, a: "a", b: "b" });
          one.setClock(() => 5n);
          const first = new InodeSubject(one);
          for (const step of before) await first.run(step);
          await first.close();
          const other = memory();
          other.setClock(() => 5n);
          other.restore(copied(one.save()));
          expect(other.used).toEqual(one.used);
          const [mine, yours] = [new InodeSubject(one), new InodeSubject(other)];
          for (const step of [...after, ...LOOK]) expect(await yours.run(step)).toBe(await mine.run(step));
          expect(other.used).toEqual(one.used);
          await mine.close();
          await yours.close();
          expect(copied(other.save())).toEqual(copied(one.save()));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("is refused where it cannot be, and nothing is changed then", () => {
    const state = () => memory({ a: "a", d: { e: { f: "f" } }, l: new TreeLink("a") }).save();
    type State = ReturnType<typeof state>;
    type Directory = Extract<State["nodes"][number], { type: "directory" }>;
    const directories = (of: State): Directory[] =>
      of.nodes.filter((node): node is Directory => node.type === "directory");
    const wrong: ((of: State) => unknown)[] = [
      () => undefined,
      () => ({}),
      (of) => ({ ...of, version: 2 }),
      (of) => ({ ...of, root: 99 }),
      (of) => ({ ...of, root: of.nodes.find((node) => node.type === "file")?.ino }),
      (of) => ({ ...of, lastIno: 1 }),
      (of) => ({ ...of, nodes: [...of.nodes, of.nodes[0]] }),
      (of) => ({ ...of, more: 1 }),
      (of) => directories(of)[0]?.entries.push(["x", 99]) && of,
      (of) => directories(of)[0]?.entries.push(["a", 2]) && of,
      (of) => directories(of)[0]?.entries.push(["..", 2]) && of,
      (of) => directories(of)[0]?.entries.push(["a/b", 2]) && of,
      (of) => directories(of)[0]?.entries.push(["x".repeat(256), 2]) && of,
      (of) => directories(of)[1]?.entries.push(["root", of.root]) && of,
      (of) => directories(of)[2]?.entries.push(["d", directories(of)[1]?.ino ?? 0]) && of,
      (of) => {
        // A circle that nothing leads to.
        const [top, one, two] = directories(of);
        if (top === undefined || one === undefined || two === undefined) throw new Error("too few");
        top.entries.splice(0);
        two.entries.splice(0, two.entries.length, ["d", one.ino]);
        return of;
      },
      (of) => ({ ...of, nodes: of.nodes.map((node) => ({ ...node, mode: 0o10000 })) }),
      (of) => ({ ...of, nodes: of.nodes.map((node) => ({ ...node, mtime: 5 })) }),
      (of) => ({
        ...of,
        nodes: of.nodes.map((node) => (node.type === "file" ? { ...node, size: 2 ** 60 } : node)),
      }),
      (of) => ({
        ...of,
        nodes: of.nodes.map((node) => (node.type === "file" ? { ...node, size: 0 } : node)),
      }),
      (of) => ({
        ...of,
        nodes: of.nodes.map((node) =>
          node.type === "file" ? { ...node, chunks: [[0, 0, new Uint8Array(1)]] } : node,
        ),
      }),
      (of) => ({
        ...of,
        nodes: of.nodes.map((node) => (node.type === "file" ? { ...node, chunks: [[0, 1, "text"]] } : node)),
      }),
      (of) => ({
        ...of,
        nodes: of.nodes.map((node) =>
          node.type === "symlink" ? { ...node, target: "x".repeat(5000) } : node,
        ),
      }),
    ];
    const fs = memory({ keep: "kept" });
    for (const [at, make] of wrong.entries()) {
      expect(() => fs.restore(make(state())), `case ${at}`).toThrow(StateError);
    }
    expect(
      fs
        .root()
        .readdir()
        .map(({ name }) => name),
    ).toEqual(["keep"]);
    expect(() => memory({}, { bytes: 100 }).restore(state())).toThrow(/quota/);
    expect(() => memory({}, { inodes: 2 }).restore(state())).toThrow(/quota/);
  });
});
