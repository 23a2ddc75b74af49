import type { Stat } from "../../fs/filesystem.js";
import { isPromise } from "../../wire/awaitable.js";
import { Errno } from "../../wire/errno.js";
import { chain } from "../../wire/steps.js";
import type { Awaitable } from "../../wire/types.js";
import { DEPTH_MAX, LINK_MAX, MAY_EXECUTE, NAME_MAX, PATH_MAX } from "../flags.js";
import type { Identity } from "../identity.js";
import type { Mounts } from "./mounts.js";
import { permits } from "./permission.js";
import { Place } from "./place.js";

/**
 * What to do with a symbolic link as the last component: follow it, or not (unless a slash is behind it),
 * or never, as calls do that change the directory entry itself.
 */
export type Follow = "yes" | "no" | "never";

/** Where a path led. */
export interface Found {
  /** The directory of the last component. */
  readonly directory: Place;
  /** The last component; "" when the path ends in "/", "." or "..". */
  readonly name: string;
  /** How a path ends that names no entry: "." (also "/") or "..". */
  readonly dots: "." | ".." | undefined;
  /** What is there, if anything. */
  readonly place: Place | undefined;
  /** A slash was behind the last component: it has to be a directory. */
  readonly slash: boolean;
}

/** Says whether a place may be used: throws an Errno if not. */
export type Admit = (place: Place) => void;

const encodedLength = (text: string, limit: number): number =>
  text.length * 3 <= limit ? text.length : Buffer.byteLength(text);

/** Whether a component is longer than any name. */
export const isLong = (name: string): boolean => encodedLength(name, NAME_MAX) > NAME_MAX;

/** Checks a path as every call does that takes one. Throws ENOENT (empty), ENAMETOOLONG, EINVAL (a NUL). */
export const checkPath = (path: string): void => {
  if (path === "") throw new Errno("ENOENT");
  if (encodedLength(path, PATH_MAX) > PATH_MAX) throw new Errno("ENAMETOOLONG");
  if (path.includes("\0")) throw new Errno("EINVAL", "a NUL in a path");
};

export interface Way {
  readonly follow: Follow;
  /** Nothing may lead out of `start`: else EPERM. */
  readonly confined: boolean;
  /**
   * What the last component is for: one to be made may have no slash behind it (EISDIR, whatever is there), and one
   * that is renamed may be too long, which rename finds out in its turn.
   */
  readonly purpose?: "create" | "rename" | undefined;
  readonly admit: Admit | undefined;
}

const led = (): Errno => new Errno("EPERM", "the path leads out of its directory");

/**
 * Resolves a path, one component at a time, from `start` (or from the root, when it begins with a slash).
 *
 * Throws ENOENT where a directory on the way is not there, ENOTDIR, EACCES, ELOOP after 40 symbolic links,
 * ENAMETOOLONG. The last component may be missing: `place` is then undefined.
 */
export const walk = (
  mounts: Mounts,
  who: Identity,
  start: Place,
  path: string,
  way: Way,
): Awaitable<Found> => {
  checkPath(path);
  if (!path.startsWith("/")) {
    return new Walk(mounts, who, start, path, way).go(start);
  }
  if (way.confined) throw led();
  return chain(mounts.root(), (root) => new Walk(mounts, who, start, path, way).go(root));
};

/** One resolution under way: a loop for as long as file systems answer at once, that goes on by promises when they do not. */
class Walk {
  readonly #mounts: Mounts;
  readonly #who: Identity;
  readonly #start: Place;
  readonly #way: Way;
  /** Components to come, the next one last. */
  readonly #rest: string[];
  #slash: boolean;
  #links = 0;

  constructor(mounts: Mounts, who: Identity, start: Place, path: string, way: Way) {
    this.#mounts = mounts;
    this.#who = who;
    this.#start = start;
    this.#way = way;
    this.#rest = components(path);
    this.#slash = path.endsWith("/");
  }

