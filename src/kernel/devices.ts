import type { DirectoryEntry, FileSystem, FileType, Inode, OpenFile, Stat } from "../fs/filesystem.js";
import { Errno } from "../wire/errno.js";
import { chain } from "../wire/steps.js";
import type { Awaitable } from "../wire/types.js";
import type { Description } from "./description.js";
import type { Descriptors } from "./descriptors.js";
import { S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK } from "./flags.js";
import type { Random } from "./random.js";

const stat = (type: FileType, ino: number, mode: number, rdev = 0): Stat => ({
  type,
  ino,
  mode,
  nlink: type === "directory" ? 2 : 1,
  uid: 0,
  gid: 0,
  size: 0,
  blocks: 0,
  atime: 0n,
  mtime: 0n,
  ctime: 0n,
  rdev,
});

/** A character device. */
export class DeviceInode implements Inode {
  readonly type = "character";
  readonly ino: number;
  readonly terminal: boolean;
  readonly #rdev: number;
  readonly #open: () => OpenFile;

  constructor(ino: number, minor: number, open: () => OpenFile, terminal = false) {
    this.ino = ino;
    this.terminal = terminal;
    this.#rdev = ((terminal ? 5 : 1) << 8) | minor;
    this.#open = open;
  }

  stat(): Stat {
    return stat("character", this.ino, 0o666, this.#rdev);
  }

  open(): OpenFile {
    return this.#open();
  }

  /** Times and modes of devices stay as they are. */
  setattr(): void {}
}

const TYPES: ReadonlyMap<number, FileType> = new Map([
  [S_IFREG, "file"],
  [S_IFDIR, "directory"],
  [S_IFLNK, "symlink"],
  [S_IFIFO, "fifo"],
  [S_IFSOCK, "socket"],
]);

/** /dev/fd/N: an open file under a name. Opening it gives the file, not the inode. */
export class DescriptorInode implements Inode {
  readonly type = "character";
  readonly ino: number;
  readonly #descriptors: Descriptors;
  readonly #fd: number;

  constructor(descriptors: Descriptors, fd: number) {
    this.ino = 1000 + fd;
    this.#descriptors = descriptors;
    this.#fd = fd;
  }

  /** Throws ENOENT when the descriptor was closed meanwhile. */
  get description(): Description {
    if (!this.#descriptors.has(this.#fd)) throw new Errno("ENOENT");
    return this.#descriptors.get(this.#fd);
  }

  stat(): Awaitable<Stat> {
    return chain(this.description.stat(), (found) => ({
      ...found,
      mode: found.mode & 0o7777,
      type: TYPES.get(found.mode & S_IFMT) ?? "character",
    }));
  }
}

class DeviceDirectory implements Inode {
  readonly type = "directory";
  readonly ino: number;
  readonly #lookup: (name: string) => Inode | undefined;
  readonly #names: () => readonly (readonly [string, Inode])[];

  constructor(
    ino: number,
    lookup: (name: string) => Inode | undefined,
    names: () => readonly (readonly [string, Inode])[],
  ) {
    this.ino = ino;
    this.#lookup = lookup;
    this.#names = names;
  }

  stat(): Stat {
    return stat("directory", this.ino, 0o755);
  }

  lookup(name: string): Inode {
    const found = this.#lookup(name);
    if (found === undefined) throw new Errno("ENOENT");
    return found;
  }

  readdir(): readonly DirectoryEntry[] {
    return this.#names().map(([name, { ino, type }]) => ({ name, ino, type }));
  }
}

const nothing = (data: Uint8Array): number => data.length;
const zeros = (into: Uint8Array): number => into.fill(0).length;

export interface Devices {
  readonly descriptors: Descriptors;
  readonly random: Random;
  /** The terminal, where the guest has one. */
  readonly tty?: () => OpenFile;
}

/** The file system at /dev: null, zero, full, random, urandom, stdin, stdout, stderr, fd and, where given, tty. */
export const devices = ({ descriptors, random, tty }: Devices): FileSystem => {
  const randomFile = (): OpenFile => ({
    read: (into) => {
      random(into);
      return into.length;
    },
    write: nothing,
  });
  const full = (): never => {
    throw new Errno("ENOSPC");
  };
  const fd = new DeviceDirectory(
    2,
    (name) =>
      /^(?:0|[1-9]\d{0,5})$/.test(name) && descriptors.has(Number(name))
        ? new DescriptorInode(descriptors, Number(name))
        : undefined,
    () => [...descriptors.all()].map(([number]) => [`${number}`, new DescriptorInode(descriptors, number)]),
  );
  const entries = new Map<string, Inode>([
    ["null", new DeviceInode(3, 3, () => ({ read: () => 0, write: nothing }))],
    ["zero", new DeviceInode(4, 5, () => ({ read: zeros, write: nothing }))],
    ["full", new DeviceInode(5, 7, () => ({ read: zeros, write: full }))],
    ["random", new DeviceInode(6, 8, randomFile)],
    ["urandom", new DeviceInode(7, 9, randomFile)],
    ["fd", fd],
    ["stdin", new DescriptorInode(descriptors, 0)],
    ["stdout", new DescriptorInode(descriptors, 1)],
    ["stderr", new DescriptorInode(descriptors, 2)],
  ]);
  if (tty !== undefined) entries.set("tty", new DeviceInode(8, 0, tty, true));
  const root = new DeviceDirectory(
    1,
    (name) => entries.get(name),
    () => [...entries],
  );
  return { kind: "devices", root: () => root };
};
