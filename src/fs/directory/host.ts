import fs, { type BigIntStats } from "node:fs";
import { ERRNO, Errno, type ErrnoName } from "../../wire/errno.js";

/** The controller's own I/O, each call failing with an `Errno`. All of it is synchronous: a turn of the event loop costs more. */

/** Linux: a handle of a place in a file system, which opens nothing. Node does not name it. */
const O_PATH = 0o10000000;
const { O_CREAT, O_DIRECTORY, O_EXCL, O_RDONLY, O_RDWR, O_WRONLY, O_APPEND } = fs.constants;
// Not on every system that Node runs on, whatever its types say.
const flag = (name: "O_NOFOLLOW" | "O_NONBLOCK"): number =>
  Object.entries(fs.constants).find(([key]) => key === name)?.[1] ?? 0;
const O_NOFOLLOW = flag("O_NOFOLLOW");
const O_NONBLOCK = flag("O_NONBLOCK");

const isErrnoName = (code: unknown): code is ErrnoName =>
  typeof code === "string" && Object.hasOwn(ERRNO, code);

/** What the guest is told of a failure of the controller's: a full table of descriptors is the system's, not its own. */
export function toErrno(error: unknown): Errno {
  if (error instanceof Errno) return error;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "EMFILE":
      return new Errno("ENFILE", "the controller has too many open files");
    case "EBADF":
      return new Errno("EIO", "the controller's descriptor is gone");
    case "ERR_INVALID_ARG_VALUE":
    case "ERR_INVALID_ARG_TYPE":
      return new Errno("EINVAL");
    case "ERR_OUT_OF_RANGE":
      return new Errno("EFBIG");
    default:
      return new Errno(isErrnoName(code) ? code : "EIO");
  }
}

function attempt<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw toErrno(error);
  }
}

export type OpenFlags = "read" | "write" | "both" | "append";
const OPEN: Readonly<Record<OpenFlags, number>> = {
  read: O_RDONLY,
  write: O_WRONLY,
  both: O_RDWR,
  append: O_WRONLY | O_APPEND,
};

/** Attributes of what has a name, not following a link; undefined where there is nothing. */
export const lstat = (path: string): BigIntStats | undefined =>
  attempt(() => fs.lstatSync(path, { bigint: true, throwIfNoEntry: false }));
/** Attributes of what a handle's path leads to. */
export const stat = (path: string): BigIntStats => attempt(() => fs.statSync(path, { bigint: true }));
export const fstat = (fd: number): BigIntStats => attempt(() => fs.fstatSync(fd, { bigint: true }));
/** A handle that opens nothing (Linux). */
export const openPlace = (path: string, directory: boolean): number =>
  attempt(() => fs.openSync(path, O_PATH | O_NOFOLLOW | (directory ? O_DIRECTORY : 0)));
/** Opens through a handle's /proc path, or (`nofollow`) by a name. Never waits for a FIFO's other end. */
export const open = (path: string, how: OpenFlags, nofollow: boolean): number =>
  attempt(() => fs.openSync(path, OPEN[how] | O_NONBLOCK | (nofollow ? O_NOFOLLOW : 0)));
/** Opens by a name to read, not following a link; undefined where that fails. */
export function openIfPossible(path: string): number | undefined {
  try {
    return open(path, "read", true);
  } catch {
    return undefined;
  }
}
/** Makes a file that was not there, open for reading and writing, private until told otherwise. */
export const createNew = (path: string): number =>
  attempt(() => fs.openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));
export const read = (fd: number, into: Uint8Array, offset: number): number =>
  attempt(() => fs.readSync(fd, into, 0, into.length, offset));
export const write = (fd: number, data: Uint8Array, offset: number | null): number =>
  attempt(() => fs.writeSync(fd, data, 0, data.length, offset));
