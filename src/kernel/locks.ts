import { Errno } from "../wire/errno.js";
import type { Awaitable } from "../wire/types.js";
import type { Description } from "./description.js";
import { LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN, OFFSET_MAX } from "./flags.js";
import type { Waits } from "./waits.js";

const GET = 0;
const WRITE = 1;
const UNLOCK = 2;

/**
 * Record locks (fcntl). They belong to a process, and the guest is one: it never meets a lock of another, so they
 * are checked and granted. Throws EINVAL, EBADF, EOVERFLOW as fcntl does.
 */
export const recordLock = (
  description: Description,
  command: number,
  type: number,
  start: bigint,
  length: bigint,
): Uint8Array => {
  if (command > 2 || type > UNLOCK) throw new Errno("EINVAL");
  const last = length > 0n ? start + length - 1n : start;
  const first = length < 0n ? start + length : start;
  if (first < 0n) throw new Errno("EINVAL");
  if (last > BigInt(OFFSET_MAX)) throw new Errno("EOVERFLOW");
  if (command !== GET) {
    if (type === WRITE && !description.writable) throw new Errno("EBADF");
    if (type !== WRITE && type !== UNLOCK && !description.readable) throw new Errno("EBADF");
  }
  const found = new Uint8Array(24);
  const view = new DataView(found.buffer);
  view.setUint32(0, UNLOCK, true);
  view.setBigInt64(8, start, true);
  view.setBigInt64(16, length, true);
  return found;
};

interface Held {
  readonly holders: Set<Description>;
  exclusive: boolean;
}

/** Whole-file locks (flock): they belong to open file descriptions, so that the guest can meet its own. */
export class FileLocks {
  readonly #held = new Map<string, Held>();
  readonly #waits: Waits;

  constructor(waits: Waits) {
    this.#waits = waits;
  }

  /** Throws EINVAL, EBADF, and EAGAIN where LOCK_NB would have to wait. */
  flock(description: Description, operation: number): Awaitable<void> {
    const what = operation & ~LOCK_NB;
    if (what !== LOCK_SH && what !== LOCK_EX && what !== LOCK_UN) throw new Errno("EINVAL");
    const key = keyOf(description);
    if (key === undefined) return undefined;
    this.#release(key, description);
    if (what === LOCK_UN) return this.#waits.wake();
    const exclusive = what === LOCK_EX;
    if (this.#grant(key, description, exclusive)) return this.#waits.wake();
    if ((operation & LOCK_NB) !== 0) throw new Errno("EAGAIN");
    return this.#waits.until(() => this.#grant(key, description, exclusive)).then(() => undefined);
  }

  /** Who holds locks, and whether alone. */
  *all(): Generator<readonly [holder: Description, exclusive: boolean]> {
    for (const { holders, exclusive } of this.#held.values()) {
      for (const holder of holders) yield [holder, exclusive];
    }
  }

  /** A description is closed: its lock is gone. */
  closed(description: Description): void {
    if (this.#held.size === 0) return;
    const key = keyOf(description);
    if (key !== undefined && this.#release(key, description)) this.#waits.wake();
  }

  #grant(key: string, description: Description, exclusive: boolean): boolean {
    const held = this.#held.get(key);
    if (held === undefined) {
      this.#held.set(key, { holders: new Set([description]), exclusive });
      return true;
    }
    if (held.exclusive || exclusive) return held.holders.has(description);
    held.holders.add(description);
    return true;
  }

  #release(key: string, description: Description): boolean {
    const held = this.#held.get(key);
    if (held?.holders.delete(description) !== true) return false;
    if (held.holders.size === 0) this.#held.delete(key);
    return true;
  }
}

const keyOf = ({ place }: Description): string | undefined =>
  place === undefined ? undefined : `${place.mount.id}:${place.inode.ino}`;
