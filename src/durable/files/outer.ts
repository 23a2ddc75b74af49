import type { Awaitable, Figures, FileSystem } from "../../fs/filesystem.js";
import type { Tape } from "../tape.js";
import { readFigures, writeFigures } from "./facts.js";
import { type OuterInode, outerRoot } from "./inode.js";
import { OuterWorld } from "./world.js";

/**
 * A file system outside, seen through the journal: what it answers is noted, what the guest changes is changed once. What is
 * done with it between operations goes straight to it.
 */
export class OuterFileSystem implements FileSystem {
  readonly kind: string;
  readonly readOnly: boolean;
  readonly figures?: () => Awaitable<Figures>;
  readonly #fs: FileSystem;
  readonly #world: OuterWorld;

  constructor(fs: FileSystem, tape: Tape, path: string) {
    this.#fs = fs;
    this.#world = new OuterWorld(tape, path);
    this.kind = fs.kind;
    this.readOnly = fs.readOnly === true;
    if (fs.figures !== undefined) {
      this.figures = () =>
        this.#world.ask({ write: writeFigures, read: readFigures }, () => {
          if (fs.figures === undefined) throw new TypeError(`a ${fs.kind} file system lost its figures`);
          return fs.figures();
        });
    }
  }

  root(): Awaitable<OuterInode> {
    return outerRoot(this.#world, () => this.#fs.root());
  }

  /** Opens again what the guest had open. Throws DurableError where that is not as it was. */
  reopen(): Promise<void> {
    return this.#world.reopen();
  }
}
