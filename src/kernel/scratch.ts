import { MAX_DATA } from "../wire/parameters.js";

const FIRST = 16_384;

/**
 * Room for the bytes of one answer, used again for the next: what an operation answers is valid until then. It grows to what
 * was asked for most.
 */
export class Scratch {
  #bytes = new Uint8Array(0);

  /** At most 1 MiB. What is in it is left from before. */
  take(capacity: number): Uint8Array {
    const length = Math.min(capacity, MAX_DATA);
    if (length > this.#bytes.length) {
      let size = Math.max(FIRST, this.#bytes.length);
      while (size < length) size *= 2;
      this.#bytes = new Uint8Array(size);
    }
    return this.#bytes.subarray(0, length);
  }
}
