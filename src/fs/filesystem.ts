import type { Awaitable } from "../wire/awaitable.js";

/**
 * The interface between the kernel and a file system: inodes and open files.
 *
 * A file system is a class or an object of yours. Only `root`, `stat` and what its files can do need to be there:
 * a missing method makes the kernel answer the fitting errno (EROFS for changes, ENOTDIR, EINVAL, …). Every method
 * may answer at once or with a promise, and fails by throwing an `Errno`. The kernel resolves paths, `..`, mounts
 * and symbolic links, checks modes, and keeps positions, so that names reach a file system one component at a time:
 * never empty, ".", "..", or with a "/" or NUL in them.
 */
export type { Awaitable };

/** What a file is. Contents of pipes, devices and sockets are the kernel's. */
export type FileType = "file" | "directory" | "symlink" | "fifo" | "character" | "socket";

/** Attributes. Times are nanoseconds since 1970; sizes are bytes. */
export interface Stat {
  readonly type: FileType;
  /** Unique and stable within the file system. */
  readonly ino: number;
  /** Permission bits with setuid, setgid and sticky: 0 to 0o7777. */
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Storage in blocks of 512 bytes. */
  readonly blocks: number;
  readonly atime: bigint;
  readonly mtime: bigint;
  readonly ctime: bigint;
  readonly rdev?: number;
}

/** A name in a directory, and what it leads to. */
export interface DirectoryEntry {
  readonly name: string;
  readonly ino: number;
  readonly type: FileType;
}

/** Attributes that are to become others; what is missing stays. The kernel has checked who may. */
export interface AttributeChanges {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly size?: number;
  readonly atime?: bigint;
  readonly mtime?: bigint;
}

/** What a file is opened for. */
export interface OpenMode {
  readonly read: boolean;
  readonly write: boolean;
}

/** Figures of statvfs: bytes and inodes, in all and free. */
export interface Figures {
  readonly blockSize: number;
  readonly blocks: number;
  readonly blocksFree: number;
  readonly files: number;
  readonly filesFree: number;
  readonly nameMax: number;
}

/** Who creates a file, and with which mode (the umask is already applied). */
export interface Creation {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** One file of any type. The same file should be the same object, or at least have the same `ino`. */
export interface Inode {
  readonly type: FileType;
  readonly ino: number;
  stat(): Awaitable<Stat>;
  setattr?(changes: AttributeChanges): Awaitable<void>;

  /** Files (and devices): opens; the position is the kernel's. */
  open?(mode: OpenMode): Awaitable<OpenFile>;
  /** Symbolic links: the target. */
  readlink?(): Awaitable<string>;

  /** Directories. `lookup` throws ENOENT for what is not there. */
  lookup?(name: string): Awaitable<Inode>;
  /** All entries but "." and "..". */
  readdir?(): Awaitable<readonly DirectoryEntry[]>;
  /** Makes a new empty file; EEXIST where the name is taken. */
  create?(name: string, creation: Creation): Awaitable<Inode>;
  mkdir?(name: string, creation: Creation): Awaitable<Inode>;
  mkfifo?(name: string, creation: Creation): Awaitable<Inode>;
  /** Makes the name of a local socket. */
  mksocket?(name: string, creation: Creation): Awaitable<Inode>;
  symlink?(name: string, target: string, creation: Creation): Awaitable<Inode>;
  /** A hard link to `target`, which is of this file system and no directory. */
  link?(name: string, target: Inode): Awaitable<void>;
  /** Removes a name that is no directory. */
  unlink?(name: string): Awaitable<void>;
  /** Removes an empty directory; else ENOTEMPTY. */
  rmdir?(name: string): Awaitable<void>;
  /** Moves `name` to `toName` in `to` (of this file system), replacing as rename(2) does, unless told otherwise. */
  rename?(name: string, to: Inode, toName: string, how: RenameMode): Awaitable<void>;
}

/** What becomes of what is there already: it goes, it is an error (EEXIST), or the two change places. */
export type RenameMode = "replace" | "noreplace" | "exchange";

/** Where an append went: how many bytes were written, and the offset after them. */
export interface Appended {
  readonly written: number;
  readonly end: number;
}

/** An open file. Offsets are given with every call; there is no position here. */
export interface OpenFile {
  /** Reads up to `into.length` bytes at `offset`; 0 at the end. */
  read(into: Uint8Array, offset: number): Awaitable<number>;
  /** Writes at `offset`, growing the file; answers how many bytes were written. Missing: the file is read-only. */
  write?(data: Uint8Array, offset: number): Awaitable<number>;
  /** Writes at the end, wherever that is by then. Missing: the kernel writes at the size of stat. */
  append?(data: Uint8Array): Awaitable<Appended>;
  allocate?(offset: number, length: number): Awaitable<void>;
  sync?(dataOnly: boolean): Awaitable<void>;
  /** The next data or hole at or after `offset`; ENXIO beyond the end. Missing: all is data. */
  seek?(offset: number, what: "data" | "hole"): Awaitable<number>;
  /** A stream (pipe, terminal, device) has no positions: seeks answer ESPIPE. */
  readonly stream?: boolean;
  /** Whether a read or write would not wait, for poll. Missing: always. */
  readonly readable?: () => boolean;
  readonly writable?: () => boolean;
  close?(): Awaitable<void>;
}

/** A tree of inodes that can be mounted. */
export interface FileSystem {
  /** What it is, for messages and traces: "memory", "directory", … */
  readonly kind: string;
  readonly readOnly?: boolean;
  root(): Awaitable<Inode>;
  figures?(): Awaitable<Figures>;
  /**
   * Called when mounted, with the guest's realtime clock in nanoseconds since 1970: what the file system stamps
   * its files with, so that a virtual clock is seen in time stamps, too. Missing: it keeps time itself.
   */
  setClock?(now: () => bigint): void;
  /** An inode by its number, one without a name included while something has it: for snapshots. */
  inode?(ino: number): Awaitable<Inode | undefined>;
  /** All contents as plain data (numbers, strings, bigints, arrays, objects, Uint8Arrays), for snapshots. */
  save?(): Awaitable<unknown>;
  /**
   * Replaces everything by what was saved, with the same inode numbers; before it is mounted. What is given may be
   * hostile: it is checked completely, and what cannot be is an error (with the code ERR_STATE).
   */
  restore?(saved: unknown): Awaitable<void>;
  /** An empty one like it: of the same kind, quota and owner, or over the same file system. To be restored into. */
  fresh?(): FileSystem;
  /** Called once, when the sandbox closes. */
  close?(): Awaitable<void>;
}
