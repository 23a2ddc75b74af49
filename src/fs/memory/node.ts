import { Errno } from "../../wire/errno.js";
import type { AttributeChanges, Creation, FileType, Inode, Stat } from "../filesystem.js";
import type { Space } from "./space.js";

/** What the nodes of one memory file system share. */
export interface Volume {
  readonly space: Space;
  /** Nanoseconds since 1970. */
  now(): bigint;
  nextIno(): number;
  /** Every node that has a name or is open, by number. */
  readonly nodes: Map<number, MemoryNode>;
  /** Keeps a removed directory to be found for as long as someone has it. */
  keep(node: MemoryNode): void;
}

const SETUID = 0o4000;
const SETGID = 0o2000;
const GROUP_EXECUTE = 0o010;
const DAY = 86_400_000_000_000n;

/** Attributes of a file of any type in memory. */
export abstract class MemoryNode implements Inode {
  abstract readonly type: FileType;
  readonly ino: number;
  protected readonly volume: Volume;
  mode: number;
  uid: number;
  gid: number;
  nlink = 1;
  atime: bigint;
  mtime: bigint;
  ctime: bigint;

  constructor(volume: Volume, creation: Creation, ino = volume.nextIno()) {
    this.volume = volume;
    this.ino = ino;
    this.mode = creation.mode & 0o7777;
    this.uid = creation.uid;
    this.gid = creation.gid;
    this.atime = this.mtime = this.ctime = volume.now();
    volume.nodes.set(this.ino, this);
  }

  abstract get size(): number;
  abstract get blocks(): number;

  stat(): Stat {
    return {
      type: this.type,
      ino: this.ino,
      mode: this.mode,
      nlink: this.nlink,
      uid: this.uid,
      gid: this.gid,
      size: this.size,
      blocks: this.blocks,
      atime: this.atime,
      mtime: this.mtime,
      ctime: this.ctime,
    };
  }

  setattr(changes: AttributeChanges): void {
    if (changes.size !== undefined) this.resize(changes.size);
    if (changes.uid !== undefined || changes.gid !== undefined) {
      this.uid = changes.uid ?? this.uid;
      this.gid = changes.gid ?? this.gid;
      if (this.type === "file") this.dropPrivileges();
    }
    if (changes.mode !== undefined) this.mode = changes.mode & 0o7777;
    if (changes.atime !== undefined) this.atime = changes.atime;
    if (changes.mtime !== undefined) this.mtime = changes.mtime;
    this.ctime = this.volume.now();
  }

  protected resize(_size: number): void {
    throw new Errno(this.type === "directory" ? "EISDIR" : "EINVAL");
  }

  /** Setuid and setgid do not outlive a change of contents or owner. */
  protected dropPrivileges(): void {
    if ((this.mode & SETUID) !== 0) this.mode &= ~SETUID;
    if ((this.mode & (SETGID | GROUP_EXECUTE)) === (SETGID | GROUP_EXECUTE)) this.mode &= ~SETGID;
  }

  /** The time of access moves as under Linux's relatime: once after a change, and once a day. */
  protected accessed(): void {
    if (this.atime <= this.mtime || this.atime <= this.ctime) {
      this.atime = this.volume.now();
    } else if (this.volume.now() - this.atime >= DAY) {
      this.atime = this.volume.now();
    }
  }

  modified(): void {
    this.mtime = this.ctime = this.volume.now();
  }

  changed(): void {
    this.ctime = this.volume.now();
  }

  /** One name fewer; the last one lets go of the storage. */
  unlinked(): void {
    this.nlink--;
    this.changed();
    if (this.nlink > 0) this.volume.space.giveInode();
    else this.abandoned();
  }

  /** Called when the last name is gone. */
  protected abandoned(): void {
    this.volume.space.giveInode();
    this.volume.nodes.delete(this.ino);
  }
}
