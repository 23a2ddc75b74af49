import { Errno } from "../../wire/errno.js";
import { get, run, type Steps } from "../../wire/steps.js";
import type { Awaitable, Figures, FileSystem, Inode } from "../filesystem.js";
import { memory } from "../memory/memory.js";
import { StateError } from "../state-error.js";
import { readAll } from "../transfer.js";
import { type Tree, TreeDirectory, type TreeEntry, TreeFile, TreeLink } from "../tree.js";
import { applyChanges } from "./apply.js";
import { type Change, changesOf, type Found } from "./changes.js";
import { OverlayDirectory } from "./directory.js";
import { Layers } from "./layers.js";
import { type OverlayState, parseOverlayState, restoreOverlay, saveOverlay } from "./state.js";

/** What changed, with contents. */
export interface ExportedChanges {
  /** What was added or changed, by path. */
  readonly files: Tree;
  /** Paths that were removed. */
  readonly removed: readonly string[];
}

/** Copy-on-write: shows one file system, and keeps what is changed in another. */
export class OverlayFileSystem implements FileSystem {
  readonly kind = "overlay";
  readonly #layers: Layers;
  #root: OverlayDirectory | undefined;

  constructor(lower: FileSystem, upper: FileSystem) {
    if (upper.readOnly === true)
      throw new TypeError("the upper file system of an overlay must allow changes");
    this.#layers = new Layers(lower, upper);
  }

  root(): Awaitable<OverlayDirectory> {
    return this.#root ?? run(this.#top());
  }

  *#top(): Steps<OverlayDirectory> {
    if (this.#root !== undefined) return this.#root;
    const lower = yield* get(this.#layers.lower.root());
    this.#root ??= new OverlayDirectory(this.#layers, { lower }, undefined, "");
    return this.#root;
  }

  setClock(now: () => bigint): void {
    this.#layers.now = now;
    this.#layers.upper.setClock?.(now);
  }

  /** Of the upper file system: that is where space is needed. */
  figures(): Awaitable<Figures> {
    const { lower, upper } = this.#layers;
    const figures = upper.figures?.() ?? lower.figures?.();
    if (figures === undefined) throw new Errno("ENOSYS");
    return figures;
  }

  async close(): Promise<void> {
    await this.#layers.lower.close?.();
    await this.#layers.upper.close?.();
  }

  /** A file that is open and has no name. */
  inode(ino: number): Inode | undefined {
    return this.#layers.nameless.get(ino);
  }

  /** The changes as plain data, with what the upper file system holds. Throws StateError where that is not saved. */
  save(): Awaitable<OverlayState> {
    return run(this.#save());
  }

  *#save(): Steps<OverlayState> {
    const { upper } = this.#layers;
    if (upper.save === undefined) {
      throw new StateError(`changes that are kept in a file system of kind ${upper.kind} are not saved`);
    }
    const root = yield* this.#top();
    return saveOverlay(this.#layers, root, yield* get(upper.save()));
  }

  /**
   * Takes back what was saved, over the same lower file system. To be called before it is in use.
   * @throws StateError for what was never saved so, or does not fit what is below
   */
  restore(saved: unknown): Awaitable<void> {
    return run(this.#restore(parseOverlayState(saved)));
  }

  /** Another over the same lower file system, without changes. Throws StateError where changes are kept in a real directory. */
  fresh(): OverlayFileSystem {
    const { lower, upper } = this.#layers;
    if (upper.fresh === undefined)
      throw new StateError(`there is no other file system of kind ${upper.kind} to be had`);
    return new OverlayFileSystem(lower, upper.fresh());
  }

  *#restore(state: OverlayState): Steps<void> {
    const { upper } = this.#layers;
    if (upper.restore === undefined)
      throw new StateError(`a file system of kind ${upper.kind} takes nothing back`);
    yield* get(upper.restore(state.upper));
    this.#root = yield* restoreOverlay(this.#layers, state);
  }

  /** Puts something between the overlay and its file systems. Answers false, and does nothing, once it is in use. */
  replaceLayers(wrap: (layer: FileSystem) => FileSystem): boolean {
    if (this.#root !== undefined) return false;
    this.#layers.lower = wrap(this.#layers.lower);
    this.#layers.upper = wrap(this.#layers.upper);
    return true;
  }

  /** What the guest added, changed and removed, sorted by path. Hard links from below count under the names that were used. */
  async changes(): Promise<readonly Change[]> {
    return (await this.#found()).map(({ kind, path, type }) => ({ kind, path, type }));
  }

  async #found(): Promise<readonly Found[]> {
    return await run(changesOf(await this.root()));
  }

  /**
   * The changes with their contents.
   * @param limit the most bytes of contents in all
   * @throws Errno EFBIG beyond the limit
   */
  async exportChanges(limit = 268_435_456): Promise<ExportedChanges> {
    const files: Record<string, TreeEntry> = Object.create(null);
    const removed: string[] = [];
    let left = limit;
    for (const { kind, path, node, replaces } of await this.#found()) {
      if (kind === "removed" || replaces) removed.push(path);
      if (node === undefined) continue;
      const { mode, mtime } = await node.stat();
      const { current } = node;
      if (node.type === "directory") {
        files[path] = new TreeDirectory(Object.create(null), { mode, mtime });
      } else if (node.type === "file") {
        const data = await run(readAll(current, left));
        left -= data.length;
        files[path] = new TreeFile(data, { mode, mtime });
      } else if (node.type === "symlink" && current.readlink !== undefined) {
        files[path] = new TreeLink(await current.readlink());
      }
    }
    return { files, removed };
  }

  /**
   * Makes the changes in the lower file system, or in another that has the same files (a writable mount of the
   * same directory), and begins anew. To be called while no guest uses the overlay.
   * @throws Errno EROFS where the file system allows no changes; others as they occur, with a part done
   */
  async apply(target: FileSystem = this.#layers.lower): Promise<void> {
    if (target.readOnly === true) throw new Errno("EROFS", `the ${target.kind} file system is read-only`);
    await run(applyChanges(await this.#found(), await target.root()));
    await this.discard();
  }

  /** Throws the changes away. To be called while no guest uses the overlay. */
  async discard(): Promise<void> {
    const root = this.#root;
    this.#root = undefined;
    if (root !== undefined) await run(this.#layers.clear(root));
  }
}

/**
 * Copy-on-write over a file system, such as a directory of yours: the guest may change everything, and nothing of it
 * is changed. Look at `changes()`, then `apply()` or `discard()` them.
 * @param upper where changes are kept; it should be empty, and used for nothing else. Default: `memory()`
 */
export function overlay(lower: FileSystem, upper: FileSystem = memory()): OverlayFileSystem {
  return new OverlayFileSystem(lower, upper);
}
