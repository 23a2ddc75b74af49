import type { BigIntStats } from "node:fs";
import { OptionError } from "../../errors.js";
import { Errno } from "../../wire/errno.js";
import type { Figures, FileSystem } from "../filesystem.js";
import { NAME_MAX } from "../names.js";
import { Filter, type FilterOptions } from "./filter.js";
import { Growth, type GrowthLimits } from "./growth.js";
import { Handles } from "./handles.js";
import * as host from "./host.js";
import { fileKey, type LinkCount, type LinkPolicy, Links } from "./links.js";
import { RealDirectory } from "./node-directory.js";
import { Stamps } from "./stamps.js";
import { type Place, sameFile, type Volume } from "./volume.js";

/**
 * How a real directory is mounted: what the guest may change, what it does not see, whose the files are to it.
 */
export interface DirectoryOptions extends FilterOptions {
  /** "ro": nothing is changed (EROFS); "rw": the real files are. Default: "ro". */
  readonly mode?: "ro" | "rw";
  /** What to do with links. Default: "inside". */
  readonly links?: LinkPolicy;
  /** By how much "rw" may grow the directory. Default: as the disk allows. */
  readonly growth?: GrowthLimits;
  /** The permission bits that files may get, of 0o777. Default: 0o777. Setuid, setgid and sticky are never set. */
  readonly modes?: number;
  /** Whether file systems mounted beneath the directory are served, too (never those of the system's own: /proc, /sys). Default: false. */
  readonly otherFileSystems?: boolean;
  /** How many handles of directories are kept open, from 1 on. Default: 128. */
  readonly handles?: number;
  /** Owner shown for the controller's own files. Default: 1000, the guest's user. Others' are shown as 65534. */
  readonly uid?: number;
  readonly gid?: number;
}

