import { complete, isPromise } from "../awaitable.js";
import type { Figures, FileSystem } from "../filesystem.js";
import { NAME_MAX } from "../names.js";
import { plant, type Tree } from "../tree.js";
import { MemoryDirectory } from "./directory.js";
import type { Volume } from "./node.js";
import { type Quota, Space } from "./space.js";

export interface MemoryOptions extends Quota {
  /** Owner of what the tree names, and of the root. Default: 1000, the guest's user. */
  readonly uid?: number;
  readonly gid?: number;
  /** Permissions of the root directory. Default: 0o755. */
  readonly mode?: number;
}

const BLOCK = 4096;

/** A file system in memory. Every method answers at once. */
export class MemoryFileSystem implements FileSystem {
  readonly kind = "memory";
  readonly #space: Space;
  readonly #root: MemoryDirectory;
  #now: () => bigint = () => BigInt(Date.now()) * 1_000_000n;
  #lastIno = 0;

  constructor(options: MemoryOptions = {}) {
    const { uid = 1000, gid = 1000, mode = 0o755 } = options;
    const space = new Space(options);
    const volume: Volume = { space, now: () => this.#now(), nextIno: () => ++this.#lastIno };
    this.#space = space;
    this.#root = new MemoryDirectory(volume, { mode, uid, gid });
  }

  root(): MemoryDirectory {
    return this.#root;
  }

  setClock(now: () => bigint): void {
    this.#now = now;
  }

  /** Bytes of contents that are stored, and inodes in use. */
  get used(): { readonly bytes: number; readonly inodes: number } {
    return { bytes: this.#space.bytesUsed, inodes: this.#space.inodesUsed };
  }

  figures(): Figures {
    const { bytes, bytesUsed, inodes, inodesUsed } = this.#space;
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
  if (isPromise(complete(plant(made.root(), tree, { uid, gid }))))
    throw new Error("memory did not answer at once");
  return made;
}
