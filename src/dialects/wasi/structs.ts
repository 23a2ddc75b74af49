import {
  O_APPEND,
  O_DSYNC,
  O_NONBLOCK,
  O_SYNC,
  S_IFCHR,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
} from "../../kernel/flags.js";
import { Errno } from "../../wire/errno.js";
import type { StatRecord } from "../../wire/records.js";
import type { Rights } from "./rights.js";

/** The records of WASI preview 1 (witx), as bytes. */

const FILETYPE_UNKNOWN = 0;
const FILETYPE_CHARACTER_DEVICE = 2;
const FILETYPE_DIRECTORY = 3;
const FILETYPE_REGULAR_FILE = 4;
const FILETYPE_SOCKET_STREAM = 6;
const FILETYPE_SYMBOLIC_LINK = 7;

/** WASI's file type for a mode; FIFOs have none. */
const filetype = (mode: number): number => {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return FILETYPE_REGULAR_FILE;
    case S_IFDIR:
      return FILETYPE_DIRECTORY;
    case S_IFLNK:
      return FILETYPE_SYMBOLIC_LINK;
    case S_IFCHR:
      return FILETYPE_CHARACTER_DEVICE;
    case S_IFSOCK:
      return FILETYPE_SOCKET_STREAM;
    default:
      return FILETYPE_UNKNOWN;
  }
};

const FDFLAGS_APPEND = 1;
const FDFLAGS_DSYNC = 2;
export const FDFLAGS_NONBLOCK = 4;
const FDFLAGS_RSYNC = 8;
const FDFLAGS_SYNC = 16;
const FDFLAGS = 31;

/** Linux's status flags for WASI's. Throws EINVAL for unknown ones. */
export const statusFlags = (fdflags: number): number => {
  if ((fdflags & ~FDFLAGS) !== 0) throw new Errno("EINVAL");
  return (
    ((fdflags & FDFLAGS_APPEND) === 0 ? 0 : O_APPEND) |
    ((fdflags & FDFLAGS_DSYNC) === 0 ? 0 : O_DSYNC) |
    ((fdflags & FDFLAGS_NONBLOCK) === 0 ? 0 : O_NONBLOCK) |
    // Linux has O_RSYNC as another name of O_SYNC.
    ((fdflags & (FDFLAGS_SYNC | FDFLAGS_RSYNC)) === 0 ? 0 : O_SYNC)
  );
};

export const fdflags = (status: number): number =>
  ((status & O_APPEND) === 0 ? 0 : FDFLAGS_APPEND) |
  ((status & O_DSYNC) === 0 ? 0 : FDFLAGS_DSYNC) |
  ((status & O_NONBLOCK) === 0 ? 0 : FDFLAGS_NONBLOCK) |
  ((status & O_SYNC) === O_SYNC ? FDFLAGS_SYNC : 0);

const time = (ns: bigint): bigint => (ns < 0n ? 0n : ns);

/** filestat: dev u64, ino u64, filetype u8, nlink u64, size u64, atim, mtim, ctim u64. */
export const filestat = (stat: StatRecord): Uint8Array => {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(stat.dev), true);
  view.setBigUint64(8, BigInt(stat.ino), true);
  view.setUint8(16, filetype(stat.mode));
  view.setBigUint64(24, BigInt(stat.nlink), true);
  view.setBigUint64(32, BigInt(stat.size), true);
  view.setBigUint64(40, time(stat.atime), true);
  view.setBigUint64(48, time(stat.mtime), true);
  view.setBigUint64(56, time(stat.ctime), true);
  return bytes;
};

/** fdstat: filetype u8, flags u16, rights_base u64, rights_inheriting u64. */
export const fdstat = (mode: number, status: number, rights: Rights): Uint8Array => {
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, filetype(mode));
  view.setUint16(2, fdflags(status), true);
  view.setBigUint64(8, rights.base, true);
  view.setBigUint64(16, rights.inheriting, true);
  return bytes;
};

/** prestat of a directory: tag u8 (0), length of its name u32. */
export const prestat = (nameLength: number): Uint8Array => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint32(4, nameLength, true);
  return bytes;
};

const DIRENT = 24;
/** In the kernel's entries: cookie u64, ino u64, DT_* u8, zero u8, length u16, name. */
const ENTRY = 20;

/** WASI's dirents (d_next u64, d_ino u64, d_namlen u32, d_type u8, name) for the kernel's entries, the last one cut. */
export const dirents = (entries: Uint8Array, capacity: number): Uint8Array => {
  const from = Buffer.from(entries.buffer, entries.byteOffset, entries.byteLength);
  const parts: Buffer[] = [];
  let length = 0;
  for (let at = 0; at < from.length && length < capacity; ) {
    const nameLength = from.readUInt16LE(at + 18);
    const dirent = Buffer.alloc(DIRENT + nameLength);
    from.copy(dirent, 0, at, at + 16);
    dirent.writeUInt32LE(nameLength, 16);
    dirent.writeUInt8(filetype(from.readUInt8(at + 16) << 12), 20);
    from.copy(dirent, DIRENT, at + ENTRY, at + ENTRY + nameLength);
    parts.push(dirent);
    length += dirent.length;
    at += ENTRY + nameLength;
  }
  return Buffer.concat(parts, Math.min(length, capacity));
};

/** A u64 that the kernel takes as i64. Throws EOVERFLOW beyond. */
export const signed = (value: bigint): bigint => {
  if (value >= 2n ** 63n) throw new Errno("EOVERFLOW");
  return value;
};