  /** Goes all the way from a directory. */
  go(from: Place): Awaitable<Found> {
    let at = from;
    for (;;) {
      const name = this.#rest.pop();
      if (name === undefined) return this.#found(at, ".", at);
      const here = at;
      const entered = this.#enter(here);
      if (isPromise(entered)) {
        return entered.then(() => chain(this.#step(here, name), (step) => this.#after(step)));
      }
      const step = this.#step(here, name);
      if (isPromise(step)) return step.then((then) => this.#after(then));
      if (step instanceof Place) at = step;
      else return step;
    }
  }

  /** Goes on from where a step led. */
  #after(step: Place | Found): Awaitable<Found> {
    return step instanceof Place ? this.go(step) : step;
  }

  /** Throws ENOTDIR, EACCES unless names may be looked up there. */
  #enter({ inode }: Place): Awaitable<void> {
    if (inode.type !== "directory") throw new Errno("ENOTDIR");
    const stat = inode.stat();
    if (isPromise(stat)) return stat.then((known) => this.#search(known));
    this.#search(stat);
  }

  #search(stat: Stat): void {
    if (!permits(this.#who, stat, MAY_EXECUTE)) throw new Errno("EACCES");
  }

  /** Answers the directory to go on from, or the end. */
  #step(at: Place, name: string): Awaitable<Place | Found> {
    const last = this.#rest.length === 0;
    if (at.depth >= DEPTH_MAX && name !== "." && name !== "..") throw new Errno("ENAMETOOLONG");
    if (name === "." || name === "..") {
      if (this.#way.confined && name === ".." && at === this.#start) throw led();
      const to: Place = name === ".." ? (at.parent ?? at) : at;
      return last ? this.#found(at, name, to) : to;
    }
    const { purpose } = this.#way;
    if (last && this.#slash && purpose === "create") throw new Errno("EISDIR");
    if (isLong(name)) {
      if (!last || purpose !== "rename") throw new Errno("ENAMETOOLONG");
      return { directory: at, name, dots: undefined, place: undefined, slash: this.#slash };
    }
    // A directory that was removed has "." and "..", and nothing else.
    if (at === this.#start && at.detached) throw new Errno("ENOENT");
    let child: Awaitable<Place>;
    try {
      child = this.#mounts.child(at, name);
    } catch (error) {
      return this.#missing(at, name, last, error);
    }
    if (!isPromise(child)) return this.#arrive(at, name, child, last);
    return child.then(
      (place) => this.#arrive(at, name, place, last),
      (error: unknown) => this.#missing(at, name, last, error),
    );
  }

  /** Looking up a name has failed: only the last one may be missing. */
  #missing(at: Place, name: string, last: boolean, error: unknown): Found {
    if (!last || !(error instanceof Errno) || error.code !== "ENOENT") throw error;
    return { directory: at, name, dots: undefined, place: undefined, slash: this.#slash };
  }

  #arrive(at: Place, name: string, place: Place, last: boolean): Awaitable<Place | Found> {
    const { follow, admit } = this.#way;
    admit?.(place);
    const { type } = place.inode;
    if (type === "symlink" && (!last || follow === "yes" || (follow === "no" && this.#slash))) {
      this.#links += 1;
      if (this.#links > LINK_MAX) throw new Errno("ELOOP");
      return chain(readLink(place), (target) => this.#follow(at, target, last));
    }
    if (!last) return place;
    if (this.#slash && follow !== "never" && type !== "directory") throw new Errno("ENOTDIR");
    return { directory: at, name, dots: undefined, place, slash: this.#slash };
  }

  #follow(at: Place, target: string, last: boolean): Awaitable<Place | Found> {
    if (last) this.#slash ||= target.endsWith("/");
    for (const component of components(target)) this.#rest.push(component);
    if (!target.startsWith("/")) return at;
    // Absolute links are of the whole tree: they stay within a way that begins at its root.
    if (this.#way.confined && this.#start.parent !== undefined) throw led();
    return this.#mounts.root();
  }

  #found(directory: Place, dots: "." | "..", place: Place): Found {
    return { directory, name: "", dots, place, slash: this.#slash };
  }
}

/** A path's components, reversed. */
const components = (path: string): string[] => {
  const all: string[] = [];
  let end = path.length;
  while (end > 0) {
    const slash = path.lastIndexOf("/", end - 1);
    if (slash + 1 < end) all.push(path.slice(slash + 1, end));
    end = slash;
  }
  return all;
};

/** The target of a symbolic link, checked as the kernel does before it follows one. */
export const readLink = (place: Place): Awaitable<string> => {
  if (place.inode.readlink === undefined) throw new Errno("EINVAL");
  return chain(place.inode.readlink(), (target) => {
    checkPath(target);
    return target;
  });
};
