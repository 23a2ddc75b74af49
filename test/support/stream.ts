import type { FileSystem, Inode, OpenFile } from "../../src/fs/filesystem.js";

/** A file system of the host's that is one stream. */
export const oneStream = (kind: string, open: () => OpenFile): FileSystem => {
  const inode: Inode = {
    type: "character",
    ino: 1,
    stat: () => ({
      type: "character",
      ino: 1,
      mode: 0o666,
      nlink: 1,
      uid: 0,
      gid: 0,
      size: 0,
      blocks: 0,
      atime: 0n,
      mtime: 0n,
      ctime: 0n,
    }),
    open,
  };
  return { kind, root: () => inode };
};
