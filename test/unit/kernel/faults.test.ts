import { describe, expect, it } from "vitest";
import { memory } from "../../../src/fs/memory/memory.js";
import { TreeLink } from "../../../src/fs/tree.js";
import {
  AT_FDCWD,
  LOCK_EX,
  LOCK_NB,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_RDWR,
  O_TRUNC,
} from "../../../src/kernel/flags.js";
import { Errno } from "../../../src/wire/errno.js";
import type { Awaitable } from "../../../src/wire/types.js";
import { bytes, errno, setting, text } from "./harness.js";
import { type Before, wrapped } from "./wrapped.js";

const at = AT_FDCWD;

const world = (before: Before, faults: unknown[] = []) =>
  setting({
    mounts: new Map([
      ["/", wrapped(memory({ dir: { file: "content" }, link: new TreeLink("dir/file"), empty: {} }), before)],
      ["/mnt", wrapped(memory({ x: "1" }), before)],
    ]),
    cwd: "/dir",
    onFault: (error) => faults.push(error),
  });

/** A little of everything. Answers what each operation came to. */
const scenario = async ({ ops }: ReturnType<typeof world>): Promise<string[]> => {
  const log: string[] = [];
  const attempt = async <T>(what: string, act: () => Awaitable<T>): Promise<T | undefined> => {
    try {
      const value = await act();
      log.push(`${what}: ok`);
      return value;
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      log.push(`${what}: ${error.code}`);
      return undefined;
    }
  };
  const made = await attempt("create", () =>
    ops.open({ at, path: "new", flags: O_CREAT | O_RDWR, mode: 0o644 }),
  );
  if (made !== undefined) {
    const { fd } = made;
    await attempt("write", () => ops.write({ fd, data: bytes("some text") }));
    await attempt("seek", () => ops.seek({ fd, offset: -4n, whence: 2 }));
    const read = await attempt("read", () => ops.read({ fd, capacity: 99 }));
    log.push(`read ${read === undefined ? "nothing" : text(read.data)}`);
    await attempt("ftruncate", () => ops.ftruncate({ fd, size: 2n }));
    await attempt("sync", () => ops.sync({ fd, data: 0 }));
    await attempt("fstat", () => ops.fstat({ fd }));
    await attempt("close", () => ops.close({ fd }));
  }
  const appended = await attempt("append", () =>
    ops.open({ at, path: "/link", flags: O_APPEND | O_RDWR | O_TRUNC, mode: 0 }),
  );
  if (appended !== undefined) {
    await attempt("write at the end", () => ops.write({ fd: appended.fd, data: bytes("x") }));
    await attempt("close", () => ops.close({ fd: appended.fd }));
  }
  await attempt("mkdir", () => ops.mkdir({ at, path: "sub", mode: 0o755 }));
  await attempt("rename", () => ops.rename({ at, path: "sub", to_at: at, to_path: "/empty", flags: 0 }));
  await attempt("link", () => ops.link({ at, path: "file", to_at: at, to_path: "/twin", flags: 0 }));
  await attempt("symlink", () => ops.symlink({ target: "x", at, path: "/sym" }));
  await attempt("readlink", () => ops.readlink({ at, path: "/link", capacity: 99 }));
  await attempt("chmod", () => ops.chmod({ at, path: "file", mode: 0o600, flags: 0 }));
  await attempt("utimens", () => ops.utimens({ at, path: "file", atime: 1n, mtime: 2n, which: 3, flags: 0 }));
  const directory = await attempt("opendir", () => ops.open({ at, path: "/", flags: O_DIRECTORY, mode: 0 }));
  if (directory !== undefined) {
    await attempt("readdir", () => ops.readdir({ fd: directory.fd, cookie: 0n, capacity: 4096 }));
    await attempt("closedir", () => ops.close({ fd: directory.fd }));
  }
  await attempt("chdir", () => ops.chdir({ path: "/mnt" }));
  await attempt("getcwd", () => ops.getcwd({ capacity: 99 }));
  await attempt("stat", () => ops.stat({ at, path: "x", flags: 0 }));
  await attempt("statvfs", () => ops.statvfs({ at, path: "." }));
  await attempt("unlink", () => ops.unlink({ at, path: "/twin", flags: 0 }));
  await attempt("rmdir", () => ops.unlink({ at, path: "/empty", flags: 0x200 }));
  return log;
};

/** The numbers of open descriptors. */
const open = async ({ ops }: ReturnType<typeof world>): Promise<number[]> => {
  const all: number[] = [];
  for (let fd = 0; fd < 20; fd += 1) {
    try {
      await ops.flags({ fd, which: 1, set: -1 });
      all.push(fd);
    } catch {
      // Not open.
    }
  }
  return all;
};

describe("a file system that answers later", () => {
  it("makes no difference", async () => {
    const atOnce = await scenario(world(() => "now"));
    const later = await scenario(world(() => "later"));
    let turn = 0;
    const mixed = await scenario(
      world(() => {
        turn += 1;
        return turn % 3 === 0 ? "later" : "now";
      }),
    );
    expect(later).toEqual(atOnce);
    expect(mixed).toEqual(atOnce);
    expect(atOnce.filter((line) => !line.endsWith("ok"))).toEqual(["read text"]);
  });
});

describe("a file system of which one call fails", () => {
  it("costs that operation, and nothing else", async () => {
    let calls = 0;
    const whole = await scenario(
      world(() => {
        calls += 1;
        return "now";
      }),
    );
    expect(calls).toBeGreaterThan(50);
    for (const how of ["now", "later", "rejects"] as const) {
      for (let failing = 1; failing <= calls; failing += 1) {
        let call = 0;
        const faults: unknown[] = [];
        let opened = 0;
        const setup = world((method) => {
          call += 1;
          if (call === failing) {
            const error = new TypeError(`${method} fails`);
            if (method === "close") opened -= 1;
            if (how === "rejects") return { rejects: error };
            throw error;
          }
          if (method === "open") opened += 1;
          if (method === "close") opened -= 1;
          return how === "now" ? "now" : "later";
        }, faults);
        const log = await scenario(setup);
        // One fault, told of once; the guest saw EIO, and perhaps what follows from it.
        expect(faults, `call ${failing}`).toHaveLength(1);
        expect(
          log.some((line) => line.endsWith("EIO")),
          `call ${failing}: ${log.join("; ")}`,
        ).toBe(true);
        expect(await open(setup), `call ${failing}`).toEqual([0, 1, 2]);
        expect(opened, `call ${failing}: files left open`).toBe(0);
        expect(log.length).toBeLessThanOrEqual(whole.length);
        // All is well again.
        const { fd } = await setup.ops.open({ at, path: "/after", flags: O_CREAT | O_RDWR, mode: 0o644 });
        expect(fd).toBe(3);
        expect((await setup.ops.write({ fd, data: bytes("x") })).length).toBe(1);
      }
    }
  });
});

describe("a file whose closing fails", () => {
  it("gives its lock back all the same", async () => {
    const { ops } = world((method) => {
      if (method === "close") throw new Errno("EIO");
      return "now";
    });
    const open = async (): Promise<number> =>
      (await ops.open({ at, path: "file", flags: O_RDWR, mode: 0 })).fd;
    const [one, two] = [await open(), await open()];
    const lock = (fd: number) => errno(() => ops.flock({ fd, operation: LOCK_EX | LOCK_NB }));
    expect([await lock(one), await lock(two)]).toEqual(["ok", "EAGAIN"]);
    expect(await errno(() => ops.close({ fd: one }))).toBe("EIO");
    expect(await lock(two)).toBe("ok");
  });
});
