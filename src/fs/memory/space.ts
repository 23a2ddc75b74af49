/** What a memory file system may hold. */
export interface Quota {
  /** Bytes of contents, as stored (holes cost nothing). Default: 256 MiB. */
  readonly bytes?: number;
  /** Files, directories and further hard links together. Default: 131,072. */
  readonly inodes?: number;
}

const DEFAULT_BYTES = 268_435_456;
const DEFAULT_INODES = 131_072;

function checked(value: number | undefined, what: string, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${what} of a memory file system must be a whole number from 0 on, not ${value}`);
  }
  return value;
}

/** Bookkeeping of bytes and inodes against the quota, and against that of several together where there is one. */
export class Space {
  readonly bytes: number;
  readonly inodes: number;
  readonly #together: Space | undefined;
  #bytesUsed = 0;
  #inodesUsed = 0;

  constructor(quota: Quota, together?: Space) {
    this.#together = together;
    this.bytes = checked(quota.bytes, "bytes", DEFAULT_BYTES);
    this.inodes = checked(quota.inodes, "inodes", DEFAULT_INODES);
  }

  get bytesUsed(): number {
    return this.#bytesUsed;
  }

  get inodesUsed(): number {
    return this.#inodesUsed;
  }

  /** Bytes that are left. */
  get free(): number {
    const own = this.bytes - this.#bytesUsed;
    return this.#together === undefined ? own : Math.min(own, this.#together.free);
  }

  holds(bytes: number): boolean {
    return this.#bytesUsed + bytes <= this.bytes && this.#together?.holds(bytes) !== false;
  }

  take(bytes: number): boolean {
    if (!this.holds(bytes)) return false;
    this.#together?.take(bytes);
    this.#bytesUsed += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#together?.give(bytes);
    this.#bytesUsed -= bytes;
  }

  takeInode(): boolean {
    if (this.#inodesUsed >= this.inodes || this.#together?.takeInode() === false) return false;
    this.#inodesUsed++;
    return true;
  }

  giveInode(): void {
    this.#together?.giveInode();
    this.#inodesUsed--;
  }
}
