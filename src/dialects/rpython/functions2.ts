import { Errno } from "../../wire/errno.js";
import type { StatRecord } from "../../wire/records.js";
import type { Awaitable } from "../../wire/types.js";
import {
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_NOFOLLOW,
  identity,
  MAX_READ,
  O_CLOEXEC,
  O_DIRECTORY,
  text,
} from "./calls.js";
import { Directories } from "./directories2.js";
import { getenv } from "./environment2.js";
import { Leave, type Request } from "./request2.js";

/** One function of the C library, with the signature that the child was compiled with. */
export interface LibcFunction {
  readonly signature: string;
  /** What it returns when it fails with an errno. */
  readonly failure: bigint;
  run(request: Request): Awaitable<bigint | number | undefined>;
}

const at = AT_FDCWD;
const MAX_PATH = 4096;
/** A word of the child as a size: at most `most`. */
const atMost = (wanted: bigint, most: number): number => (wanted < BigInt(most) ? Number(wanted) : most);

const path = async (request: Request, index: number): Promise<string> => {
  const bytes = await request.memory.string(request.pointer(index), MAX_PATH);
  if (bytes.length >= MAX_PATH) throw new Errno("ENAMETOOLONG");
  return text(bytes);
};

/** struct stat of Linux x86-64, 144 bytes. */
function statBytes(s: StatRecord): Buffer {
  const bytes = Buffer.alloc(144);
  bytes.writeBigUInt64LE(BigInt(s.dev), 0);
  bytes.writeBigUInt64LE(BigInt(s.ino), 8);
  bytes.writeBigUInt64LE(BigInt(s.nlink), 16);
  bytes.writeUInt32LE(s.mode, 24);
  bytes.writeUInt32LE(s.uid, 28);
  bytes.writeUInt32LE(s.gid, 32);
  bytes.writeBigUInt64LE(BigInt(s.rdev), 40);
  bytes.writeBigInt64LE(BigInt(s.size), 48);
  bytes.writeBigInt64LE(BigInt(s.blksize), 56);
  bytes.writeBigInt64LE(BigInt(s.blocks), 64);
  for (const [index, time] of [s.atime, s.mtime, s.ctime].entries()) {
    bytes.writeBigInt64LE(time / 1_000_000_000n, 72 + 16 * index);
    bytes.writeBigInt64LE(time % 1_000_000_000n, 80 + 16 * index);
  }
  return bytes;
}

const pair = (a: bigint, b: bigint): Buffer => {
  const bytes = Buffer.alloc(16);
  bytes.writeBigInt64LE(a, 0);
  bytes.writeBigInt64LE(b, 8);
  return bytes;
};

const statPath = (flags: number) => async (r: Request) => {
  const { stat } = await r.calls.stat({ at, path: await path(r, 0), flags });
  r.memory.write(r.pointer(1), statBytes(stat));
  return 0;
};

const id = (which: number) => (r: Request) => identity(r.calls, which);

async function read(r: Request): Promise<number> {
  const wanted = r.long(2);
  if (wanted < 0n) throw new Errno("EINVAL");
  const { data } = await r.calls.read({
    fd: r.int(0),
    capacity: atMost(wanted, MAX_READ),
  });
  r.memory.write(r.pointer(1), data);
  return data.length;
}

async function write(r: Request): Promise<number> {
  const wanted = r.long(2);
  if (wanted < 0n) throw new Errno("EINVAL");
  const data = await r.memory.read(r.pointer(1), atMost(wanted, 1 << 20));
  return (await r.calls.write({ fd: r.int(0), data })).length;
}

async function clock(r: Request, clockId: number, into: bigint, unit: bigint): Promise<void> {
  const { time } = await r.calls.clock({ id: clockId });
  r.memory.write(into, pair(time / 1_000_000_000n, (time % 1_000_000_000n) / unit));
}

async function time(r: Request): Promise<bigint> {
  const now = (await r.calls.clock({ id: 0 })).time / 1_000_000_000n;
  const into = r.pointer(0);
  if (into !== 0n) r.memory.write(into, pair(now, 0n).subarray(0, 8));
  return now;
}

async function getcwd(r: Request): Promise<bigint> {
  const capacity = r.long(1);
  const { path: bytes } = await r.calls.getcwd({ capacity: MAX_PATH });
  if (capacity <= BigInt(bytes.length)) throw new Errno("ERANGE");
  r.memory.write(r.pointer(0), Buffer.concat([bytes, Buffer.alloc(1)]));
  return r.pointer(0);
}

