import { Errno } from "../wire/errno.js";
import { copyOf } from "./copy.js";

/** A message that arrives in parts. */
export class Parts {
  readonly #limit: number;
  #parts: Uint8Array[] = [];
  #length = 0;

  /** `limit`: most bytes of the whole. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Takes a part; answers the whole (a copy) when it is the last. Throws E2BIG, and forgets the message, when it grows beyond
   * the limit; EINVAL where `last` is neither 0 nor 1.
   */
  add(part: Uint8Array, last: number): Uint8Array | undefined {
    if (last > 1) throw new Errno("EINVAL");
    if (this.#length + part.length > this.#limit) {
      this.drop();
      throw new Errno("E2BIG", `a message of more than ${this.#limit} bytes`);
    }
    // An empty part that is not the last is no progress: it must not pile up.
    if (part.length > 0) this.#parts.push(copyOf(part));
    this.#length += part.length;
    if (last === 0) return undefined;
    const whole = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts, this.#length);
    this.drop();
    return whole;
  }

  drop(): void {
    this.#parts = [];
    this.#length = 0;
  }
}
