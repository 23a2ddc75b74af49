/**
 * Records that stand in out-parameters with the shapes `stat` and `statvfs`.
 */

/** Attributes of a file as struct stat has them. Times are nanoseconds since 1970; the rest 0 to 2^53 - 1. */
export interface StatRecord {
  readonly dev: number;
  readonly ino: number;
  /** File type (S_IFMT) and permission bits. */
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  /** Bytes. */
  readonly size: number;
  readonly blksize: number;
  /** Blocks of 512 bytes. */
  readonly blocks: number;
  readonly atime: bigint;
  readonly mtime: bigint;
  readonly ctime: bigint;
}

/** A file system's figures as struct statvfs has them; each 0 to 2^53 - 1. */
export interface StatvfsRecord {
  readonly bsize: number;
  readonly frsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
  readonly namemax: number;
}

const HIGH = 2 ** 32;

/** Stores an integer of 0 to 2^53 - 1 as u64. */
const setSafe = (view: DataView, at: number, value: number): void => {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, Math.floor(value / HIGH), true);
};

const getSafe = (view: DataView, at: number): number =>
  view.getUint32(at, true) + view.getUint32(at + 4, true) * HIGH;

/** Writes 88 bytes: dev u64, ino u64, mode u32, nlink u32, uid u32, gid u32, rdev u64, size u64, blksize u32, zero u32, blocks u64, three times i64. */
export const writeStat = (view: DataView, at: number, stat: StatRecord): void => {
  setSafe(view, at, stat.dev);
  setSafe(view, at + 8, stat.ino);
  view.setUint32(at + 16, stat.mode, true);
  view.setUint32(at + 20, stat.nlink, true);
  view.setUint32(at + 24, stat.uid, true);
  view.setUint32(at + 28, stat.gid, true);
  setSafe(view, at + 32, stat.rdev);
  setSafe(view, at + 40, stat.size);
  view.setUint32(at + 48, stat.blksize, true);
  view.setUint32(at + 52, 0, true);
  setSafe(view, at + 56, stat.blocks);
  view.setBigInt64(at + 64, stat.atime, true);
  view.setBigInt64(at + 72, stat.mtime, true);
  view.setBigInt64(at + 80, stat.ctime, true);
};

/** Reads what `writeStat` wrote. */
export const readStat = (view: DataView, at: number): StatRecord => ({
  dev: getSafe(view, at),
  ino: getSafe(view, at + 8),
  mode: view.getUint32(at + 16, true),
  nlink: view.getUint32(at + 20, true),
  uid: view.getUint32(at + 24, true),
  gid: view.getUint32(at + 28, true),
  rdev: getSafe(view, at + 32),
  size: getSafe(view, at + 40),
  blksize: view.getUint32(at + 48, true),
  blocks: getSafe(view, at + 56),
  atime: view.getBigInt64(at + 64, true),
  mtime: view.getBigInt64(at + 72, true),
  ctime: view.getBigInt64(at + 80, true),
});

const STATVFS = ["bsize", "frsize", "blocks", "bfree", "bavail", "files", "ffree", "namemax"] as const;

/** Writes 64 bytes: the eight figures in the order of the interface, each u64. */
export const writeStatvfs = (view: DataView, at: number, figures: StatvfsRecord): void => {
  for (const [index, name] of STATVFS.entries()) setSafe(view, at + 8 * index, figures[name]);
};

/** Reads what `writeStatvfs` wrote. */
export const readStatvfs = (view: DataView, at: number): StatvfsRecord => ({
  bsize: getSafe(view, at),
  frsize: getSafe(view, at + 8),
  blocks: getSafe(view, at + 16),
  bfree: getSafe(view, at + 24),
  bavail: getSafe(view, at + 32),
  files: getSafe(view, at + 40),
  ffree: getSafe(view, at + 48),
  namemax: getSafe(view, at + 56),
});
