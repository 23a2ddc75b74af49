import { Errno } from "../../wire/errno.js";
import { get, type Steps } from "../../wire/steps.js";
import type { Creation, FileSystem, FileType, Inode } from "../filesystem.js";
import { readAllInto } from "../transfer.js";
import type { OverlayNode } from "./node.js";

/** Numbers of nodes that are not of the lower file system begin here. */
export const FIRST_OWN_NUMBER = 2 ** 52;

/**
 * The two file systems of an overlay.
 *
 * The lower one is only read. The upper one is storage: each node that was made or changed has an inode of its own
 * there, in the root and under a number, which holds its attributes and contents. Where it stands in the tree is kept
 * by the overlay's directories, so that a directory from below moves without being copied.
 */
export class Layers {
  lower: FileSystem;
  upper: FileSystem;
  now: () => bigint = () => BigInt(Date.now()) * 1_000_000n;
  #lastNumber = FIRST_OWN_NUMBER;
  #lastName = 0;
  /** The one node of each lower inode, for as long as anyone has it. */
  readonly #known = new Map<number, WeakRef<OverlayNode>>();
  readonly #collected = new FinalizationRegistry<number>((ino) => {
    if (this.#known.get(ino)?.deref() === undefined) this.#known.delete(ino);
  });
  /** Nodes of the lower file system that changed, some of whose names may not have been met. */
  readonly #changed = new Map<number, OverlayNode>();

  /** Files that are open and have no name, by their number. */
  readonly nameless = new Map<number, OverlayNode>();

  constructor(lower: FileSystem, upper: FileSystem) {
    this.lower = lower;
    this.upper = upper;
  }

  nextNumber(): number {
    return ++this.#lastNumber;
  }

  known(ino: number): OverlayNode | undefined {
    return this.#changed.get(ino) ?? this.#known.get(ino)?.deref();
  }

  remember(node: OverlayNode): void {
    if (node.lower === undefined) return;
    this.#known.set(node.lower.ino, new WeakRef(node));
    this.#collected.register(node, node.lower.ino);
  }

  keep(node: OverlayNode): void {
    if (node.lower !== undefined) this.#changed.set(node.lower.ino, node);
  }

  /** Forgets that a lower inode is a node's: it has no name any more. */
  forget(node: OverlayNode): void {
    if (node.lower === undefined) return;
    this.#changed.delete(node.lower.ino);
    this.#known.delete(node.lower.ino);
  }

  /** All nodes that are not only below: beneath the root, met by some of their names, or open without one. */
  nodes(root: OverlayNode): ReadonlySet<OverlayNode> {
    const nodes = new Set<OverlayNode>([root, ...this.#changed.values(), ...this.nameless.values()]);
    for (const node of nodes) for (const inner of node.children()) nodes.add(inner);
    return nodes;
  }

  get counters(): Counters {
    return { lastNumber: this.#lastNumber, lastName: this.#lastName };
  }

  /** Begins anew, from where another left off. */
  reset(counters: Counters): void {
    this.#changed.clear();
    this.#known.clear();
    this.nameless.clear();
    this.#lastNumber = counters.lastNumber;
    this.#lastName = counters.lastName;
  }

  /** Forgets all changes, and removes what is stored of them. */
  *clear(root: OverlayNode): Steps<void> {
    const nodes = this.nodes(root);
    this.reset(this.counters);
    for (const { stored } of nodes) if (stored !== undefined) yield* this.unstore(stored);
  }

  /** Makes an inode in the upper file system. */
  *store(type: FileType, creation: Creation, target = ""): Steps<Stored> {
    const root = yield* get(this.upper.root());
    for (;;) {
      const name = `${++this.#lastName}`;
      try {
        return { name, inode: yield* made(root, name, type, creation, target) };
      } catch (error) {
        // A name that is in use from an earlier time.
        if (!(error instanceof Errno && error.code === "EEXIST")) throw error;
      }
    }
  }

  *unstore(stored: Stored): Steps<void> {
    const root = yield* get(this.upper.root());
    const remove = stored.inode.type === "directory" ? root.rmdir?.(stored.name) : root.unlink?.(stored.name);
    if (remove !== undefined) yield* get(remove);
  }

  /** Bytes that can still be stored, or more: a block may be free in part. */
  *#room(): Steps<number> {
    const { figures } = this.upper;
    if (figures === undefined) return Number.POSITIVE_INFINITY;
    const { blockSize, blocksFree } = yield* get(figures.call(this.upper));
    return (blocksFree + 1) * blockSize;
  }

  /** A copy of a lower inode in the upper file system; of a file's contents only the first `bytes`. */
  *copyUp(from: Inode, bytes: number): Steps<Stored> {
    const { mode, uid, gid, atime, mtime, size } = yield* get(from.stat());
    const target = from.readlink === undefined || from.type !== "symlink" ? "" : yield* get(from.readlink());
    const stored = yield* this.store(from.type, { mode, uid, gid }, target);
    try {
      if (from.type === "file") {
        yield* readAllInto(from, stored.inode, Math.min(size, bytes), yield* this.#room());
      }
      if (stored.inode.setattr !== undefined) {
        const same = from.type === "symlink" ? { atime, mtime } : { mode, atime, mtime };
        yield* get(stored.inode.setattr(same));
      }
      return stored;
    } catch (error) {
      yield* this.unstore(stored);
      throw error;
    }
  }
}

/** The last number that was given to a node, and the last name in the upper file system's root. */
export interface Counters {
  readonly lastNumber: number;
  readonly lastName: number;
}

/** An inode of the upper file system and its name in the root there. */
export interface Stored {
  readonly name: string;
  readonly inode: Inode;
}

function* made(root: Inode, name: string, type: FileType, creation: Creation, target: string): Steps<Inode> {
  const making =
    type === "file"
      ? root.create?.(name, creation)
      : type === "directory"
        ? root.mkdir?.(name, creation)
        : type === "symlink"
          ? root.symlink?.(name, target, creation)
          : type === "fifo"
            ? root.mkfifo?.(name, creation)
            : type === "socket"
              ? root.mksocket?.(name, creation)
              : undefined;
  if (making === undefined) throw new Errno("EPERM", `the upper file system makes nothing of type ${type}`);
  return yield* get(making);
}
