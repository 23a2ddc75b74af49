import { Errno } from "../wire/errno.js";
import { chain } from "../wire/steps.js";
import type { Awaitable, FileSystem, Inode } from "./filesystem.js";

/** A file system whose root is one file of another's root. */
export class OneFileSystem implements FileSystem {
  readonly kind: string;
  readonly readOnly: boolean;
  readonly #fs: FileSystem;
  readonly #name: string;

  constructor(fs: FileSystem, name: string) {
    this.#fs = fs;
    this.#name = name;
    this.kind = fs.kind;
    this.readOnly = fs.readOnly === true;
  }

  root(): Awaitable<Inode> {
    return chain(this.#fs.root(), (root) => {
      if (root.lookup === undefined) throw new Errno("ENOTDIR");
      return root.lookup(this.#name);
    });
  }

  /** The same file of what `wrap` makes of the file system. */
  within(wrap: (fs: FileSystem) => FileSystem): OneFileSystem {
    return new OneFileSystem(wrap(this.#fs), this.#name);
  }

  setClock(now: () => bigint): void {
    this.#fs.setClock?.(now);
  }

  async close(): Promise<void> {
    await this.#fs.close?.();
  }
}
