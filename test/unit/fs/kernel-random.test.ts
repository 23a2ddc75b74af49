import nodefs from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { directory } from "../../../src/fs/directory/directory.js";
import type { FileSystem } from "../../../src/fs/filesystem.js";
import { memory } from "../../../src/fs/memory/memory.js";
import { overlay } from "../../../src/fs/overlay/overlay.js";
import { setting } from "../kernel/harness.js";
import { type Call, calls, HostMachine, KernelMachine } from "./kernel-model.js";

let root = "";
beforeAll(() => {
  process.umask(0o022);
  root = nodefs.mkdtempSync(path.join(os.tmpdir(), "sallyport-random-"));
});
afterAll(() => nodefs.rmSync(root, { recursive: true, force: true }));

function fresh(): string {
  const at = nodefs.mkdtempSync(path.join(root, "d-"));
  nodefs.chmodSync(at, 0o755);
  return at;
}

const BEGINNING = { d: { e: { a: "deep" }, b: "in d" }, a: "contents" };
function begin(at: string): string {
  nodefs.mkdirSync(`${at}/d/e`, { recursive: true });
  nodefs.writeFileSync(`${at}/d/e/a`, "deep");
  nodefs.writeFileSync(`${at}/d/b`, "in d");
  nodefs.writeFileSync(`${at}/a`, "contents");
  return at;
}

const KINDS: Readonly<Record<string, () => FileSystem>> = {
  memory: () => memory(BEGINNING),
  "directory rw": () => directory(begin(fresh()), { mode: "rw" }),
  "overlay over memory": () => overlay(memory(BEGINNING)),
  "overlay over a directory": () => overlay(directory(begin(fresh()))),
  "overlay in a directory": () => overlay(memory(BEGINNING), directory(fresh(), { mode: "rw" })),
};

/** Whoever runs the test is the model: root may do what others may not. */
const identity = process.getuid?.() === 0 ? { identity: { uid: 0, gid: 0 } } : {};
const LOOK: readonly Call[] = ["", "a", "b", "d", "e", "l", "m", "d/e", "d/e/a", "d/b", "e/a", "m/a"].flatMap(
  (at) => [
    { call: "lstat", path: at === "" ? "." : at },
    { call: "list", path: at === "" ? "." : at },
  ],
);

describe.each(Object.entries(KINDS))("the kernel over %s", (_, make) => {
  it("answers random calls as the system's own does", { timeout: 240_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(calls, { minLength: 30, maxLength: 200 }), async (sequence) => {
        const at = begin(fresh());
        const host = new HostMachine(at);
        const mounted = make();
        const made = setting({
          ...identity,
          mounts: new Map<string, FileSystem>([
            ["/", memory()],
            ["/w", mounted],
          ]),
        });
        const ours = new KernelMachine(made, "/w");
        try {
          for (const call of [...sequence, ...LOOK]) {
            const answer = ours.run(call);
            expect(`${JSON.stringify(call)} → ${answer}`).toBe(`${JSON.stringify(call)} → ${host.run(call)}`);
          }
        } finally {
          host.close();
          await made.kernel.close();
          await mounted.close?.();
          nodefs.rmSync(at, { recursive: true, force: true });
        }
      }),
      { numRuns: 60 },
    );
  });
});
