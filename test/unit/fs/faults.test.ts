import nodefs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { directory } from "../../../src/fs/directory/directory.js";
import { Errno } from "../../../src/wire/errno.js";
import { BEGINNING, SCENARIOS } from "./scenarios.js";
import { InodeSubject, type Step } from "./subject.js";

const made: string[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const at of made.splice(0)) nodefs.rmSync(at, { recursive: true, force: true });
});

/** Every call of the controller's that a directory mount makes. */
const CALLS = [
  "openSync",
  "closeSync",
  "fstatSync",
  "lstatSync",
  "readSync",
  "writeSync",
  "truncateSync",
  "ftruncateSync",
  "chmodSync",
  "fchmodSync",
  "utimesSync",
  "lutimesSync",
  "fsyncSync",
  "fdatasyncSync",
  "readdirSync",
  "readlinkSync",
  "mkdirSync",
  "symlinkSync",
  "linkSync",
  "unlinkSync",
  "rmdirSync",
  "renameSync",
  "statfsSync",
] as const;
type Call = (typeof CALLS)[number];

const STEPS: readonly Step[] = [
  ...BEGINNING,
  ...[
    "times to the nanosecond",
    "modes",
    "links of every kind",
    "reading and writing",
    "hard links",
    "rename of directories",
    "unlinked while open",
    "removing",
  ]
    .flatMap((name) => SCENARIOS[name] ?? [])
    .filter((step) => !("text" in step && step.text.length > 10_000)),
];

const descriptors = (): number => nodefs.readdirSync("/proc/self/fd").length;

/** Runs everything with the n-th call of a kind failing; answers whether there was an n-th. */
async function withFault(call: Call, n: number, code: string): Promise<boolean> {
  const root = nodefs.mkdtempSync(path.join(os.tmpdir(), "sallyport-faults-"));
  made.push(root);
  const original = nodefs[call];
  let calls = 0;
  let failed = false;
  const before = descriptors();
  const fs = directory(root, { mode: "rw", handles: 4 });
  const subject = new InodeSubject(fs);
  const failing = new Proxy(original, {
    apply(target, self, given) {
      if (++calls === n) {
        failed = true;
        // A close that fails has closed all the same, as on Linux.
        if (call === "closeSync") Reflect.apply(target, self, given);
        throw Object.assign(new Error(`${code}: injected`), { code, errno: -5, syscall: call });
      }
      return Reflect.apply(target, self, given);
    },
  });
  Reflect.set(nodefs, call, failing);
  try {
    for (const step of STEPS) await subject.run(step);
    try {
      fs.figures();
      const file = fs.root().create("synced", { mode: 0o644, uid: 1000, gid: 1000 });
      const open = file.open({ read: true, write: true });
      await open.sync?.(false);
      await open.sync?.(true);
      await open.close?.();
    } catch (error) {
      expect(error).toBeInstanceOf(Errno);
    }
  } finally {
    Reflect.set(nodefs, call, original);
  }
  // The mount still works.
  const name = `after-${n}`;
  expect(fs.root().create(name, { mode: 0o600, uid: 1000, gid: 1000 }).stat().mode).toBe(0o600);
  expect(fs.root().lookup(name).type).toBe("file");
  fs.root().unlink(name);
  fs.close();
  expect(descriptors()).toBe(before);
  return failed;
}

describe("whatever call of the controller's fails once", () => {
  it.each(CALLS)(
    "%s: the guest gets an errno, nothing leaks, and the mount goes on",
    { timeout: 240_000 },
    async (call) => {
      let n = 1;
      // Every one of the first, then fewer: the calls repeat themselves.
      while (await withFault(call, n, n % 2 === 0 ? "EIO" : "EACCES")) n += n < 20 ? 1 : Math.ceil(n / 3);
      expect(n, "the scenario makes the call").toBeGreaterThan(1);
    },
  );

  it("a controller without descriptors", async () => {
    await withFault("openSync", 5, "EMFILE");
    const root = nodefs.mkdtempSync(path.join(os.tmpdir(), "sallyport-faults-"));
    made.push(root);
    nodefs.writeFileSync(`${root}/a`, "a");
    using fs = directory(root);
    const file = fs.root().lookup("a");
    vi.spyOn(nodefs, "openSync").mockImplementation(() => {
      throw Object.assign(new Error("EMFILE"), { code: "EMFILE" });
    });
    expect(() => "open" in file && file.open({ read: true, write: false })).toThrow("ENFILE");
  });
});
