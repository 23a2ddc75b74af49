import { Errno } from "../../wire/errno.js";

/** How much a real directory may grow by what the guest does. */
export interface GrowthLimits {
  /** Bytes by which the files' sizes may grow in all, net of what is removed. Default: no limit. */
  readonly bytes?: number;
  /** Entries that may be made, net of those removed. Default: no limit. */
  readonly entries?: number;
}

function checked(value: number | undefined, what: string): number {
  if (value === undefined) return Number.POSITIVE_INFINITY;
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`${what} of a directory mount must be a whole number from 0 on, not ${value}`);
}

/** Bookkeeping of growth against its limits; ENOSPC beyond them. */
export class Growth {
  readonly #bytes: number;
  readonly #entries: number;
  #grown = 0;
  #made = 0;

  constructor(limits: GrowthLimits) {
    this.#bytes = checked(limits.bytes, "bytes");
    this.#entries = checked(limits.entries, "entries");
  }

  /** Whether sizes need to be known at all. */
  get limited(): boolean {
    return this.#bytes !== Number.POSITIVE_INFINITY;
  }

  /** Bytes that may still be added. */
  get left(): number {
    return this.#bytes - this.#grown;
  }

  /** Accounts for a file going from one size to another. */
  resize(from: number, to: number): void {
    if (to - from > this.left) throw new Errno("ENOSPC", `the mount may grow by ${this.#bytes} bytes`);
    this.#grown += to - from;
  }

  entry(): void {
    if (this.#made >= this.#entries)
      throw new Errno("ENOSPC", `${this.#entries} entries may be made in the mount`);
    this.#made++;
  }

  removed(): void {
    this.#made--;
  }
}
