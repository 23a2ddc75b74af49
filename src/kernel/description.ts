import type { AttributeChanges } from "../fs/filesystem.js";
import { Errno } from "../wire/errno.js";
import type { StatRecord } from "../wire/records.js";
import type { Awaitable } from "../wire/types.js";
import { O_ACCMODE, O_APPEND, O_NONBLOCK, O_WRONLY } from "./flags.js";
import type { Place } from "./vfs/place.js";

/** An open file description: what descriptors share that were duplicated from one another. */
export abstract class Description {
  /** Access mode and status flags (O_*). */
  #flags: number;
  #references = 0;
  /** Where it was opened, when that was by a path. */
  readonly place: Place | undefined;
  /** A terminal, for isatty. */
  readonly terminal: boolean = false;

  constructor(flags: number, place?: Place) {
    this.#flags = flags;
    this.place = place;
  }

  get flags(): number {
    return this.#flags;
  }

  /** What F_SETFL can change. */
  setFlags(flags: number): void {
    const mask = O_APPEND | O_NONBLOCK;
    this.#flags = (this.#flags & ~mask) | (flags & mask);
  }

  get nonblocking(): boolean {
    return (this.#flags & O_NONBLOCK) !== 0;
  }

  get readable(): boolean {
    return (this.#flags & O_ACCMODE) !== O_WRONLY;
  }

  get writable(): boolean {
    return (this.#flags & O_ACCMODE) !== 0;
  }

  /** Whether a descriptor has it. */
  get open(): boolean {
    return this.#references > 0;
  }

  acquire(): void {
    this.#references += 1;
  }

  /** One descriptor less; the last one closes. */
  release(): Awaitable<void> {
    this.#references -= 1;
    return this.#references === 0 ? this.close() : undefined;
  }

  /** Attributes as fstat shows them. */
  abstract stat(): Awaitable<StatRecord>;

  /** Reads at most `capacity` bytes at the position; the bytes are valid until the next operation. */
  read(_capacity: number): Awaitable<Uint8Array> {
    throw new Errno("EINVAL");
  }

  /** Writes at the position, or at the end with O_APPEND. */
  write(_data: Uint8Array): Awaitable<number> {
    throw new Errno("EINVAL");
  }

  readAt(_capacity: number, _offset: number): Awaitable<Uint8Array> {
    throw new Errno("ESPIPE");
  }

  writeAt(_data: Uint8Array, _offset: number): Awaitable<number> {
    throw new Errno("ESPIPE");
  }

  /** Moves the position; answers the new one. */
  seek(_offset: bigint, _whence: number): Awaitable<number> {
    throw new Errno("ESPIPE");
  }

  /** chmod, chown and times; who may is checked already. */
  change(_changes: AttributeChanges): Awaitable<void> {
    throw new Errno("EINVAL");
  }

  truncate(_size: number): Awaitable<void> {
    throw new Errno("EINVAL");
  }

  allocate(_offset: number, _length: number): Awaitable<void> {
    throw new Errno("ESPIPE");
  }

  sync(_dataOnly: boolean): Awaitable<void> {
    throw new Errno("EINVAL");
  }

  /** Bytes that a read would get now. */
  available(): Awaitable<number> {
    throw new Errno("ENOTTY");
  }

  /** Which events (POLL*) there are now, of all that there can be. */
  abstract poll(): number;

  /** Whether something outside the guest can make it ready: only then is waiting for it worth real time. */
  get external(): boolean {
    return false;
  }

  protected close(): Awaitable<void> {
    return undefined;
  }
}
