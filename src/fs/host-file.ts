import { closeSync, fstatSync, openSync, readSync, realpathSync } from "node:fs";
import { Errno } from "../wire/errno.js";
import type { FileSystem, Inode, OpenFile, Stat } from "./filesystem.js";

export interface HostFileOptions {
  /** Permission bits that the guest sees. Default: 0o644. */
  readonly mode?: number;
}

/**
 * One real file, read-only, as a file system whose root it is: it can be mounted at a file's path.
 * It shows uid and gid 0. The file is opened once; what is later put in its place is not seen.
 *
 * @throws the error of node:fs where it cannot be opened; TypeError where it is no regular file
 */
export function hostFile(path: string, { mode = 0o644 }: HostFileOptions = {}): FileSystem {
  const fd = openSync(realpathSync(path), "r");
  const stats = fstatSync(fd, { bigint: true });
  if (!stats.isFile()) {
    closeSync(fd);
    throw new TypeError(`${path} is no regular file`);
  }
  let open = true;
  const file: OpenFile = {
    read: (into, offset) => {
      if (!open) throw new Errno("EIO");
      return readSync(fd, into, 0, into.length, offset);
    },
  };
  const stat = (): Stat => ({
    type: "file",
    ino: 1,
    mode: mode & 0o777,
    nlink: 1,
    uid: 0,
    gid: 0,
    size: Number(stats.size),
    blocks: Number(stats.blocks),
    atime: stats.atimeNs,
    mtime: stats.mtimeNs,
    ctime: stats.ctimeNs,
  });
  const inode: Inode = { type: "file", ino: 1, stat, open: () => file };
  return {
    kind: "file",
    readOnly: true,
    root: () => inode,
    close: () => {
      if (open) closeSync(fd);
      open = false;
    },
  };
}
