import type { BigIntStats } from "node:fs";
import { Errno } from "../../wire/errno.js";
import type { Creation, DirectoryEntry, Inode, RenameMode } from "../filesystem.js";
import { checkName } from "../names.js";
import { changing } from "./changes.js";
import * as host from "./host.js";
import { RealNode, RealSpecial, RealSymlink, typeOf } from "./node.js";
import { RealFile } from "./node-file.js";
import { HeldDirectory } from "./node-held.js";
import { pinned, sameFile } from "./volume.js";

export type AnyRealNode = RealDirectory | RealFile | RealSymlink | RealSpecial;

const SETGID = 0o2000;

/**
 * A directory of a real one, acted on through a handle of it.
 *
 * Why nothing leads out, on Linux, though other processes swap names meanwhile:
 * - A name is one component beneath the handle of its directory, never "." or "..", and never followed if it is a link.
 *   So what it is found to be is an entry of that very directory, wherever that is by then.
 * - Each directory on the way was seen, by its name in its own, less than a millisecond before it is gone through (`base`):
 *   by the same walk, or by one just before, unless a guest has changed anything since (`justFound`). A directory that is moved out of the
 *   mount by someone else is therefore gone through for a millisecond at most; what that can show is attributes.
 * - What changes or lists a directory asks the system first where the directory is (`base(0)`).
 * - Contents are opened through a handle of the file that was found, and given out if the system says afterwards that
 *   the file is in the mount under that name (`pinned`), or if it was in the mount's own directory, and nowhere else,
 *   when it was found by this walk. A file that was just found may be opened by its name, to read: it is given out
 *   if it is the very one that was found, on the same condition. What somebody else has put there meanwhile is then opened,
 *   without waiting for it, and closed.
 */
export class RealDirectory extends HeldDirectory {
  /** The directory in it that was looked up last. */
  #entered: RealDirectory | undefined;

  lookup(name: string): AnyRealNode {
    const entered = this.#entered;
    if (entered !== undefined && entered.name === name && entered.parent === this && entered.justFound) {
      return entered;
    }
    checkName(name);
    const stats = this.#visible(name);
    if (stats === undefined) throw new Errno("ENOENT");
    const { volume } = this;
    switch (typeOf(stats)) {
      case "file":
        return new RealFile(volume, this, name, stats);
      case "directory": {
        const directory = volume.directory(this, name, stats);
        directory.foundNow(stats);
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
    if (this.gone) return [];
    const base = this.base(0);
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
      const from = parent.atNow(target.name);
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
    return this.atNow(name);
  }

  #removable(name: string): { readonly path: string; readonly stats: BigIntStats } {
    if (!this.volume.writable) throw new Errno("EROFS");
    checkName(name);
    const path = this.atNow(name);
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
