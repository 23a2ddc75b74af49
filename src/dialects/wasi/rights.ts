import type { Description } from "../../kernel/description.js";
import { DirectoryDescription } from "../../kernel/directory.js";
import { FileDescription } from "../../kernel/file.js";
import { Socket } from "../../kernel/sockets.js";
import { Errno } from "../../wire/errno.js";

/** Rights of WASI preview 1 (witx `rights`), as bits. */
export const FD_DATASYNC = 1n << 0n;
export const FD_READ = 1n << 1n;
export const FD_SEEK = 1n << 2n;
export const FD_FDSTAT_SET_FLAGS = 1n << 3n;
export const FD_SYNC = 1n << 4n;
export const FD_TELL = 1n << 5n;
export const FD_WRITE = 1n << 6n;
export const FD_ADVISE = 1n << 7n;
export const FD_ALLOCATE = 1n << 8n;
export const PATH_CREATE_DIRECTORY = 1n << 9n;
export const PATH_CREATE_FILE = 1n << 10n;
export const PATH_LINK_SOURCE = 1n << 11n;
export const PATH_LINK_TARGET = 1n << 12n;
export const PATH_OPEN = 1n << 13n;
export const FD_READDIR = 1n << 14n;
export const PATH_READLINK = 1n << 15n;
export const PATH_RENAME_SOURCE = 1n << 16n;
export const PATH_RENAME_TARGET = 1n << 17n;
export const PATH_FILESTAT_GET = 1n << 18n;
export const PATH_FILESTAT_SET_SIZE = 1n << 19n;
export const PATH_FILESTAT_SET_TIMES = 1n << 20n;
export const FD_FILESTAT_GET = 1n << 21n;
export const FD_FILESTAT_SET_SIZE = 1n << 22n;
export const FD_FILESTAT_SET_TIMES = 1n << 23n;
export const PATH_SYMLINK = 1n << 24n;
export const PATH_REMOVE_DIRECTORY = 1n << 25n;
export const PATH_UNLINK_FILE = 1n << 26n;
export const POLL_FD_READWRITE = 1n << 27n;
export const SOCK_SHUTDOWN = 1n << 28n;
export const SOCK_ACCEPT = 1n << 29n;

const ALWAYS = FD_FDSTAT_SET_FLAGS | FD_FILESTAT_GET;
const STREAM = ALWAYS | FD_READ | FD_WRITE | POLL_FD_READWRITE;
const SOCKET = STREAM | SOCK_SHUTDOWN | SOCK_ACCEPT;
const SEEKABLE = STREAM | FD_SEEK | FD_TELL;
const FILE =
  SEEKABLE | FD_DATASYNC | FD_SYNC | FD_ADVISE | FD_ALLOCATE | FD_FILESTAT_SET_SIZE | FD_FILESTAT_SET_TIMES;
const DIRECTORY =
  ALWAYS |
  FD_DATASYNC |
  FD_SYNC |
  FD_FILESTAT_SET_TIMES |
  PATH_CREATE_DIRECTORY |
  PATH_CREATE_FILE |
  PATH_LINK_SOURCE |
  PATH_LINK_TARGET |
  PATH_OPEN |
  FD_READDIR |
  PATH_READLINK |
  PATH_RENAME_SOURCE |
  PATH_RENAME_TARGET |
  PATH_FILESTAT_GET |
  PATH_FILESTAT_SET_SIZE |
  PATH_FILESTAT_SET_TIMES |
  PATH_SYMLINK |
  PATH_REMOVE_DIRECTORY |
  PATH_UNLINK_FILE;
const ALL = FILE | DIRECTORY | SOCKET;

export interface Rights {
  readonly base: bigint;
  readonly inheriting: bigint;
}

/** The rights that a descriptor can have by what it is. */
const possible = (description: Description): bigint => {
  if (description instanceof DirectoryDescription) return DIRECTORY;
  if (description instanceof FileDescription) return FILE;
  if (description instanceof Socket) return SOCKET;
  // A program takes a character device that cannot seek for a terminal: only terminals may look so.
  return description.terminal || description.place === undefined ? STREAM : SEEKABLE;
};

/** The rights of open files: those they were opened with, less those the guest has given up. */
export class RightsTable {
  readonly #rights = new WeakMap<Description, Rights>();

  get(description: Description): Rights {
    return this.#rights.get(description) ?? initial(description);
  }

  /** Rights of a file that was opened in a directory, of which the guest asked for some. */
  opened(description: Description, asked: Rights, directory: Rights): void {
    const access =
      (description.readable ? 0n : FD_READ) | (description.writable ? 0n : FD_WRITE | FD_ALLOCATE);
    this.#rights.set(description, {
      base: asked.base & directory.inheriting & possible(description) & ~access,
      inheriting: description instanceof DirectoryDescription ? asked.inheriting & directory.inheriting : 0n,
    });
  }

  /** Gives rights up. Throws ENOTCAPABLE for rights that are not there. */
  narrow(description: Description, to: Rights): void {
    const now = this.get(description);
    if ((to.base & ~now.base) !== 0n || (to.inheriting & ~now.inheriting) !== 0n) {
      throw new Errno("ENOTCAPABLE");
    }
    this.#rights.set(description, to);
  }

  /** Throws ENOTCAPABLE unless all the rights are there. */
  require(description: Description, rights: bigint): void {
    if ((this.get(description).base & rights) !== rights) throw new Errno("ENOTCAPABLE");
  }
}

const initial = (description: Description): Rights => {
  const none = (description.readable ? 0n : FD_READ) | (description.writable ? 0n : FD_WRITE);
  const isDirectory = description instanceof DirectoryDescription;
  return {
    base: possible(description) & (isDirectory ? ALL : ~none),
    inheriting: isDirectory ? ALL : 0n,
  };
};
