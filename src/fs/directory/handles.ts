import { discard } from "./host.js";

/** Handles of directories, as many as are allowed; the one unused for longest is closed first. */
export class Handles<K extends object> {
  readonly #limit: number;
  readonly #open = new Map<K, number>();
  #steady = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#open.size;
  }

  get(key: K): number | undefined {
    const fd = this.#open.get(key);
    if (fd === undefined) return undefined;
    // Moved to the end: a Map keeps the order of insertion.
    this.#open.delete(key);
    this.#open.set(key, fd);
    return fd;
  }

  /** As `get`, but no use of it. */
  peek(key: K): number | undefined {
    return this.#open.get(key);
  }

  add(key: K, fd: number): void {
    this.#open.set(key, fd);
    if (this.#steady === 0) this.#trim();
  }

  /** While `act` runs no handle is closed: several are in use at once. */
  steady<T>(act: () => T): T {
    this.#steady++;
    try {
      return act();
    } finally {
      if (--this.#steady === 0) this.#trim();
    }
  }

  #trim(): void {
    for (const [key, fd] of this.#open) {
      if (this.#open.size <= this.#limit) return;
      this.#open.delete(key);
      discard(fd);
    }
  }

  drop(key: K): void {
    const fd = this.#open.get(key);
    if (fd === undefined) return;
    this.#open.delete(key);
    discard(fd);
  }

  close(): void {
    for (const fd of this.#open.values()) discard(fd);
    this.#open.clear();
  }
}
