import { Errno } from "../../wire/errno.js";
import type {
  AttributeChanges,
  Creation,
  DirectoryEntry,
  FileType,
  Inode,
  RenameMode,
} from "../filesystem.js";
import { checkName } from "../names.js";
import { MemoryFile } from "./file.js";
import { MemoryNode, type Volume } from "./node.js";

/** The most names a file may have, as on ext4. */
const LINK_MAX = 65_000;
const DIRECTORY_SIZE = 4096;
const SETGID = 0o2000;

/** A symbolic link. */
export class MemorySymlink extends MemoryNode {
  readonly type = "symlink";
  readonly blocks = 0;
  readonly target: string;
  readonly size: number;

  constructor(volume: Volume, creation: Creation, target: string, ino?: number) {
    super(volume, { ...creation, mode: 0o777 }, ino);
    this.target = target;
    this.size = Buffer.byteLength(target);
  }

  override setattr(changes: AttributeChanges): void {
    if (changes.mode !== undefined) throw new Errno("EOPNOTSUPP", "a symbolic link's mode means nothing");
    super.setattr(changes);
  }

  readlink(): string {
    this.accessed();
    return this.target;
  }

  protected override abandoned(): void {
    this.volume.space.give(this.size);
    super.abandoned();
  }
}

/** A named pipe: a name and attributes; the kernel lends it its contents. */
export class MemorySpecial extends MemoryNode {
  readonly type: Extract<FileType, "fifo" | "socket">;
  readonly size = 0;
  readonly blocks = 0;

  constructor(volume: Volume, creation: Creation, type: "fifo" | "socket", ino?: number) {
    super(volume, creation, ino);
    this.type = type;
  }
}

export type AnyMemoryNode = MemoryFile | MemoryDirectory | MemorySymlink | MemorySpecial;

/** A directory in memory. */
export class MemoryDirectory extends MemoryNode {
  readonly type = "directory";
  readonly size = DIRECTORY_SIZE;
  readonly blocks = 0;
  readonly entries = new Map<string, AnyMemoryNode>();
  parent: MemoryDirectory;

  constructor(volume: Volume, creation: Creation, parent?: MemoryDirectory, ino?: number) {
    super(volume, creation, ino);
    this.nlink = 2;
    this.parent = parent ?? this;
  }

  lookup(name: string): AnyMemoryNode {
    const node = this.entries.get(name);
    if (node !== undefined) return node;
    checkName(name);
    throw new Errno("ENOENT");
  }

  readdir(): readonly DirectoryEntry[] {
    this.accessed();
    return Array.from(this.entries, ([name, node]) => ({ name, ino: node.ino, type: node.type }));
  }

  create(name: string, creation: Creation): MemoryFile {
    return this.#add(name, () => new MemoryFile(this.volume, this.#inherit(creation)));
  }

  mkdir(name: string, creation: Creation): MemoryDirectory {
    const inherited = this.#inherit(creation);
    const mode = inherited.mode | (this.mode & SETGID);
    const made = this.#add(name, () => new MemoryDirectory(this.volume, { ...inherited, mode }, this));
    this.nlink++;
    return made;
  }

  mkfifo(name: string, creation: Creation): MemorySpecial {
    return this.#add(name, () => new MemorySpecial(this.volume, this.#inherit(creation), "fifo"));
  }

  mksocket(name: string, creation: Creation): MemorySpecial {
    return this.#add(name, () => new MemorySpecial(this.volume, this.#inherit(creation), "socket"));
  }

