import { Errno } from "../wire/errno.js";
import type { Awaitable, DirectoryEntry, FileType, Inode, OpenFile, OpenMode, Stat } from "./filesystem.js";
import { checkName } from "./names.js";

/** Attributes that the guest cannot change. */
export interface FixedAttributes {
  readonly ino: number;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
}

/** A file of any type in a tree that does not change. The kernel answers EROFS for what is missing here. */
export abstract class FixedNode implements Inode {
  abstract readonly type: FileType;
  attributes: FixedAttributes;
  nlink = 1;

  constructor(attributes: FixedAttributes) {
    this.attributes = attributes;
  }

  get ino(): number {
    return this.attributes.ino;
  }

  /** In bytes. */
  get size(): number {
    return 0;
  }

  stat(): Stat {
    const { ino, mode, uid, gid, mtime } = this.attributes;
    const { type, nlink, size } = this;
    const blocks = Math.ceil(size / 512);
    return { type, ino, mode, nlink, uid, gid, size, blocks, atime: mtime, mtime, ctime: mtime };
  }
}

export class FixedLink extends FixedNode {
  readonly type = "symlink";
  readonly #target: string;

  constructor(attributes: FixedAttributes, target: string) {
    super({ ...attributes, mode: 0o777 });
    this.#target = target;
  }

  override get size(): number {
    return Buffer.byteLength(this.#target);
  }

  readlink(): string {
    return this.#target;
  }
}

export class FixedPipe extends FixedNode {
  readonly type = "fifo";
}

/** A file whose opening is left to whoever makes it. */
export class FixedFile extends FixedNode {
  readonly type: Extract<FileType, "file" | "character">;
  readonly #size: number;
  readonly #open: (mode: OpenMode) => Awaitable<OpenFile>;

  constructor(
    attributes: FixedAttributes,
    size: number,
    open: (mode: OpenMode) => Awaitable<OpenFile>,
    type: "file" | "character" = "file",
  ) {
    super(attributes);
    this.#size = size;
    this.#open = open;
    this.type = type;
  }

  override get size(): number {
    return this.#size;
  }

  open(mode: OpenMode): Awaitable<OpenFile> {
    return this.#open(mode);
  }
}

export class FixedDirectory extends FixedNode {
  readonly type = "directory";
  readonly entries = new Map<string, FixedNode>();
  override nlink = 2;

  override get size(): number {
    return 4096;
  }

  lookup(name: string): FixedNode {
    const node = this.entries.get(name);
    if (node !== undefined) return node;
    checkName(name);
    throw new Errno("ENOENT");
  }

  readdir(): readonly DirectoryEntry[] {
    return Array.from(this.entries, ([name, { ino, type }]) => ({ name, ino, type }));
  }
}
