import type { Awaitable, OpenFile, OpenMode } from "../filesystem.js";
import { FixedDirectory, FixedFile, FixedLink, type FixedNode, FixedPipe } from "../fixed.js";
import { NAME_MAX } from "../names.js";
import { ArchiveError } from "./source.js";

/** What an archive may hold. */
export interface ArchiveLimits {
  /**
   * Bytes of a compressed archive, or of a compressed file in one, once decompressed; of such files that are open at a
   * time, twice as many together. Default: 256 MiB.
   */
  readonly bytes?: number;
  /** Entries, directories that are only implied included. Default: 200,000. */
  readonly entries?: number;
  /** Directories within directories. Default: 1000. */
  readonly depth?: number;
}

export const limitsOf = (limits: ArchiveLimits): Required<ArchiveLimits> => ({
  bytes: limits.bytes ?? 268_435_456,
  entries: limits.entries ?? 200_000,
  depth: limits.depth ?? 1000,
});

/** What an entry says of itself. */
export interface EntryAttributes {
  readonly mode: number;
  readonly mtime: bigint;
}

export type EntryContents =
  | { readonly type: "directory" }
  | { readonly type: "fifo" }
  | { readonly type: "symlink"; readonly target: string }
  | { readonly type: "hardlink"; readonly target: string }
  | { readonly type: "file"; readonly size: number; open(mode: OpenMode): Awaitable<OpenFile> };

const PATH_MAX = 4096;

/** The tree of an archive's entries, as they are found. What has no place in a tree is left out and counted. */
export class Index {
  readonly root: FixedDirectory;
  readonly #limits: Required<ArchiveLimits>;
  readonly #owner: { readonly uid: number; readonly gid: number };
  #count = 1;
  #skipped = 0;

  constructor(limits: Required<ArchiveLimits>, owner: { readonly uid: number; readonly gid: number }) {
    this.#limits = limits;
    this.#owner = owner;
    this.root = new FixedDirectory(this.#attributes({ mode: 0o755, mtime: 0n }));
  }

  /** Entries that are not there: names that lead out, that are too long or not UTF-8, devices, links to nothing. */
  get skipped(): number {
    return this.#skipped;
  }

  get count(): number {
    return this.#count;
  }

  skip(): void {
    this.#skipped++;
  }

  add(path: string, attributes: EntryAttributes, contents: EntryContents): void {
    const names = this.#names(path);
    const name = names?.pop();
    if (names === undefined || name === undefined) {
      // "./" stands for the root in many archives.
      if (names === undefined) this.skip();
      return;
    }
    const parent = this.#directory(names);
    const present = parent?.entries.get(name);
    if (parent === undefined) {
      this.skip();
    } else if (contents.type === "directory") {
      // A directory that was implied by what is in it, and now says itself what it is.
      if (present instanceof FixedDirectory) {
        present.attributes = { ...this.#attributes(attributes), ino: present.ino };
      } else this.#put(parent, name, new FixedDirectory(this.#attributes(attributes)));
    } else if (present instanceof FixedDirectory) {
      this.skip();
    } else {
      const node =
        contents.type === "hardlink" ? this.#linked(contents.target) : this.#node(attributes, contents);
      if (node === undefined) this.skip();
      else this.#put(parent, name, node);
    }
  }

  #node(
    attributes: EntryAttributes,
    contents: Exclude<EntryContents, { type: "directory" | "hardlink" }>,
  ): FixedNode {
    const own = this.#attributes(attributes);
    switch (contents.type) {
      case "symlink":
        return new FixedLink(own, contents.target);
      case "fifo":
        return new FixedPipe(own);
      case "file":
        return new FixedFile(own, contents.size, (mode) => contents.open(mode));
    }
  }

  #linked(target: string): FixedNode | undefined {
    let at: FixedNode | undefined = this.root;
    for (const name of this.#names(target) ?? [".."])
      at = at instanceof FixedDirectory ? at.entries.get(name) : undefined;
    if (at === undefined || at instanceof FixedDirectory) return undefined;
    at.nlink++;
    return at;
  }

  #put(parent: FixedDirectory, name: string, node: FixedNode): void {
    const old = parent.entries.get(name);
    if (old === node) return;
    if (old !== undefined) old.nlink--;
    else if (++this.#count > this.#limits.entries) {
      throw new ArchiveError(`it has more than ${this.#limits.entries} entries`);
    }
    parent.entries.set(name, node);
    if (node instanceof FixedDirectory) parent.nlink++;
  }

  #directory(names: readonly string[]): FixedDirectory | undefined {
    let at = this.root;
    for (const name of names) {
      const next = at.entries.get(name) ?? new FixedDirectory(this.#attributes({ mode: 0o755, mtime: 0n }));
      if (!(next instanceof FixedDirectory)) return undefined;
      if (!at.entries.has(name)) this.#put(at, name, next);
      at = next;
    }
    return at;
  }

  /** The components of an entry's name, or undefined for one that has no place in the tree. */
  #names(path: string): string[] | undefined {
    if (path.length > PATH_MAX || path.includes("\0") || path.includes("\uFFFD")) return undefined;
    const names = path.split("/").filter((name) => name !== "" && name !== ".");
    if (names.length > this.#limits.depth) return undefined;
    if (names.some((name) => name === ".." || Buffer.byteLength(name) > NAME_MAX)) return undefined;
    return names;
  }

  #attributes({ mode, mtime }: EntryAttributes): FixedNode["attributes"] {
    return { ino: this.#next(), mode: mode & 0o777, mtime, ...this.#owner };
  }

  #lastIno = 0;
  #next(): number {
    return ++this.#lastIno;
  }
}