export const truncate = (path: string, size: number): void => attempt(() => fs.truncateSync(path, size));
export const ftruncate = (fd: number, size: number): void => attempt(() => fs.ftruncateSync(fd, size));
export const chmod = (path: string, mode: number): void => attempt(() => fs.chmodSync(path, mode));
export const fchmod = (fd: number, mode: number): void => attempt(() => fs.fchmodSync(fd, mode));
/** Times in seconds. */
export const utimes = (path: string, atime: number, mtime: number): void =>
  attempt(() => fs.utimesSync(path, atime, mtime));
export const futimes = (fd: number, atime: number, mtime: number): void =>
  attempt(() => fs.futimesSync(fd, atime, mtime));
export const lutimes = (path: string, atime: number, mtime: number): void =>
  attempt(() => fs.lutimesSync(path, atime, mtime));
export const sync = (fd: number, dataOnly: boolean): void =>
  attempt(() => (dataOnly ? fs.fdatasyncSync(fd) : fs.fsyncSync(fd)));
export const readdir = (path: string): string[] => attempt(() => fs.readdirSync(path));
export const readlink = (path: string): string => attempt(() => fs.readlinkSync(path));
/** Where what a handle's path leads to is now; undefined where that is longer than the system says. */
export function whereabouts(path: string): string | undefined {
  try {
    return readlink(path);
  } catch (error) {
    if (error instanceof Errno && error.code === "ENAMETOOLONG") return undefined;
    throw error;
  }
}
export const mkdir = (path: string, mode: number): void => attempt(() => fs.mkdirSync(path, mode));
export const symlink = (target: string, path: string): void => attempt(() => fs.symlinkSync(target, path));
export const link = (existing: string, path: string): void => attempt(() => fs.linkSync(existing, path));
export const unlink = (path: string): void => attempt(() => fs.unlinkSync(path));
export const rmdir = (path: string): void => attempt(() => fs.rmdirSync(path));
export const rename = (from: string, to: string): void => attempt(() => fs.renameSync(from, to));
export const statfs = (path: string): fs.StatsFs => attempt(() => fs.statfsSync(path));
export const realpath = (path: string): string => attempt(() => fs.realpathSync.native(path));

/** Closes; what a close reports late is for the caller of the guest's close, everyone else has no use for it. */
export const close = (fd: number): void => attempt(() => fs.closeSync(fd));
export function discard(fd: number): void {
  try {
    fs.closeSync(fd);
  } catch {
    // Linux has let go of the descriptor whatever it answers.
  }
}

const OWN = "/proc/self/fd/";
let shortcut: { readonly pid: number; readonly prefix: string } | undefined;

/** Where /proc has the descriptors of this process, whichever thread asks; by its number, where that is the one it has there. */
function descriptors(): string {
  if (shortcut?.pid !== process.pid) {
    const { pid } = process;
    const same = fs.readlinkSync("/proc/self") === String(pid);
    shortcut = { pid, prefix: same ? `/proc/${pid}/fd/` : OWN };
  }
  return shortcut.prefix;
}

/** The path that leads to what a descriptor stands for, and on from there (Linux). */
export const handlePath = (fd: number): string => `${descriptors()}${fd}`;

/** Whether places can be held by O_PATH handles and reached through /proc/self/fd. */
export function hasHandles(directory: string): boolean {
  if (process.platform !== "linux") return false;
  try {
    const fd = openPlace(directory, true);
    try {
      const [through, held] = [lstat(`${handlePath(fd)}/.`), fstat(fd)];
      return through !== undefined && through.ino === held.ino && through.dev === held.dev;
    } finally {
      discard(fd);
    }
  } catch {
    return false;
  }
}

/** statfs types of what shows or changes the system itself: proc, sysfs, cgroup, cgroup2, debugfs, tracefs, securityfs, bpf, nsfs, devpts. */
const SYSTEM_TYPES: ReadonlySet<number> = new Set([
  0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x64626720, 0x74726163, 0x73636673, 0xcafe4a11, 0x6e736673,
  0x1cd1,
]);

/** Whether a path is on a file system of the system's own, which is more than files. */
export const isSystem = (path: string): boolean => SYSTEM_TYPES.has(Number(statfs(path).type));