async function readlink(r: Request): Promise<number> {
  const wanted = r.long(2);
  if (wanted <= 0n) throw new Errno("EINVAL");
  const capacity = atMost(wanted, MAX_PATH);
  const { target } = await r.calls.readlink({ at, path: await path(r, 0), capacity });
  r.memory.write(r.pointer(1), target);
  return target.length;
}

/** select(n, read, write, except, timeout): fd_set of 1024 bits each, struct timeval. */
async function select(r: Request): Promise<number> {
  const count = r.int(0);
  if (count < 0 || count > 1024) throw new Errno("EINVAL");
  const sets: (Buffer | undefined)[] = [];
  for (const index of [1, 2, 3]) {
    const pointer = r.pointer(index);
    sets.push(pointer === 0n ? undefined : await r.memory.read(pointer, 128));
  }
  let timeout = -1n;
  if (r.pointer(4) !== 0n) {
    const value = await r.memory.read(r.pointer(4), 16);
    timeout = value.readBigInt64LE(0) * 1_000_000_000n + value.readBigInt64LE(8) * 1000n;
    if (timeout < 0n || timeout >= 2n ** 63n) throw new Errno("EINVAL");
  }
  const has = (set: number, fd: number): boolean => ((sets[set]?.[fd >> 3] ?? 0) & (1 << (fd & 7))) !== 0;
  const asked: { fd: number; events: number }[] = [];
  for (let fd = 0; fd < count; fd++) {
    const events = (has(0, fd) ? 1 : 0) | (has(1, fd) ? 4 : 0) | (has(2, fd) ? 2 : 0);
    if (events !== 0) asked.push({ fd, events });
  }
  const fds = Buffer.alloc(8 * asked.length);
  for (const [index, { fd, events }] of asked.entries()) {
    fds.writeInt32LE(fd, 8 * index);
    fds.writeUInt16LE(events, 8 * index + 4);
  }
  const { ready } = await r.calls.poll({ fds, timeout, capacity: 2 * asked.length });
  const answers = sets.map((set) => (set === undefined ? undefined : Buffer.alloc(128)));
  let found = 0;
  for (const [index, { fd, events }] of asked.entries()) {
    const revents = (ready[2 * index] ?? 0) | ((ready[2 * index + 1] ?? 0) << 8);
    if ((revents & 32) !== 0) throw new Errno("EBADF");
    const hit = [(revents & (1 | 16 | 8)) !== 0, (revents & (4 | 8)) !== 0, (revents & 2) !== 0];
    for (const set of [0, 1, 2]) {
      const bit = [1, 4, 2][set] ?? 0;
      const answer = answers[set];
      if (answer === undefined || (events & bit) === 0 || hit[set] !== true) continue;
      answer[fd >> 3] = (answer[fd >> 3] ?? 0) | (1 << (fd & 7));
      found += 1;
    }
  }
  for (const [index, answer] of answers.entries()) {
    if (answer !== undefined) r.memory.write(r.pointer(index + 1), answer);
  }
  return found;
}

const directories = new Directories();

async function opendir(r: Request): Promise<bigint> {
  const { fd } = await r.calls.open({ at, path: await path(r, 0), flags: O_DIRECTORY | O_CLOEXEC, mode: 0 });
  try {
    return await directories.open(r, fd);
  } catch (error) {
    await r.calls.close({ fd });
    throw error;
  }
}

