import type { MemoryNode, Volume } from "./node.js";
import type { Space } from "./space.js";

/** What the nodes of one memory file system share. */
export class MemoryVolume implements Volume {
  readonly space: Space;
  readonly now: () => bigint;
  readonly nodes = new Map<number, MemoryNode>();
  readonly removed = new Map<number, WeakRef<MemoryNode>>();
  readonly #collected = new FinalizationRegistry<number>((ino) => this.removed.delete(ino));
  #lastIno: number;

  constructor(space: Space, now: () => bigint, lastIno: number) {
    this.space = space;
    this.now = now;
    this.#lastIno = lastIno;
  }

  get lastIno(): number {
    return this.#lastIno;
  }

  nextIno(): number {
    return ++this.#lastIno;
  }

  /** Keeps a removed directory to be found for as long as someone has it. */
  keep(node: MemoryNode): void {
    this.removed.set(node.ino, new WeakRef(node));
    this.#collected.register(node, node.ino);
  }
}
