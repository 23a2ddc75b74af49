import type { FileSystem, Inode } from "../../fs/filesystem.js";

/** A file system in its place. */
export interface Mount {
  /** Where it is: a guest path. "" for the directories that are in no file system. */
  readonly path: string;
  /** Its number: what stat shows as device. */
  readonly id: number;
  readonly fs: FileSystem;
  readonly readOnly: boolean;
}

/** A name on the way to a mount point, or the mount point itself. Names that exist in no file system appear through it. */
export interface Point {
  readonly children: Map<string, Point>;
  readonly id: number;
  mounted: Mount | undefined;
}

/**
 * Where a file is: an inode and the way to it. Every resolution makes its own chain of places; those that are
 * kept (the working directory, open directories) are told of renames and removals by `Places`.
 */
export class Place {
  readonly mount: Mount;
  readonly inode: Inode;
  readonly point: Point | undefined;
  /** How many directories were above it when it was found. */
  readonly depth: number;
  /** The directory it is in; none for the root. */
  parent: Place | undefined;
  name: string;
  /** Its directory entry is gone: paths from it lead nowhere. */
  removed = false;
  /** The states in which a policy's rules are here; see policy.ts. */
  ruling: readonly (readonly number[])[] | undefined;

  constructor(mount: Mount, inode: Inode, parent: Place | undefined, name: string, point: Point | undefined) {
    this.mount = mount;
    this.inode = inode;
    this.parent = parent;
    this.name = name;
    this.point = point;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
  }

  /** Its absolute path, without symbolic links. */
  get path(): string {
    let path = "";
    for (let at: Place = this; at.parent !== undefined; at = at.parent) path = `/${at.name}${path}`;
    return path === "" ? "/" : path;
  }

  /** Whether it, or a directory above it, has lost its entry. */
  get detached(): boolean {
    for (let at: Place | undefined = this; at !== undefined; at = at.parent) if (at.removed) return true;
    return false;
  }

  is(other: Place): boolean {
    return this.inode === other.inode || (this.mount === other.mount && this.inode.ino === other.inode.ino);
  }

  /** Whether it is `other`, or below it. */
  within(other: Place): boolean {
    for (let at: Place | undefined = this; at !== undefined; at = at.parent) if (at.is(other)) return true;
    return false;
  }
}

/** The places that are kept, so that they stay right when directories move. */
export class Places {
  readonly #kept = new Map<Place, number>();

  keep(place: Place): void {
    this.#kept.set(place, (this.#kept.get(place) ?? 0) + 1);
  }

  release(place: Place): void {
    const times = (this.#kept.get(place) ?? 1) - 1;
    if (times === 0) this.#kept.delete(place);
    else this.#kept.set(place, times);
  }

  /** `moved` is now called `name`, in `parent`. */
  moved(moved: Place, parent: Place, name: string): void {
    this.#each(moved, (place) => {
      place.parent = parent;
      place.name = name;
    });
  }

  removed(gone: Place): void {
    this.#each(gone, (place) => {
      place.removed = true;
    });
  }

  #each(like: Place, change: (place: Place) => void): void {
    for (const kept of this.#kept.keys()) {
      let above = false;
      for (let at: Place | undefined = kept; at !== undefined && !above; at = at.parent) {
        if (!at.is(like)) continue;
        above = true;
        change(at);
      }
      if (above)
        for (let at: Place | undefined = kept; at !== undefined; at = at.parent) at.ruling = undefined;
    }
  }
}