const minusOne: Readonly<Record<string, (r: Request) => Awaitable<bigint | number | undefined>>> = {
  "open(pii)i": async (r) =>
    (await r.calls.open({ at, path: await path(r, 0), flags: r.int(1) >>> 0, mode: r.int(2) >>> 0 })).fd,
  "close(i)i": async (r) => void (await r.calls.close({ fd: r.int(0) })),
  "read(ipi)i": read,
  "write(ipi)i": write,
  "lseek(iii)i": async (r) =>
    (await r.calls.seek({ fd: r.int(0), offset: r.long(1), whence: r.int(2) >>> 0 })).position,
  "stat64(pp)i": statPath(0),
  "stat(pp)i": statPath(0),
  "lstat64(pp)i": statPath(AT_SYMLINK_NOFOLLOW),
  "lstat(pp)i": statPath(AT_SYMLINK_NOFOLLOW),
  "fstat64(ip)i": async (r) =>
    void r.memory.write(r.pointer(1), statBytes((await r.calls.fstat({ fd: r.int(0) })).stat)),
  "fstat(ip)i": async (r) =>
    void r.memory.write(r.pointer(1), statBytes((await r.calls.fstat({ fd: r.int(0) })).stat)),
  "access(pi)i": async (r) =>
    void (await r.calls.access({ at, path: await path(r, 0), mode: r.int(1) >>> 0, flags: 0 })),
  "mkdir(pi)i": async (r) => void (await r.calls.mkdir({ at, path: await path(r, 0), mode: r.int(1) >>> 0 })),
  "rmdir(p)i": async (r) => void (await r.calls.unlink({ at, path: await path(r, 0), flags: AT_REMOVEDIR })),
  "unlink(p)i": async (r) => void (await r.calls.unlink({ at, path: await path(r, 0), flags: 0 })),
  "rename(pp)i": async (r) =>
    void (await r.calls.rename({
      at,
      path: await path(r, 0),
      to_at: at,
      to_path: await path(r, 1),
      flags: 0,
    })),
  "link(pp)i": async (r) =>
    void (await r.calls.link({ at, path: await path(r, 0), to_at: at, to_path: await path(r, 1), flags: 0 })),
  "symlink(pp)i": async (r) =>
    void (await r.calls.symlink({ target: await path(r, 0), at, path: await path(r, 1) })),
  "readlink(ppi)i": readlink,
  "chmod(pi)i": async (r) =>
    void (await r.calls.chmod({ at, path: await path(r, 0), mode: r.int(1) >>> 0, flags: 0 })),
  "chdir(p)i": async (r) => void (await r.calls.chdir({ path: await path(r, 0) })),
  "fchdir(i)i": async (r) => void (await r.calls.fchdir({ fd: r.int(0) })),
  "ftruncate(ii)i": async (r) => void (await r.calls.ftruncate({ fd: r.int(0), size: r.long(1) })),
  "ftruncate64(ii)i": async (r) => void (await r.calls.ftruncate({ fd: r.int(0), size: r.long(1) })),
  "fsync(i)i": async (r) => void (await r.calls.sync({ fd: r.int(0), data: 0 })),
  "fdatasync(i)i": async (r) => void (await r.calls.sync({ fd: r.int(0), data: 1 })),
  "dup(i)i": async (r) => (await r.calls.dup({ fd: r.int(0), minimum: 0, flags: 0 })).copy,
  "dup2(ii)i": async (r) => {
    await r.calls.dup2({ fd: r.int(0), to: r.int(1), flags: 0 });
    return r.int(1);
  },
  "isatty(i)i": async (r) => {
    await r.calls.isatty({ fd: r.int(0) });
    return 1;
  },
  "pipe(p)i": async (r) => {
    const { fds } = await r.calls.pipe({ flags: 0 });
    const bytes = Buffer.alloc(8);
    bytes.writeInt32LE(fds[0], 0);
    bytes.writeInt32LE(fds[1], 4);
    r.memory.write(r.pointer(0), bytes);
    return 0;
  },
  "umask(i)i": async (r) => (await r.calls.umask({ mask: r.int(0) & 0o777 })).old,
  "getpid()i": id(0),
  "getppid()i": id(1),
  "getuid()i": id(2),
  "geteuid()i": id(3),
  "getgid()i": id(4),
  "getegid()i": id(5),
  "getpgrp()i": id(6),
  "time(p)i": time,
  "gettimeofday(pp)i": async (r) => void (await clock(r, 0, r.pointer(0), 1000n)),
  "clock_gettime(ip)i": async (r) => void (await clock(r, r.int(0) >>> 0, r.pointer(1), 1n)),
  "select(ipppp)i": select,
  "closedir(p)i": async (r) => void (await directories.close(r, r.pointer(0))),
  "exit(i)v": (r) => {
    throw new Leave(r.int(0) & 0xff);
  },
  "_exit(i)v": (r) => {
    throw new Leave(r.int(0) & 0xff);
  },
};

const zero: Readonly<Record<string, (r: Request) => Awaitable<bigint | number | undefined>>> = {
  "getenv(p)p": getenv,
  "getcwd(pi)p": getcwd,
  "opendir(p)p": opendir,
  "readdir(p)p": (r) => directories.next(r, r.pointer(0)),
  "readdir64(p)p": (r) => directories.next(r, r.pointer(0)),
};

const functions = new Map<string, LibcFunction>();
for (const [table, failure] of [
  [minusOne, -1n],
  [zero, 0n],
] as const) {
  for (const [signature, run] of Object.entries(table)) functions.set(signature, { signature, failure, run });
}

/** The function with exactly this signature; undefined for all others. */
export const libcFunction = (name: string, kinds: string, kind: string): LibcFunction | undefined =>
  functions.get(`${name}(${kinds})${kind}`);