  symlink(name: string, target: string, creation: Creation): MemorySymlink {
    return this.#add(name, () => {
      if (!this.volume.space.take(Buffer.byteLength(target))) throw new Errno("ENOSPC");
      return new MemorySymlink(this.volume, this.#inherit(creation), target);
    });
  }

  link(name: string, target: Inode): void {
    this.#vacant(name);
    if (target instanceof MemoryDirectory) throw new Errno("EPERM");
    if (
      !(target instanceof MemoryFile || target instanceof MemorySymlink || target instanceof MemorySpecial)
    ) {
      throw new Errno("EXDEV");
    }
    if (target.nlink === 0) throw new Errno("ENOENT");
    if (target.nlink >= LINK_MAX) throw new Errno("EMLINK");
    if (!this.volume.space.takeInode()) throw new Errno("ENOSPC");
    this.entries.set(name, target);
    target.nlink++;
    target.changed();
    this.modified();
  }

  unlink(name: string): void {
    const node = this.lookup(name);
    if (node instanceof MemoryDirectory) throw new Errno("EISDIR");
    this.entries.delete(name);
    this.modified();
    node.unlinked();
  }

  rmdir(name: string): void {
    const node = this.lookup(name);
    if (!(node instanceof MemoryDirectory)) throw new Errno("ENOTDIR");
    if (node.entries.size > 0) throw new Errno("ENOTEMPTY");
    this.entries.delete(name);
    this.nlink--;
    this.modified();
    node.removed();
  }

  rename(name: string, to: Inode, toName: string, how: RenameMode): void {
    if (!(to instanceof MemoryDirectory)) throw new Errno("EXDEV");
    const node = this.lookup(name);
    const other = to.entries.get(toName);
    if (other === undefined) {
      if (to.nlink === 0) throw new Errno("ENOENT");
      checkName(toName);
    }
    if (how === "noreplace" && other !== undefined) throw new Errno("EEXIST");
    if (how === "exchange" && other === undefined) throw new Errno("ENOENT");
    if (node instanceof MemoryDirectory && node.contains(to)) throw new Errno("EINVAL");
    if (other instanceof MemoryDirectory && other.contains(this)) {
      throw new Errno(how === "exchange" ? "EINVAL" : "ENOTEMPTY");
    }
    if (node === other) return;
    if (how === "exchange" && other !== undefined) {
      this.#place(name, other, to);
      to.#place(toName, node, this);
    } else {
      if (other !== undefined) to.#replace(node, other);
      this.entries.delete(name);
      to.#place(toName, node, this);
    }
    this.modified();
    if (to !== this) to.modified();
  }

  /** Makes way for `node` where `other` is, as rename(2) replaces. */
  #replace(node: AnyMemoryNode, other: AnyMemoryNode): void {
    if (node instanceof MemoryDirectory) {
      if (!(other instanceof MemoryDirectory)) throw new Errno("ENOTDIR");
      if (other.entries.size > 0) throw new Errno("ENOTEMPTY");
      this.nlink--;
      other.removed();
    } else if (other instanceof MemoryDirectory) {
      throw new Errno("EISDIR");
    } else {
      other.unlinked();
    }
  }

  /** Puts a node that was in `from` here, under a name. */
  #place(name: string, node: AnyMemoryNode, from: MemoryDirectory): void {
    this.entries.set(name, node);
    node.changed();
    if (node instanceof MemoryDirectory) {
      node.parent = this;
      from.nlink--;
      this.nlink++;
    }
  }

  /** Whether `directory` is this one or somewhere beneath it. */
  contains(directory: MemoryDirectory): boolean {
    for (let at = directory; ; at = at.parent) {
      if (at === this) return true;
      if (at.parent === at) return false;
    }
  }

  removed(): void {
    this.nlink = 0;
    this.changed();
    this.abandoned();
    this.volume.keep(this);
  }

  #vacant(name: string): void {
    if (this.entries.has(name)) throw new Errno("EEXIST");
    if (this.nlink === 0) throw new Errno("ENOENT");
    checkName(name);
  }

  #add<N extends AnyMemoryNode>(name: string, make: () => N): N {
    this.#vacant(name);
    if (!this.volume.space.takeInode()) throw new Errno("ENOSPC");
    try {
      const node = make();
      this.entries.set(name, node);
      this.modified();
      return node;
    } catch (error) {
      this.volume.space.giveInode();
      throw error;
    }
  }

  /** In a directory with the setgid bit, what is made belongs to its group. */
  #inherit(creation: Creation): Creation {
    return (this.mode & SETGID) === 0 ? creation : { ...creation, gid: this.gid };
  }
}