const NOBODY = 65_534;
/** How many entries are looked at to find the names of a file with hard links. */
const SCAN_LIMIT = 200_000;
/** A real directory as a file system, from which nothing leads out. Every method answers at once. */
export class DirectoryFileSystem implements FileSystem {
  readonly kind = "directory";
  readonly readOnly: boolean;
  readonly #path: string;
  /** Where the root was when last asked. */
  #top = "";
  #handle: number | undefined;
  readonly #device: bigint;
  readonly #root: RealDirectory;
  readonly #volume: Volume;
  readonly #directories = new Map<string, WeakRef<RealDirectory>>();
  readonly #collected = new FinalizationRegistry<string>((key) => {
    if (this.#directories.get(key)?.deref() === undefined) this.#directories.delete(key);
  });
  readonly #numbers = new Map<string, number>();

  constructor(path: string, options: DirectoryOptions = {}) {
    const { mode = "ro", links = "inside", modes = 0o777, handles = 128, uid = 1000, gid = 1000 } = options;
    if (mode !== "ro" && mode !== "rw")
      throw new TypeError(`a directory's mode is "ro" or "rw", not ${String(mode)}`);
    if (!Number.isSafeInteger(handles) || handles < 1) {
      throw new RangeError(`handles of a directory mount must be a whole number from 1 on, not ${handles}`);
    }
    this.readOnly = mode === "ro";
    this.#path = host.realpath(path);
    if (host.isSystem(this.#path)) throw new TypeError(`${path} is the system's own; it cannot be mounted`);
    const handled = host.hasHandles(this.#path);
    this.#handle = handled ? host.openPlace(this.#path, true) : undefined;
    try {
      const stats = this.#handle === undefined ? host.lstat(this.#path) : host.fstat(this.#handle);
      if (stats === undefined || !stats.isDirectory()) throw new Errno("ENOTDIR", `${path} is no directory`);
      this.#device = stats.dev;
      this.#volume = {
        writable: mode === "rw",
        handled,
        handles: new Handles(handles),
        filter: new Filter(options),
        links: new Links(links, () => this.#countLinks()),
        symlinks: links !== "none",
        growth: new Growth(options.growth ?? {}),
        stamps: new Stamps(),
        modes: modes & 0o777,
        opened: new Set(),
        owner: ownerOf(uid, gid),
        number: (of) => this.#number(of),
        directory: (parent, name, of) => this.#directory(parent, name, of),
        moved: (of, to, name) => this.#directories.get(fileKey(of))?.deref()?.moved(to, name),
        forget: (of) => this.#forget(of),
        rootPath: () => this.#rootPath(),
        holds: (at, place) => !handled || this.#holds(at, place),
        crosses: (at) => options.otherFileSystems === true && !host.isSystem(at),
        spare: undefined,
      };
      this.#root = new RealDirectory(this.#volume, undefined, "", stats);
    } catch (error) {
      if (this.#handle !== undefined) host.discard(this.#handle);
      throw error;
    }
  }

  root(): RealDirectory {
    return this.#root;
  }

  figures(): Figures {
    const { bsize, blocks, bavail, files, ffree } = host.statfs(this.#rootPath());
    return { blockSize: bsize, blocks, blocksFree: bavail, files, filesFree: ffree, nameMax: NAME_MAX };
  }

  /** Closes every descriptor. Files that were open answer EBADF from then on; used again, the mount opens anew. */
  close(): void {
    for (const fd of this.#volume.opened) host.discard(fd);
    this.#volume.opened.clear();
    this.#volume.spare = undefined;
    this.#volume.handles.close();
    if (this.#handle !== undefined) host.discard(this.#handle);
    this.#handle = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #rootPath(): string {
    if (!this.#volume.handled) return this.#path;
    this.#handle ??= this.#reopen();
    return host.handlePath(this.#handle);
  }

  #holds(path: string, place: Place | undefined): boolean {
    const actual = host.whereabouts(path);
    if (actual === undefined) return this.#holdsDeep(path, place);
    if (place !== undefined && !actual.endsWith(`/${place.name}`)) return false;
    const within = (): boolean => actual.startsWith(this.#top === "/" ? "/" : `${this.#top}/`);
    if (this.#top !== "" && within()) return true;
    // The mount's own directory may have been moved.
    this.#top = host.readlink(this.#rootPath());
    return within();
  }

  /** The same where the whole path is too long for the system to say: by climbing up to the root. */
  #holdsDeep(path: string, place: Place | undefined): boolean {
    let at = path;
    if (place !== undefined) {
      const [held, there] = [host.stat(path), host.lstat(place.parent.at(place.name))];
      if (there === undefined || !sameFile(held, there)) return false;
      at = place.parent.base();
    }
    for (let last: BigIntStats | undefined; ; at += "/..") {
      const stats = host.stat(`${at}/.`);
      if (sameFile(stats, this.#root.found)) return true;
      if (last !== undefined && sameFile(stats, last)) return false;
      last = stats;
    }
  }

  #reopen(): number {
    const fd = host.openPlace(this.#path, true);
    try {
      if (!sameFile(host.fstat(fd), this.#root.found))
        throw new Errno("EIO", `${this.#path} is another directory by now`);
      return fd;
    } catch (error) {
      host.discard(fd);
      throw error;
    }
  }

  #directory(parent: RealDirectory, name: string, stats: BigIntStats): RealDirectory {
    const key = fileKey(stats);
    const known = this.#directories.get(key)?.deref();
    if (known !== undefined) {
      // The system may have given a removed directory's number to a new one.
      const handle = this.#volume.handles.peek(known);
      if (handle !== undefined && host.fstat(handle).nlink === 0n) this.#volume.handles.drop(known);
      known.moved(parent, name);
      return known;
    }
    const made = new RealDirectory(this.#volume, parent, name, stats);
    this.#directories.set(key, new WeakRef(made));
    this.#collected.register(made, key);
    return made;
  }

  #forget(stats: BigIntStats): void {
    const key = fileKey(stats);
    const known = this.#directories.get(key)?.deref();
    this.#directories.delete(key);
    if (known === undefined) return;
    this.#volume.handles.drop(known);
    known.removed(stats);
  }

  /** The system's number on the root's device; elsewhere one of our own, lest two files have the same. */
  #number(stats: BigIntStats): number {
    const own = Number(stats.ino);
    if (stats.dev === this.#device && Number.isSafeInteger(own)) return own;
    const key = fileKey(stats);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = Number.MAX_SAFE_INTEGER - this.#numbers.size;
    if (this.#numbers.size < SCAN_LIMIT) this.#numbers.set(key, number);
    return number;
  }

  #countLinks(): ReadonlyMap<string, LinkCount> | undefined {
    const counts = new Map<string, LinkCount>();
    const pending = [this.#root];
    let seen = 0;
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      for (const [name, stats] of entriesOf(next)) {
        if (++seen > SCAN_LIMIT) return undefined;
        if (stats.isDirectory()) {
          pending.push(this.#directory(next, name, stats));
        } else if (stats.nlink > 1n) {
          const key = fileKey(stats);
          counts.set(key, { names: stats.nlink, inside: (counts.get(key)?.inside ?? 0n) + 1n });
        }
      }
    }
    return counts;
  }
}

/** A directory's entries; none where it cannot be read, so that what it holds counts as outside. */
function entriesOf(directory: RealDirectory): readonly [string, BigIntStats][] {
  try {
    return directory.visibleEntries();
  } catch (error) {
    if (error instanceof Errno) return [];
    throw error;
  }
}

/** Whom the guest is shown as owner: itself for what is the controller's. */
function ownerOf(uid: number, gid: number): Volume["owner"] {
  const user = process.geteuid?.();
  if (user === undefined || user === 0) return () => ({ uid, gid });
  const groups = new Set([process.getegid?.(), ...(process.getgroups?.() ?? [])]);
  return (stats) => ({
    uid: Number(stats.uid) === user ? uid : NOBODY,
    gid: groups.has(Number(stats.gid)) ? gid : NOBODY,
  });
}

/**
 * A real directory as a file system for the guest.
 *
 * Nothing leads out of it: each component of a path is looked up on its own through a handle of its directory, links
 * are followed in the guest's tree only, devices and pipes of the system are never opened, and a file with names
 * beyond the mount is refused.
 * @throws OptionError where the directory cannot be opened; RangeError or TypeError for options that cannot be
 */
export function directory(path: string, options: DirectoryOptions = {}): DirectoryFileSystem {
  try {
    return new DirectoryFileSystem(path, options);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    const why = REASONS.get(error.code) ?? error.message;
    throw new OptionError("directory", `${JSON.stringify(path)} cannot be mounted: ${why}`, { cause: error });
  }
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such directory"],
  [
    "ENOTDIR",
    "it is no directory; mount the one that it is in, or give what is in the file to memory({ name: contents })",
  ],
  ["EACCES", "it may not be read"],
]);
