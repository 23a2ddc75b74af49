import { Errno } from "../wire/errno.js";

/** Contents that are in use, counted once however often they are, with a limit for all together. */
export class Held<K> {
  readonly #limit: number;
  readonly #what: string;
  readonly #users = new Map<K, { readonly bytes: number; users: number }>();
  #bytes = 0;

  /** `what` they are called where they are too many. */
  constructor(limit: number, what: string) {
    this.#limit = limit;
    this.#what = what;
  }

  /** One user more of contents of so many bytes. Throws ENOMEM beyond the limit. */
  take(key: K, bytes: number): void {
    const held = this.#users.get(key);
    if (held !== undefined) {
      held.users++;
      return;
    }
    if (this.#bytes + bytes > this.#limit) {
      throw new Errno("ENOMEM", `${this.#what} of more than ${this.#limit} bytes are open`);
    }
    this.#bytes += bytes;
    this.#users.set(key, { bytes, users: 1 });
  }

  /** One user less; answers whether there is none any more. */
  give(key: K): boolean {
    const held = this.#users.get(key);
    if (held === undefined) return true;
    if (--held.users > 0) return false;
    this.#users.delete(key);
    this.#bytes -= held.bytes;
    return true;
  }
}
