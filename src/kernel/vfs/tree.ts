import type { Stat } from "../../fs/filesystem.js";
import { isPromise } from "../../wire/awaitable.js";
import { Errno } from "../../wire/errno.js";
import { chain } from "../../wire/steps.js";
import type { Awaitable } from "../../wire/types.js";
import type { Descriptors } from "../descriptors.js";
import { AT_FDCWD, BENEATH, MAY_EXECUTE, MAY_WRITE } from "../flags.js";
import type { Identity } from "../identity.js";
import { Listings } from "../listings.js";
import type { Mounts } from "./mounts.js";
import { permits } from "./permission.js";
import { type Place, Places } from "./place.js";
import { type Admit, type Follow, type Found, type Way, walk } from "./walk.js";

/** What a policy says about places, asked after links are resolved; see policy.ts. */
export interface Ruling {
  /** Throws EACCES for a place that is denied. */
  readonly admit: Admit;
  /** Throws EROFS for a place that may only be read. */
  readonly change: Admit;
  /** Throws when a directory, called `name` in `to`, would leave rules behind. */
  readonly move: (directory: Place, to: Place, name: string) => void;
}

/** The tree of files as the guest sees it: mounts, and who looks from where. */
export class Tree {
  readonly mounts: Mounts;
  readonly who: Identity;
  readonly places = new Places();
  readonly listings = new Listings();
  readonly ruling: Ruling | undefined;
  readonly #descriptors: Descriptors;
  readonly #from: string;
  #cwd: Place | undefined;
  #umask = 0o022;

  constructor(
    mounts: Mounts,
    who: Identity,
    descriptors: Descriptors,
    ruling: Ruling | undefined,
    cwd: string,
  ) {
    this.mounts = mounts;
    this.who = who;
    this.ruling = ruling;
    this.#descriptors = descriptors;
    this.#from = cwd;
  }

  get umask(): number {
    return this.#umask;
  }

  set umask(mask: number) {
    this.#umask = mask & 0o777;
  }

  /** The working directory. It is looked up when it is first needed. */
  cwd(): Awaitable<Place> {
    if (this.#cwd !== undefined) return this.#cwd;
    const how = { follow: "yes", confined: false, admit: this.ruling?.admit } as const;
    return chain(this.mounts.root(), (root) =>
      chain(walk(this.mounts, this.who, root, this.#from, how), ({ place }) => {
        if (place === undefined) throw new Errno("ENOENT");
        return chain(this.enter(place), () => place);
      }),
    );
  }

  /** Makes a directory the working directory. Throws ENOTDIR, EACCES. */
  enter(place: Place): Awaitable<void> {
    if (place.inode.type !== "directory") throw new Errno("ENOTDIR");
    return chain(this.allow(place, MAY_EXECUTE), () => {
      const old = this.#cwd;
      this.places.keep(place);
      this.#cwd = place;
      if (old !== undefined) this.places.release(old);
    });
  }

  /** Where a relative path starts. Throws EBADF, ENOTDIR. */
  start(at: number): Awaitable<Place> {
    if (at === AT_FDCWD) return this.cwd();
    const { place } = this.#descriptors.get(at <= BENEATH ? BENEATH - at : at);
    if (place === undefined || place.inode.type !== "directory") throw new Errno("ENOTDIR");
    return place;
  }

  /** Where a path leads: see `walk`. */
  find(at: number, path: string, follow: Follow, purpose?: Way["purpose"]): Awaitable<Found> {
    const confined = at <= BENEATH;
    const start = path.startsWith("/") && !confined ? this.mounts.root() : this.start(at);
    const way = { follow, confined, admit: this.ruling?.admit, purpose };
    return isPromise(start)
      ? start.then((place) => walk(this.mounts, this.who, place, path, way))
      : walk(this.mounts, this.who, start, path, way);
  }

  /** The file that a path names. Throws ENOENT, and what `walk` throws. */
  resolve(at: number, path: string, follow: boolean): Awaitable<Place> {
    const found = this.find(at, path, follow ? "yes" : "no");
    return isPromise(found) ? found.then(there) : there(found);
  }

  /** Throws EACCES unless the guest's user may do all of `want` (MAY_*) with a file. */
  allow(place: Place, want: number): Awaitable<Stat> {
    return chain(place.inode.stat(), (stat) => {
      if (!permits(this.who, stat, want)) throw new Errno("EACCES");
      return stat;
    });
  }

  /** Throws EROFS where nothing may be changed. */
  writable(place: Place): void {
    if (place.mount.readOnly) throw new Errno("EROFS");
    this.ruling?.change(place);
  }

  /** Throws unless the guest's user may change the entries of a directory. */
  alterable(directory: Place): Awaitable<Stat> {
    if (directory.detached) throw new Errno("ENOENT");
    return this.allow(directory, MAY_WRITE | MAY_EXECUTE);
  }
}

const there = ({ place }: Found): Place => {
  if (place === undefined) throw new Errno("ENOENT");
  return place;
};
