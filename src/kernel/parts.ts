import { Errno } from "../wire/errno.js";
import { Allowance } from "./allowance.js";
import { copyOf } from "./copy.js";

/** A message that arrives in parts. */
export class Parts {
  readonly #allowance: Allowance;
  #parts: Uint8Array[] = [];
  #length = 0;

  /** `allowance`: the most bytes; or what they are held of, together with others. */
  constructor(allowance: Allowance | number) {
    this.#allowance = typeof allowance === "number" ? new Allowance(allowance) : allowance;
  }

  /**
   * Takes a part; answers the whole (a copy) when it is the last. Throws E2BIG, and forgets the message, when it grows beyond
   * what is allowed; EINVAL where `last` is neither 0 nor 1.
   */
  add(part: Uint8Array, last: number): Uint8Array | undefined {
    if (last > 1) throw new Errno("EINVAL");
    if (!this.#allowance.take(part.length)) {
      this.drop();
      throw new Errno("E2BIG", `messages of more than ${this.#allowance.limit} bytes`);
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
    this.#allowance.give(this.#length);
    this.#parts = [];
    this.#length = 0;
  }
}
