import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FileSystem, Inode } from "../../../src/fs/filesystem.js";
import { memory } from "../../../src/fs/memory/memory.js";
import { StateError } from "../../../src/fs/state-error.js";
import {
  AT_FDCWD,
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_NONBLOCK,
  O_PATH,
  O_RDWR,
  O_WRONLY,
  SOCK_NONBLOCK,
} from "../../../src/kernel/flags.js";
import { parseState } from "../../../src/kernel/state/schema.js";
import { oneStream } from "../../support/stream.js";
import { bytes, errno, files, now, type Options, setting, text } from "./harness.js";

const at = AT_FDCWD;

const NOTHING = { user: 0n, system: 0n, peak: 0 };

/** A file system in memory that several kernels share, and that finds what was opened by number. */
const shared = (): FileSystem => {
  const inner = memory({ dir: { sub: {} }, file: "0123456789" });
  const known = new Map<number, Inode>();
  const note = (inode: Inode): Inode => {
    known.set(inode.ino, inode);
    return inode;
  };
  const root = inner.root();
  const lookup = root.lookup.bind(root);
  const create = root.create.bind(root);
  Object.assign(root, {
    lookup: (name: string) => note(lookup(name)),
    create: (name: string, how: Parameters<typeof create>[1]) => note(create(name, how)),
  });
  return { kind: "memory", root: () => root, inode: (ino) => known.get(ino) };
};

const world = (fs: FileSystem, options: Options = {}) => {
  const setup = setting({
    mounts: new Map([["/", fs]]),
    deterministic: true,
    usage: () => NOTHING,
    ...options,
  });
  return { setup, ...setup, ...files(setup) };
};

const read = (of: ReturnType<typeof world>, fd: number, capacity = 99): string =>
  text(now(of.ops.read({ fd, capacity })).data);

