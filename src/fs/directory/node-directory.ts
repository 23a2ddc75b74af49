import type { BigIntStats } from "node:fs";
import { Errno } from "../../wire/errno.js";
import type { AttributeChanges, Creation, DirectoryEntry, Inode, RenameMode, Stat } from "../filesystem.js";
import { checkName } from "../names.js";
import { changing } from "./changes.js";
import * as host from "./host.js";
import { RealNode, RealSpecial, RealSymlink, typeOf } from "./node.js";
import { RealFile } from "./node-file.js";
import { pinned, sameFile } from "./volume.js";

export type AnyRealNode = RealDirectory | RealFile | RealSymlink | RealSpecial;

const SETGID = 0o2000;
/** For how long a directory that was found by its name is taken to be there still, in milliseconds. */
const TRUSTED = 1;

/**
 * A directory of a real one, acted on through a handle of it.
 *
 * Why nothing leads out, on Linux, though other processes swap names meanwhile:
 * - A name is one component beneath the handle of its directory, never "." or "..", and never followed if it is a link.
 *   So what it is found to be is an entry of that very directory, wherever that is by then.
 * - Each directory on the way was seen, by its name in its own, less than TRUSTED before it is gone through: by the same walk,
 *   or by one just before, unless a guest has changed anything since (`finding`). A directory that is moved out of the
 *   mount by someone else is therefore gone through for a millisecond at most; what that can show is attributes.
 * - What changes or lists a directory asks the system first where the directory is (`base(0)`).
 * - Contents are opened through a handle of the file that was found, and given out if the system says afterwards that
 *   the file is in the mount under that name (`pinned`), or if it was in the mount's own directory, and nowhere else,
 *   when it was found by this walk. Such a file may be opened by its name, to read: it is given out if it is the very file
 *   that was found. What somebody else has put there meanwhile is then opened, without waiting for it, and closed.
 */
export class RealDirectory extends RealNode {
  /** When it was last seen to be where it should be, in milliseconds of the process. */
  #seen = 0;
  /** Its attributes when it was last looked at, which is when `finding` was made. */
  #attributes: BigIntStats | undefined;
  /** How they were shown. */
  #shown: { readonly stats: BigIntStats; readonly as: Stat } | undefined;
  /** The directory in it that was looked up last. */
  #entered: RealDirectory | undefined;

  /** Its last attributes, once the guest removed it. */
  #removed: BigIntStats | undefined;

  /** A path of the controller's for an entry: one component beneath a handle. */
  at(name: string): string {
    return `${this.base()}/${name}`;
  }

