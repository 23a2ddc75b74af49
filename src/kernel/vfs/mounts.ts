import type { DirectoryEntry, FileSystem, Inode, Stat } from "../../fs/filesystem.js";
import { isPromise } from "../../wire/awaitable.js";
import { Errno } from "../../wire/errno.js";
import { chain, run, type Steps, wait } from "../../wire/steps.js";
import type { Awaitable } from "../../wire/types.js";
import { type Mount, Place, type Point } from "./place.js";

/** A directory that is in no file system: it stands on the way to a mount point. */
class PointInode implements Inode {
  readonly type = "directory";
  readonly ino: number;
  readonly #links: number;

  constructor(point: Point) {
    this.ino = point.id;
    this.#links = 2 + point.children.size;
  }

  stat(): Stat {
    return {
      type: "directory",
      ino: this.ino,
      mode: 0o755,
      nlink: this.#links,
      uid: 0,
      gid: 0,
      size: 0,
      blocks: 0,
      atime: 0n,
      mtime: 0n,
      ctime: 0n,
    };
  }

  lookup(): Inode {
    throw new Errno("ENOENT");
  }

  readdir(): readonly DirectoryEntry[] {
    return [];
  }
}

/** The mount table: which file system is where. Most mounts at once: 1024. */
export class Mounts {
  readonly #root: Point = { children: new Map(), id: 1, mounted: undefined };
  /** Where the directories are that are in no file system. */
  readonly #points: Mount = {
    path: "",
    id: 1,
    fs: { kind: "mounts", readOnly: true, root: () => new PointInode(this.#root) },
    readOnly: true,
  };
  readonly #mounts = new Set<Mount>();
  /** The roots of file systems, once asked for. */
  readonly #roots = new Map<Mount, Inode>();
  #pointCount = 1;
  #deviceCount = 1;
  #place: Place | undefined;

  /** Mounts `fs` at an absolute, normalised path. Throws EINVAL for another path, EBUSY where something is mounted. */
  mount(path: string, fs: FileSystem, readOnly = false): Mount {
    if (!path.startsWith("/"))
      throw new Errno("EINVAL", `a mount point is an absolute path, not ${JSON.stringify(path)}`);
    if (this.#mounts.size >= 1024) throw new Errno("ENOMEM", "more than 1024 mounts");
    let point = this.#root;
    for (const name of path.split("/")) {
      if (name === "") continue;
      if (name === "." || name === ".." || name.includes("\0")) {
        throw new Errno("EINVAL", `a mount point is a normalised path, not ${JSON.stringify(path)}`);
      }
      let child = point.children.get(name);
      if (child === undefined) {
        this.#pointCount += 1;
        child = { children: new Map(), id: this.#pointCount, mounted: undefined };
        point.children.set(name, child);
      }
      point = child;
    }
    if (point.mounted !== undefined)
      throw new Errno("EBUSY", `something is mounted at ${JSON.stringify(path)}`);
    this.#deviceCount += 1;
    const mount: Mount = { path, id: this.#deviceCount, fs, readOnly: readOnly || fs.readOnly === true };
    point.mounted = mount;
    this.#mounts.add(mount);
    if (point === this.#root) this.#place = undefined;
    return mount;
  }

  get all(): Iterable<Mount> {
    return this.#mounts;
  }

  /** What is mounted at a path, as it was given to `mount`. */
  at(path: string): Mount | undefined {
    for (const mount of this.#mounts) if (mount.path === path) return mount;
    return undefined;
  }

  /** The root of the tree. */
  root(): Awaitable<Place> {
    if (this.#place !== undefined) return this.#place;
    const mount = this.#root.mounted;
    const inode = mount === undefined ? new PointInode(this.#root) : run(this.#rootOf(mount));
    return chain(inode, (found) => {
      this.#place = new Place(mount ?? this.#points, found, undefined, "", this.#root);
      return this.#place;
    });
  }

  /** The child of a directory by its name. Throws ENOENT. */
  child(directory: Place, name: string): Awaitable<Place> {
    const point = directory.point?.children.get(name);
    if (point !== undefined) return run(this.#childAt(directory, name, point));
    const inode = lookup(directory, name);
    return isPromise(inode)
      ? inode.then((found) => new Place(directory.mount, found, directory, name, undefined))
      : new Place(directory.mount, inode, directory, name, undefined);
  }

  *#childAt(directory: Place, name: string, point: Point): Steps<Place> {
    if (point.mounted !== undefined) {
      return new Place(point.mounted, yield* this.#rootOf(point.mounted), directory, name, point);
    }
    try {
      const inode = lookup(directory, name);
      const found = isPromise(inode) ? yield* wait(inode) : inode;
      if (found.type === "directory") return new Place(directory.mount, found, directory, name, point);
    } catch (error) {
      if (!(error instanceof Errno) || error.code !== "ENOENT") throw error;
    }
    return new Place(this.#points, new PointInode(point), directory, name, point);
  }

  *#rootOf(mount: Mount): Steps<Inode> {
    const known = this.#roots.get(mount);
    if (known !== undefined) return known;
    const root = mount.fs.root();
    const inode = isPromise(root) ? yield* wait(root) : root;
    this.#roots.set(mount, inode);
    return inode;
  }
}

const lookup = (directory: Place, name: string): Awaitable<Inode> => {
  if (directory.inode.lookup === undefined) throw new Errno("ENOTDIR");
  return directory.inode.lookup(name);
};
