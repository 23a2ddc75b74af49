import { isPromise } from "../../wire/awaitable.js";
import { Errno } from "../../wire/errno.js";
import { run } from "../../wire/steps.js";
import type { Awaitable, Figures, FileSystem, Inode } from "../filesystem.js";
import { NAME_MAX } from "../names.js";
import { plant, type Tree } from "../tree.js";
import { MemoryDirectory } from "./directory.js";
import { type Quota, Space } from "./space.js";
import { type MemoryState, parseMemoryState, restoreNodes, saveNodes } from "./state.js";
import { MemoryVolume } from "./volume.js";

/** How much a file system in memory may hold, and whose its files are. */
export interface MemoryOptions extends Quota {
  /** Owner of what the tree names, and of the root. Default: 1000, the guest's user. */
  readonly uid?: number;
  readonly gid?: number;
  /** Permissions of the root directory. Default: 0o755. */
  readonly mode?: number;
}

const BLOCK = 4096;

/** States that many share, by what they were before they were checked. */
const checked = new WeakMap<object, MemoryState>();

const parseOnce = (saved: unknown): MemoryState => {
  if (typeof saved !== "object" || saved === null) return parseMemoryState(saved);
  const state = checked.get(saved) ?? parseMemoryState(saved);
  checked.set(saved, state);
  return state;
};

/** A file system in memory. Every method answers at once. */
export class MemoryFileSystem implements FileSystem {
  readonly kind = "memory";
  readonly #options: MemoryOptions;
  #together: Space | undefined;
  #volume: MemoryVolume;
  #root: MemoryDirectory;
  #now: () => bigint = () => BigInt(Date.now()) * 1_000_000n;

  constructor(options: MemoryOptions = {}) {
    const { uid = 1000, gid = 1000, mode = 0o755 } = options;
    this.#options = options;
    this.#volume = this.#anew(0);
    this.#root = new MemoryDirectory(this.#volume, { mode, uid, gid });
  }

  /** @internal An empty one of several, which may hold no more in all than `together` has. */
  static sharing(options: MemoryOptions, together: Space): MemoryFileSystem {
    const fs = new MemoryFileSystem(options);
    fs.#together = together;
    const { mode, uid, gid } = fs.#root;
    fs.#volume = fs.#anew(0);
    fs.#root = new MemoryDirectory(fs.#volume, { mode, uid, gid });
    return fs;
  }

  #anew(lastIno: number): MemoryVolume {
    return new MemoryVolume(new Space(this.#options, this.#together), () => this.#now(), lastIno);
  }

  root(): MemoryDirectory {
    return this.#root;
  }

  setClock(now: () => bigint): void {
    this.#now = now;
  }

  /** Bytes of contents that are stored, and inodes in use. */
  get used(): { readonly bytes: number; readonly inodes: number } {
    const { bytesUsed, inodesUsed } = this.#volume.space;
    return { bytes: bytesUsed, inodes: inodesUsed };
  }

  /** The most that it may hold. */
  get quota(): { readonly bytes: number; readonly inodes: number } {
    const { bytes, inodes } = this.#volume.space;
    return { bytes, inodes };
  }

  /** An inode by its number, also one that is open or held without having a name. */
  inode(ino: number): Awaitable<Inode | undefined> {
    return this.#volume.nodes.get(ino) ?? this.#volume.removed.get(ino)?.deref();
  }

  /** All contents as plain data, with the same numbers: see `restore`. Bytes are views of what is stored. */
  save(): MemoryState {
    return saveNodes(this.#volume, this.#root);
  }

  /**
   * Replaces everything by what was saved. To be called before the file system is in use. "shared": what is given never
   * changes as long as this is in use: it is checked once, and files' bytes are not copied until they are written to.
   * @throws StateError for what was never saved so, or is beyond the quota; nothing is changed then
   */
  restore(saved: unknown, bytes: "own" | "shared" = "own"): void {
    const state = bytes === "shared" ? parseOnce(saved) : parseMemoryState(saved);
    const volume = this.#anew(state.lastIno);
    this.#root = restoreNodes(volume, state, bytes === "shared");
    this.#volume = volume;
  }

  /** An empty one with the same quota and owner. */
  fresh(): MemoryFileSystem {
    return this.#together === undefined
      ? new MemoryFileSystem(this.#options)
      : MemoryFileSystem.sharing(this.#options, this.#together);
  }

  figures(): Figures {
    const { bytes, bytesUsed, inodes, inodesUsed } = this.#volume.space;
    return {
      blockSize: BLOCK,
      blocks: Math.floor(bytes / BLOCK),
      blocksFree: Math.floor((bytes - bytesUsed) / BLOCK),
      files: inodes,
      filesFree: inodes - inodesUsed,
      nameMax: NAME_MAX,
    };
  }
}

/**
 * A file system in memory, empty or with the given tree:
 *
 *     memory({ "data.csv": "a,b\n1,2\n", src: { "main.py": "print('hi')" } }, { bytes: 64 * 2 ** 20 })
 *
 * Where its quota of bytes or inodes does not allow a change, the guest sees ENOSPC.
 * @throws RangeError for options out of their range, TypeError for a tree with names or values that cannot be,
 *   Errno (ENOSPC) for a tree beyond the quota
 */
export function memory(tree: Tree = {}, options: MemoryOptions = {}): MemoryFileSystem {
  const made = new MemoryFileSystem(options);
  const { uid = 1000, gid = 1000 } = options;
  try {
    if (isPromise(run(plant(made.root(), tree, { uid, gid }))))
      throw new Error("memory did not answer at once");
  } catch (error) {
    if (!(error instanceof Errno && error.code === "ENOSPC")) throw error;
    const { bytes, inodes } = made.quota;
    throw new Errno(
      "ENOSPC",
      `the tree is more than the ${bytes} bytes or ${inodes} inodes of its file system`,
    );
  }
  return made;
}
