/** How many files' exact times are remembered. */
const REMEMBERED = 4096;

interface Stamp {
  readonly stored: bigint;
  readonly exact: bigint;
}

/**
 * Times as the guest set them, to the nanosecond. Node sets times to the microsecond only; as long as the file
 * still has the time that came of it, the guest is shown the one it gave.
 */
export class Stamps {
  readonly #exact = new Map<string, { atime: Stamp; mtime: Stamp }>();

  get size(): number {
    return this.#exact.size;
  }

  remember(key: string, atime: Stamp, mtime: Stamp): void {
    this.#exact.delete(key);
    const oldest = this.#exact.keys().next();
    if (this.#exact.size >= REMEMBERED && oldest.done !== true) this.#exact.delete(oldest.value);
    this.#exact.set(key, { atime, mtime });
  }

  exact(key: string, which: "atime" | "mtime", stored: bigint): bigint {
    if (this.#exact.size === 0) return stored;
    const stamp = this.#exact.get(key)?.[which];
    return stamp !== undefined && stamp.stored === stored ? stamp.exact : stored;
  }
}
