import { Errno } from "../wire/errno.js";
import type { Awaitable } from "../wire/types.js";
import type { Description } from "./description.js";

interface Entry {
  readonly description: Description;
  cloexec: boolean;
}

/** The greatest limit that the table takes. */
export const DESCRIPTORS_MAX = 65_536;
/** How many numbers the guest is told that there are. */
const NUMBERS = 1024;

/** The guest's descriptors: numbers to open file descriptions. Never more than `limit`. */
export class Descriptors {
  readonly limit: number;
  readonly #entries: (Entry | undefined)[] = [];
  readonly #closed: (description: Description) => void;
  /** No number below it is free. */
  #lowest = 0;
  /** Numbers that descriptors can have are below it: as many as the guest is told (RLIMIT_NOFILE), whatever the limit is. */
  readonly #numbers: number;
  #open = 0;

  /** `closed` is told of descriptions that lost their last descriptor. Throws RangeError for a limit that is not 3 to 65536. */
  constructor(limit = NUMBERS, closed: (description: Description) => void = () => {}) {
    if (!Number.isInteger(limit) || limit < 3 || limit > DESCRIPTORS_MAX) {
      throw new RangeError(`the limit of descriptors is 3 to ${DESCRIPTORS_MAX}, not ${limit}`);
    }
    this.limit = limit;
    this.#numbers = Math.max(limit, NUMBERS);
    this.#closed = closed;
  }

  /** How many are open. */
  get open(): number {
    return this.#open;
  }

  /** Throws EBADF. */
  get(fd: number): Description {
    return this.#entry(fd).description;
  }

  has(fd: number): boolean {
    return this.#entries[fd] !== undefined;
  }

  isCloexec(fd: number): boolean {
    return this.#entry(fd).cloexec;
  }

  setCloexec(fd: number, cloexec: boolean): void {
    this.#entry(fd).cloexec = cloexec;
  }

  /** Throws EMFILE when `count` more do not fit: to ask before something is opened that would have to be undone. */
  room(count = 1): void {
    if (this.#open + count > this.limit) throw new Errno("EMFILE");
  }

  /** Gives the lowest free number not below `minimum`. Throws EMFILE; EINVAL for a minimum out of range. */
  add(description: Description, cloexec: boolean, minimum = 0): number {
    if (!Number.isInteger(minimum) || minimum < 0 || minimum >= this.#numbers) throw new Errno("EINVAL");
    this.room();
    let fd = Math.max(minimum, this.#lowest);
    while (this.#entries[fd] !== undefined) fd += 1;
    if (fd >= this.#numbers) throw new Errno("EMFILE");
    if (minimum <= this.#lowest) this.#lowest = fd + 1;
    this.#put(fd, description, cloexec);
    return fd;
  }

  /** Gives this very number; what had it is closed. Throws EBADF for a number out of range. */
  place(fd: number, description: Description, cloexec: boolean): Awaitable<void> {
    if (!Number.isInteger(fd) || fd < 0 || fd >= this.#numbers) throw new Errno("EBADF");
    const old = this.#entries[fd];
    if (old === undefined) this.room();
    else this.#open -= 1;
    this.#put(fd, description, cloexec);
    return old === undefined ? undefined : this.#release(old.description);
  }

  /** Throws EBADF. */
  close(fd: number): Awaitable<void> {
    const { description } = this.#entry(fd);
    this.#free(fd);
    return this.#release(description);
  }

  /** Moves `from` to `to`, closing what was there; the number `from` is free after it. Throws EBADF. */
  move(from: number, to: number): Awaitable<void> {
    const entry = this.#entry(from);
    this.#entry(to);
    if (from === to) return undefined;
    const closed = this.place(to, entry.description, entry.cloexec);
    this.#free(from);
    void this.#release(entry.description);
    return closed;
  }

  /** All that are open, in order. */
  *all(): Generator<readonly [fd: number, description: Description]> {
    for (const [fd, entry] of this.#entries.entries()) if (entry !== undefined) yield [fd, entry.description];
  }

  /** Closes everything. */
  async clear(): Promise<void> {
    for (const [fd] of [...this.all()]) {
      try {
        await this.close(fd);
      } catch {
        // The guest is gone: nobody is left to hear that its last writes failed.
      }
    }
  }

  #put(fd: number, description: Description, cloexec: boolean): void {
    while (this.#entries.length < fd) this.#entries.push(undefined);
    this.#entries[fd] = { description, cloexec };
    this.#open += 1;
    description.acquire();
  }

  #release(description: Description): Awaitable<void> {
    try {
      return description.release();
    } finally {
      // Whether or not what was written got through.
      if (!description.open) this.#closed(description);
    }
  }

  #free(fd: number): void {
    this.#entries[fd] = undefined;
    this.#open -= 1;
    if (fd < this.#lowest) this.#lowest = fd;
  }

  #entry(fd: number): Entry {
    const entry = this.#entries[fd];
    if (entry === undefined) throw new Errno("EBADF");
    return entry;
  }
}
