import { type BigIntStats, constants } from "node:fs";
import { Errno } from "../../wire/errno.js";
import type { AttributeChanges, FileType, Inode, Stat } from "../filesystem.js";
import { changing, Finding } from "./changes.js";
import * as host from "./host.js";
import { fileKey } from "./links.js";
import type { RealDirectory } from "./node-directory.js";
import { pinned, sameFile, type Volume } from "./volume.js";

const NANO = 1_000_000_000;

export function typeOf(stats: BigIntStats): FileType {
  switch (Number(stats.mode) & constants.S_IFMT) {
    case constants.S_IFREG:
      return "file";
    case constants.S_IFDIR:
      return "directory";
    case constants.S_IFLNK:
      return "symlink";
    case constants.S_IFIFO:
      return "fifo";
    case constants.S_IFSOCK:
      return "socket";
    default:
      return "character";
  }
}

/** A file of any type in a real directory, found by its name in its parent, and known by device and inode number. */
export abstract class RealNode implements Inode {
  readonly type: FileType;
  readonly ino: number;
  parent: RealDirectory | undefined;
  name: string;
  readonly volume: Volume;
  /** As it was when found: what it must still be when used. */
  readonly found: BigIntStats;
  protected readonly finding = new Finding();

  constructor(volume: Volume, parent: RealDirectory | undefined, name: string, stats: BigIntStats) {
    this.volume = volume;
    this.parent = parent;
    this.name = name;
    this.found = stats;
    this.finding.made();
    this.type = typeOf(stats);
    this.ino = volume.number(stats);
  }

  /** Its attributes now; ENOENT if its name means something else by now. */
  look(): BigIntStats {
    return this.finding.holds ? this.found : this.lookAgain();
  }

  protected lookAgain(): BigIntStats {
    const stats = this.parent === undefined ? undefined : host.lstat(this.parent.at(this.name));
    if (stats === undefined || !sameFile(stats, this.found)) throw new Errno("ENOENT");
    return stats;
  }

  stat(): Stat {
    return this.shown(this.look());
  }

  /** Attributes as the guest gets to see them. */
  protected shown(stats: BigIntStats): Stat {
    const { stamps } = this.volume;
    const key = stamps.size === 0 ? "" : fileKey(stats);
    return {
      type: this.type,
      ino: this.ino,
      mode: Number(stats.mode) & 0o7777,
      nlink: Number(stats.nlink),
      ...this.volume.owner(stats),
      size: Number(stats.size),
      blocks: Number(stats.blocks),
      atime: stamps.exact(key, "atime", stats.atimeNs),
      mtime: stamps.exact(key, "mtime", stats.mtimeNs),
      ctime: stats.ctimeNs,
      rdev: Number(stats.rdev),
    };
  }

  setattr(changes: AttributeChanges): void {
    if (!this.volume.writable) throw new Errno("EROFS");
    const { uid, gid } = this.volume.owner(this.look());
    if ((changes.uid ?? uid) !== uid || (changes.gid ?? gid) !== gid) {
      throw new Errno("EPERM", "a directory mount changes no owner");
    }
    const change = (path: string, stats: BigIntStats): void => {
      this.changeable(stats);
      if (changes.size !== undefined) this.resize(path, stats, changes.size);
      if (changes.mode !== undefined) this.setMode(path, changes.mode & this.volume.modes);
      if (changes.atime !== undefined || changes.mtime !== undefined) this.#setTimes(path, stats, changes);
    };
    changing(() => this.withPath(change));
  }

  protected changeable(_stats: BigIntStats): void {}

  /** Calls `use` with a path that leads to this very file. */
  protected withPath<T>(use: (path: string, stats: BigIntStats) => T): T {
    const { parent, name } = this;
    if (parent === undefined) throw new Errno("EBUSY");
    return pinned(this.volume, { parent, name }, this.found, use);
  }

  protected resize(_path: string, _stats: BigIntStats, _size: number): void {
    throw new Errno(this.type === "directory" ? "EISDIR" : "EINVAL");
  }

  protected setMode(path: string, mode: number): void {
    host.chmod(path, mode);
  }

  protected storeTimes(path: string, atime: number, mtime: number): void {
    host.utimes(path, atime, mtime);
  }

  #setTimes(path: string, stats: BigIntStats, changes: AttributeChanges): void {
    const { stamps } = this.volume;
    const key = fileKey(stats);
    const atime = changes.atime ?? stamps.exact(key, "atime", stats.atimeNs);
    const mtime = changes.mtime ?? stamps.exact(key, "mtime", stats.mtimeNs);
    this.storeTimes(path, Number(atime) / NANO, Number(mtime) / NANO);
    const stored = this.lookAgain();
    stamps.remember(key, { stored: stored.atimeNs, exact: atime }, { stored: stored.mtimeNs, exact: mtime });
  }
}

/** A symbolic link: a text for the kernel to resolve in the guest's tree. */
export class RealSymlink extends RealNode {
  readlink(): string {
    if (this.parent === undefined) throw new Errno("EINVAL");
    return host.readlink(this.parent.at(this.name));
  }

  /** Modes of links mean nothing, and following them to change one would be wrong. */
  protected override setMode(): void {
    throw new Errno("EOPNOTSUPP");
  }

  protected override storeTimes(_path: string, atime: number, mtime: number): void {
    if (this.parent === undefined) throw new Errno("EINVAL");
    host.lutimes(this.parent.at(this.name), atime, mtime);
  }
}

/** A device, socket or pipe of the system's: seen, never opened. */
export class RealSpecial extends RealNode {
  open(): never {
    throw new Errno("EACCES", "devices, sockets and pipes of the system are not opened");
  }

  override setattr(): never {
    throw new Errno(this.volume.writable ? "EPERM" : "EROFS");
  }
}
