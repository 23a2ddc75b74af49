import { Errno } from "../../wire/errno.js";
import { LINK_MAX, MAY_EXECUTE, NAME_MAX, PATH_MAX } from "../flags.js";
import type { Identity } from "../identity.js";
import { pending, type Steps, wait } from "../steps.js";
import type { Mounts } from "./mounts.js";
import { permits } from "./permission.js";
import type { Place } from "./place.js";

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
  readonly admit: Admit | undefined;
}

const led = (): Errno => new Errno("EPERM", "the path leads out of its directory");

/**
 * Resolves a path, one component at a time, from `start` (or from the root, when it begins with a slash).
 *
 * Throws ENOENT where a directory on the way is not there, ENOTDIR, EACCES, ELOOP after 40 symbolic links,
 * ENAMETOOLONG. The last component may be missing: `place` is then undefined.
 */
export function* walk(
  mounts: Mounts,
  who: Identity,
  start: Place,
  path: string,
  { follow, confined, admit }: Way,
): Steps<Found> {
  checkPath(path);
  let at = start;
  if (path.startsWith("/")) {
    if (confined) throw led();
    at = yield* mounts.root();
  } else if (at.detached) throw new Errno("ENOENT");
  let links = 0;
  /** Components to come, the next one last. */
  const rest = components(path);
  let slash = path.endsWith("/");
  let name = rest.pop();
  if (name === undefined) return { directory: at, name: "", dots: ".", place: at, slash };
  for (;;) {
    if (at.inode.type !== "directory") throw new Errno("ENOTDIR");
    const stated = at.inode.stat();
    if (!permits(who, pending(stated) ? yield* wait(stated) : stated, MAY_EXECUTE)) throw new Errno("EACCES");
    const next = rest.pop();
    const last = next === undefined;
    if (name === "." || name === "..") {
      if (confined && name === ".." && at === start) throw led();
      const to: Place = name === ".." ? (at.parent ?? at) : at;
      if (last) return { directory: at, name: "", dots: name, place: to, slash };
      at = to;
      name = next;
      continue;
    }
    if (encodedLength(name, NAME_MAX) > NAME_MAX) throw new Errno("ENAMETOOLONG");
    let place: Place;
    try {
      const child = mounts.child(at, name);
      place = pending(child) ? yield* wait(child) : child;
    } catch (error) {
      if (last && error instanceof Errno && error.code === "ENOENT") {
        return { directory: at, name, dots: undefined, place: undefined, slash };
      }
      throw error;
    }
    admit?.(place);
    if (place.inode.type === "symlink" && (!last || follow === "yes" || (follow === "no" && slash))) {
      links += 1;
      if (links > LINK_MAX) throw new Errno("ELOOP");
      const target = yield* readLink(place);
      if (next !== undefined) rest.push(next);
      else slash ||= target.endsWith("/");
      if (target.startsWith("/")) {
        // Absolute links are of the whole tree: they stay within a way that begins at its root.
        if (confined && start.parent !== undefined) throw led();
        at = yield* mounts.root();
      }
      for (const component of components(target)) rest.push(component);
      const first = rest.pop();
      if (first === undefined) return { directory: at, name: "", dots: ".", place: at, slash };
      name = first;
      continue;
    }
    if (last) {
      if (slash && follow !== "never" && place.inode.type !== "directory") throw new Errno("ENOTDIR");
      return { directory: at, name, dots: undefined, place, slash };
    }
    at = place;
    name = next;
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
export function* readLink(place: Place): Steps<string> {
  if (place.inode.readlink === undefined) throw new Errno("EINVAL");
  const answer = place.inode.readlink();
  const target = pending(answer) ? yield* wait(answer) : answer;
  checkPath(target);
  return target;
}