describe("a kernel's state", () => {
  it("comes back as it was: files, positions, flags, directories", async () => {
    const fs = shared();
    const before = world(fs);
    const { ops, open, chdir, unlink, put } = before;
    const reader = open("/file");
    read(before, reader, 3);
    const { copy } = now(ops.dup({ fd: reader, minimum: 10, flags: O_CLOEXEC }));
    const appender = open("/file", O_WRONLY | O_APPEND | O_NONBLOCK);
    const directory = open("/dir", O_DIRECTORY);
    const path = open("/file", O_PATH);
    put("/gone", "no name");
    const gone = open("/gone", O_RDWR);
    unlink("/gone");
    chdir("/dir/sub");
    now(ops.umask({ mask: 0o077 }));
    now(ops.random({ capacity: 5 }));
    now(ops.sleep({ id: 1, until: 777n, flags: 0 }));
    now(ops.kill({ pid: 0, signal: 10 }));
    now(ops.flock({ fd: reader, operation: 2 }));
    now(ops.close({ fd: 0 }));
    const drawn = Buffer.from(now(world(shared()).ops.random({ capacity: 10 })).data);

    const state = await before.kernel.save();
    const after = world(fs);
    await after.kernel.restore(structuredClone(state));
    expect(await after.kernel.save()).toEqual(state);

    expect(read(after, copy, 3)).toBe("345");
    expect(read(after, reader, 3), "the position is shared").toBe("678");
    expect(now(after.ops.flags({ fd: copy, which: 1, set: -1 })).flags).toBe(1);
    expect(now(after.ops.flags({ fd: appender, which: 0, set: -1 })).flags).toBe(
      O_WRONLY | O_APPEND | O_NONBLOCK,
    );
    now(after.ops.write({ fd: appender, data: bytes("!") }));
    expect(after.stat("/file").size).toBe(11);
    expect(now(after.ops.stat({ at: directory, path: "sub", flags: 0 })).stat.nlink).toBe(2);
    expect(await errno(() => after.ops.read({ fd: path, capacity: 1 }))).toBe("EBADF");
    expect(read(after, gone)).toBe("no name");
    expect(now(after.ops.fstat({ fd: gone })).stat.nlink).toBe(0);
    expect(after.cwd()).toBe("/dir/sub");
    expect(now(after.ops.umask({ mask: -1 })).old).toBe(0o077);
    expect(Buffer.from(now(after.ops.random({ capacity: 5 })).data)).toEqual(drawn.subarray(5));
    expect(now(after.ops.clock({ id: 1 })).time).toBe(777n);
    expect(after.kernel.takeSignal()).toBe(10);
    const other = after.open("/file");
    expect(other, "stdin's number is free").toBe(0);
    expect(await errno(() => after.ops.flock({ fd: other, operation: 1 | 4 }))).toBe("EAGAIN");
    expect(after.kernel.counts.byName.get("dup")).toBe(1);
  });

  it("has pipes, FIFOs, pairs of sockets and devices with what is in them", async () => {
    const fs = shared();
    const before = world(fs);
    const { ops } = before;
    const [reader, writer] = now(ops.pipe({ flags: 0 })).fds;
    now(ops.write({ fd: writer, data: bytes("in the pipe") }));
    now(ops.mkfifo({ at, path: "/fifo", mode: 0o644 }));
    const fifo = before.open("/fifo", O_RDWR);
    now(ops.write({ fd: fifo, data: bytes("by name") }));
    const [one, two] = now(ops.socketpair({ domain: 1, type: 1, protocol: 0 })).fds;
    now(ops.write({ fd: one, data: bytes("to two") }));
    now(ops.write({ fd: two, data: bytes("to one") }));
    now(ops.shutdown({ fd: one, how: 1 }));
    const [three, four] = now(ops.socketpair({ domain: 1, type: 5 | SOCK_NONBLOCK, protocol: 0 })).fds;
    for (const packet of ["a", "bc"]) now(ops.write({ fd: three, data: bytes(packet) }));
    now(ops.close({ fd: three }));
    const zero = before.open("/dev/zero");
    const out = before.open("/dev/stdout", O_WRONLY);

    const state = await before.kernel.save();
    const after = world(fs);
    await after.kernel.restore(state);
    expect(await after.kernel.save()).toEqual(state);

    expect(read(after, reader)).toBe("in the pipe");
    now(after.ops.close({ fd: writer }));
    expect(read(after, reader), "its last writer").toBe("");
    expect(read(after, fifo)).toBe("by name");
    now(after.ops.write({ fd: after.open("/fifo", O_RDWR), data: bytes("again") }));
    expect(read(after, fifo)).toBe("again");
    expect([read(after, one), read(after, two), read(after, two)]).toEqual(["to one", "to two", ""]);
    expect(await errno(() => after.ops.write({ fd: one, data: bytes("x") }))).toBe("EPIPE");
    expect([read(after, four), read(after, four), read(after, four)]).toEqual(["a", "bc", ""]);
    expect(read(after, zero, 2)).toBe("\0\0");
    now(after.ops.write({ fd: out, data: bytes("out") }));
    expect(after.written.out).toBe("out");
  });

  it("cannot have what is the host's, or lost", async () => {
    const stream = oneStream("host", () => ({ stream: true, read: () => 0 }));
    const of = world(memory({ file: "x" }), {
      mounts: new Map([
        ["/", memory({ file: "x" })],
        ["/host", stream],
      ]),
    });
    const fd = of.open("/host");
    await expect(of.kernel.save()).rejects.toThrow(/descriptor 3 \("\/host"\) is a stream of the host's/);
    now(of.ops.close({ fd }));
    const waiting = of.ops.read({ fd: now(of.ops.pipe({ flags: 0 })).fds[0], capacity: 1 });
    await expect(of.kernel.save()).rejects.toThrow(/is waiting/);
    const rejected = expect(waiting).rejects.toThrow();
    await of.kernel.close();
    await rejected;
  });

  it("gives a restored guest nothing that it could not open", async () => {
    const before = world(shared());
    const fd = before.open("/file", O_RDWR);
    const state = await before.kernel.save();
    const ro = shared();
    const readOnly = world({ ...ro, root: () => ro.root(), readOnly: true });
    await expect(readOnly.kernel.restore(state)).rejects.toThrow(
      `descriptor ${fd} cannot be restored: EROFS`,
    );
    const ruled = world(shared(), { files: { deny: ["/file"] } });
    await expect(ruled.kernel.restore(state)).rejects.toThrow(/EACCES|not there/);
    const elsewhere = world(memory({}));
    await expect(elsewhere.kernel.restore(state)).rejects.toThrow('"/file" is not there any more');
  });
});

describe("a damaged state", () => {
  /** Some other value in the place of one somewhere within. */
  const damaged = (value: unknown, choose: (most: number) => number): unknown => {
    const others = [null, -1, 0, 1, 2 ** 53, 1.5, "", "/", "../..", [], {}, true, 3n, -1n, new Uint8Array(3)];
    const within = typeof value === "object" && value !== null && !(value instanceof Uint8Array);
    const keys = within ? Object.keys(value) : [];
    if (!within || keys.length === 0 || choose(8) === 0) return others[choose(others.length)];
    const entries = Object.entries(value);
    const at = choose(entries.length);
    const [key = "", old] = entries[at] ?? [];
    if (Array.isArray(value))
      return value.map((item, index) => (index === at ? damaged(item, choose) : item));
    if (choose(10) === 0) return Object.fromEntries(entries.filter(([name]) => name !== key));
    return { ...value, [key]: damaged(old, choose) };
  };

  it("is an error, or a state that can be", async () => {
    const fs = shared();
    const before = world(fs);
    const { ops } = before;
    now(ops.pipe({ flags: 0 }));
    now(ops.socketpair({ domain: 1, type: 2, protocol: 0 }));
    now(ops.flock({ fd: before.open("/file"), operation: 1 }));
    before.open("/dir", O_DIRECTORY);
    before.open("/dev/null");
    const state = await before.kernel.save();
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(1_000_000)), async (numbers) => {
        const value = damaged(state, (most) => (numbers.next().value ?? 0) % most);
        const after = world(fs);
        try {
          await after.kernel.restore(value);
        } catch (error) {
          expect(error).toBeInstanceOf(StateError);
        }
        await after.kernel.close();
      }),
      { numRuns: 500 },
    );
  });

  it("says where it is damaged", () => {
    expect(() => parseState(7)).toThrow(StateError);
    expect(() => parseState({ version: 2 })).toThrow(/damaged at version/);
  });
});

describe("waiting for creation", () => {
  it("a file is found by its path when it was only renamed over", async () => {
    const fs = shared();
    const before = world(fs);
    before.put("/a", "a");
    const { fd } = now(before.ops.open({ at, path: "/a", flags: O_CREAT | O_RDWR, mode: 0o600 }));
    before.rename("/a", "/b");
    const after = world(fs);
    await after.kernel.restore(await before.kernel.save());
    expect(read(after, fd)).toBe("a");
  });
});