  /** The same to change something by, or to list: for that the directory is seen to be in the mount now. */
  #atNow(name: string): string {
    return `${this.#baseNow()}/${name}`;
  }

  #baseNow(): string {
    return this.base(0);
  }

  /** A path of the controller's for the directory itself, with what follows beneath it; seen to be in the mount so many milliseconds ago. */
  base(ago = TRUSTED): string {
    const { volume, parent } = this;
    if (this.#removed !== undefined) throw new Errno("ENOENT");
    if (parent === undefined) return volume.rootPath();
    if (!volume.handled) {
      const path = parent.at(this.name);
      const stats = host.lstat(path);
      if (stats === undefined || !sameFile(stats, this.found)) throw new Errno("ENOENT");
      return path;
    }
    const path = host.handlePath(volume.handles.get(this) ?? this.#reopen(parent));
    // A directory that is held on to (a working directory) may have been moved out of the mount by someone else.
    if (ago === 0 || performance.now() - this.#seen > ago) this.#confirm(path);
    return path;
  }

  #confirm(path: string): void {
    if (!this.volume.holds(path)) {
      throw new Errno("ENOENT", "the directory was moved out of the mount");
    }
    this.#seen = performance.now();
  }

  #reopen(parent: RealDirectory): number {
    const fd = host.openPlace(parent.at(this.name), true);
    try {
      if (!sameFile(host.fstat(fd), this.found)) throw new Errno("ENOENT");
    } catch (error) {
      host.discard(fd);
      throw error;
    }
    this.volume.handles.add(this, fd);
    this.#seen = performance.now();
    return fd;
  }

  /** Names from the mount's root on. */
  path(): string[] {
    const names: string[] = [];
    for (let at: RealDirectory = this; at.parent !== undefined; at = at.parent) names.push(at.name);
    return names.reverse();
  }

  /** Its attributes, of now or of a millisecond ago: whoever looks for a file in it need not look at it each time. */
  override look(): BigIntStats {
    if (this.#removed !== undefined) return this.#removed;
    if (this.#attributes !== undefined && this.finding.within(TRUSTED)) return this.#attributes;
    this.#attributes = this.lookAgain();
    this.finding.made();
    return this.#attributes;
  }

  /** Whoever goes through it asks for its attributes: the same are shown again as they were. */
  override stat(): Stat {
    const stats = this.look();
    if (this.#removed !== undefined || this.volume.stamps.size > 0) return this.shown(stats);
    if (this.#shown?.stats !== stats) this.#shown = { stats, as: this.shown(stats) };
    return this.#shown.as;
  }

  protected override lookAgain(): BigIntStats {
    if (this.parent !== undefined) return super.lookAgain();
    const stats = host.lstat(`${this.volume.rootPath()}/.`);
    if (stats === undefined) throw new Errno("ENOENT");
    return stats;
  }

  /** It was found by its name, with these attributes. */
  #found(stats: BigIntStats): void {
    this.#attributes = stats;
    this.finding.made();
    this.#seen = performance.now();
  }

  /** The directory of that name, if it was found less than a millisecond ago and no guest has changed anything since. */
  #justEntered(name: string): RealDirectory | undefined {
    const entered = this.#entered;
    if (entered?.name !== name || entered.parent !== this || entered.#removed !== undefined) return undefined;
    return entered.finding.within(TRUSTED) ? entered : undefined;
  }

  protected override withPath<T>(use: (path: string, stats: BigIntStats) => T): T {
    return this.parent === undefined ? use(this.volume.rootPath(), this.look()) : super.withPath(use);
  }

  /** Removed by the guest, which may still have it open. */
  removed(last: BigIntStats): void {
    last.nlink = 0n;
    this.#removed = last;
  }

  /** What was removed has nothing left but attributes for whoever has it. */
  override setattr(changes: AttributeChanges): void {
    const last = this.#removed;
    if (last === undefined) super.setattr(changes);
    else if (changes.mode !== undefined) {
      last.mode = (last.mode & ~0o7777n) | BigInt(changes.mode & this.volume.modes);
    }
  }

  /** Moved by the guest. */
  moved(to: RealDirectory, name: string): void {
    this.parent = to;
    this.name = name;
  }

  lookup(name: string): AnyRealNode {
    const entered = this.#justEntered(name);
    if (entered !== undefined) return entered;
    checkName(name);
    const stats = this.#visible(name);
    if (stats === undefined) throw new Errno("ENOENT");
    const { volume } = this;
    switch (typeOf(stats)) {
      case "file":
        return new RealFile(volume, this, name, stats);
      case "directory": {
        const directory = volume.directory(this, name, stats);
        directory.#found(stats);
        this.#entered = directory;
        return directory;
      }
      case "symlink":
        return new RealSymlink(volume, this, name, stats);
      default:
        return new RealSpecial(volume, this, name, stats);
    }
  }

  readdir(): readonly DirectoryEntry[] {
    const entries: DirectoryEntry[] = [];
    for (const [name, stats] of this.visibleEntries()) {
      entries.push({ name, ino: this.volume.number(stats), type: typeOf(stats) });
    }
    return entries;
  }

  /** What the guest gets to see, with attributes. */
  visibleEntries(): [name: string, stats: BigIntStats][] {
    if (this.#removed !== undefined) return [];
    const base = this.#baseNow();
    const entries: [string, BigIntStats][] = [];
    for (const name of host.readdir(base)) {
      const stats = this.#hidden(name)
        ? undefined
        : this.#served(host.lstat(`${base}/${name}`), `${base}/${name}`);
      // Names that are no UTF-8 cannot be said, and so are not found again.
      if (stats !== undefined) entries.push([name, stats]);
    }
    return entries;
  }

  create(name: string, creation: Creation): RealFile {
    const { volume } = this;
    return this.#make(name, (path) => {
      const fd = host.createNew(path);
      try {
        const mode = creation.mode & volume.modes;
        if (!volume.holds(host.handlePath(fd), { parent: this, name })) throw new Errno("ENOENT");
        if (Number(host.fstat(fd).mode & 0o7777n) !== mode) host.fchmod(fd, mode);
        const file = new RealFile(volume, this, name, host.fstat(fd));
        file.adopt(fd);
        return file;
      } catch (error) {
        host.discard(fd);
        this.#undo(() => host.unlink(path));
        throw error;
      }
    });
  }

  mkdir(name: string, creation: Creation): RealDirectory {
    const { volume } = this;
    return this.#make(name, (path) => {
      host.mkdir(path, 0o700);
      try {
        const stats = host.lstat(path);
        if (stats === undefined || !stats.isDirectory()) throw new Errno("ENOENT");
        const mode = (creation.mode & volume.modes) | (Number(stats.mode) & SETGID);
        if (Number(stats.mode & 0o7777n) !== mode) {
          pinned(volume, { parent: this, name }, stats, (place) => host.chmod(place, mode));
        }
        return volume.directory(this, name, stats);
      } catch (error) {
        this.#undo(() => host.rmdir(path));
        throw error;
      }
    });
  }

  symlink(name: string, target: string): RealSymlink {
    if (!this.volume.symlinks) throw new Errno(this.volume.writable ? "EPERM" : "EROFS");
    return this.#make(name, (path) => {
      host.symlink(target, path);
      const stats = host.lstat(path);
      if (stats === undefined || !stats.isSymbolicLink()) throw new Errno("ENOENT");
      return new RealSymlink(this.volume, this, name, stats);
    });
  }

  link(name: string, target: Inode): void {
    if (!(target instanceof RealNode) || target.volume !== this.volume) throw new Errno("EXDEV");
    this.#make(name, (path) => {
      if (host.lstat(path) !== undefined) throw new Errno("EEXIST");
      const { parent } = target;
      if (parent === undefined || target instanceof RealDirectory) throw new Errno("EPERM");
      const from = parent.#atNow(target.name);
      const stats = host.lstat(from);
      if (stats === undefined || !sameFile(stats, target.found)) throw new Errno("ENOENT");
      if (stats.isFile()) this.volume.links.check(stats, false);
      host.link(from, path);
      const made = host.lstat(path);
      if (made === undefined || !sameFile(made, stats)) {
        this.#undo(() => host.unlink(path));
        throw new Errno("ENOENT");
      }
      this.volume.links.change(stats, 1n);
    });
  }

  unlink(name: string): void {
    const { path, stats } = this.#removable(name);
    if (stats.isDirectory()) throw new Errno("EISDIR");
    changing(() => host.unlink(path));
    this.#gone(stats);
  }

  rmdir(name: string): void {
    const { path, stats } = this.#removable(name);
    if (!stats.isDirectory()) throw new Errno("ENOTDIR");
    changing(() => host.rmdir(path));
    this.volume.growth.removed();
    this.volume.forget(stats);
  }

  rename(name: string, to: Inode, toName: string, how: RenameMode): void {
    const { volume } = this;
    if (!(to instanceof RealDirectory) || to.volume !== volume) throw new Errno("EXDEV");
    if (how === "exchange") throw new Errno("EINVAL", "Node cannot exchange names in a real directory");
    volume.handles.steady(() => {
      const { path: from, stats } = this.#removable(name);
      const target = to.#creatable(toName);
      const other = host.lstat(target);
      if (how === "noreplace" && other !== undefined) throw new Errno("EEXIST");
      if (stats.isDirectory() && volume.filter.mayHideBeneath([...this.path(), name])) {
        throw new Errno("EXDEV", "elsewhere, what is hidden in the directory would come to light");
      }
      changing(() => host.rename(from, target));
      if (other !== undefined && !sameFile(other, stats)) to.#gone(other);
      if (stats.isDirectory()) volume.moved(stats, to, toName);
    });
  }

  /** Accounts for a name that was removed. */
  #gone(stats: BigIntStats): void {
    const { links, growth } = this.volume;
    growth.removed();
    if (stats.isDirectory()) return;
    links.change(stats, -1n);
    if (stats.isFile() && stats.nlink === 1n) growth.resize(Number(stats.size), 0);
  }

  /** Makes an entry, accounting for it. */
  #make<T>(name: string, make: (path: string) => T): T {
    const { handles, growth } = this.volume;
    return handles.steady(() => {
      const path = this.#creatable(name);
      growth.entry();
      try {
        return changing(() => make(path));
      } catch (error) {
        growth.removed();
        throw error;
      }
    });
  }

  #creatable(name: string): string {
    if (!this.volume.writable) throw new Errno("EROFS");
    checkName(name);
    if (this.#hidden(name)) throw new Errno("EACCES", "the name is excluded from the mount");
    return this.#atNow(name);
  }

  #removable(name: string): { readonly path: string; readonly stats: BigIntStats } {
    if (!this.volume.writable) throw new Errno("EROFS");
    checkName(name);
    const path = this.#atNow(name);
    const stats = this.#hidden(name) ? undefined : this.#served(host.lstat(path), path);
    if (stats === undefined) throw new Errno("ENOENT");
    return { path, stats };
  }

  #visible(name: string): BigIntStats | undefined {
    if (this.#hidden(name)) return undefined;
    const path = this.at(name);
    return this.#served(host.lstat(path), path);
  }

  #hidden(name: string): boolean {
    return this.volume.filter.hides(() => this.path(), name);
  }

  /** The attributes, unless it is something that the mount does not serve. */
  #served(stats: BigIntStats | undefined, path: string): BigIntStats | undefined {
    if (stats === undefined || (!this.volume.symlinks && stats.isSymbolicLink())) return undefined;
    return stats.dev === this.found.dev || this.volume.crosses(path) ? stats : undefined;
  }

  #undo(act: () => void): void {
    try {
      act();
    } catch {
      // What failed first is what is reported.
    }
  }
}
