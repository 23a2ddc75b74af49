import { MAX_DATA } from "../wire/parameters.js";

const SMALL = 4096;

/**
 * Room for the bytes of one answer. A large buffer is made once and used again: what an operation answers is
 * valid until the next one.
 */
export class Scratch {
  #large: Uint8Array | undefined;

  take(capacity: number): Uint8Array {
    if (capacity <= SMALL) return new Uint8Array(capacity);
    this.#large ??= new Uint8Array(MAX_DATA);
    return this.#large.subarray(0, Math.min(capacity, MAX_DATA));
  }
}
