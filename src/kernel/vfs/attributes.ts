import type { FileType, Stat } from "../../fs/filesystem.js";
import type { StatRecord } from "../../wire/records.js";
import { S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG, S_IFSOCK } from "../flags.js";

const FORMAT: Readonly<Record<FileType, number>> = {
  file: S_IFREG,
  directory: S_IFDIR,
  symlink: S_IFLNK,
  fifo: S_IFIFO,
  character: S_IFCHR,
  socket: S_IFSOCK,
};

/** DT_* of readdir for a type. */
export const directoryType = (type: FileType): number => FORMAT[type] >> 12;

/** What stat(2) shows of a file of the file system mounted as `dev`. */
export const record = (dev: number, stat: Stat): StatRecord => ({
  dev,
  ino: stat.ino,
  mode: FORMAT[stat.type] | (stat.mode & 0o7777),
  nlink: stat.nlink,
  uid: stat.uid,
  gid: stat.gid,
  rdev: stat.rdev ?? 0,
  size: stat.size,
  blksize: 4096,
  blocks: stat.blocks,
  atime: stat.atime,
  mtime: stat.mtime,
  ctime: stat.ctime,
});

/** What stat(2) shows of something that is no file of a file system: a pipe, a socket, a stream. */
export const anonymous = (type: FileType, ino: number, uid: number, gid: number): StatRecord => ({
  dev: 0,
  ino,
  mode: FORMAT[type] | 0o600,
  nlink: 1,
  uid,
  gid,
  rdev: 0,
  size: 0,
  blksize: 4096,
  blocks: 0,
  atime: 0n,
  mtime: 0n,
  ctime: 0n,
});
