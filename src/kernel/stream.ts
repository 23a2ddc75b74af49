import type { AttributeChanges, OpenFile } from "../fs/filesystem.js";
import { isPromise } from "../wire/awaitable.js";
import { Errno } from "../wire/errno.js";
import type { StatRecord } from "../wire/records.js";
import type { Awaitable } from "../wire/types.js";
import { Description } from "./description.js";
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from "./flags.js";
import type { Place } from "./vfs/place.js";
import type { Waits } from "./waits.js";

/** Attributes of a stream, as fstat shows them. */
export type StreamStat = () => Awaitable<StatRecord>;

interface Early {
  readonly data: Uint8Array;
  readonly done: PromiseLike<number>;
}

/**
 * A stream of the controller's as a file: stdin and its like, devices, completions. Reading waits for `readable`
 * (asked again at each `wake`) or for the promise that `read` answers.
 */
export class StreamDescription extends Description {
  override readonly terminal: boolean;
  readonly #file: OpenFile;
  readonly #stat: StreamStat;
  readonly #waits: Waits;
  /** A read that was interrupted while the source was at it: the next one gets what it brings. */
  #early: Early | undefined;

  constructor(
    file: OpenFile,
    flags: number,
    stat: StreamStat,
    waits: Waits,
    options: { readonly place?: Place; readonly terminal?: boolean } = {},
  ) {
    super(flags, options.place);
    this.#file = file;
    this.#stat = stat;
    this.#waits = waits;
    this.terminal = options.terminal ?? false;
  }

  stat(): Awaitable<StatRecord> {
    return this.#stat();
  }

  override read(capacity: number): Awaitable<Uint8Array> {
    if (!this.readable) throw new Errno("EBADF");
    if (capacity === 0) return new Uint8Array(0);
    if (this.#early !== undefined) return this.#late(this.#early, capacity);
    if (this.#file.readable?.() !== false) return this.#readNow(capacity);
    if (this.nonblocking) throw new Errno("EAGAIN");
    return this.#waits.until(() => this.#file.readable?.() !== false).then(() => this.#readNow(capacity));
  }

  #readNow(capacity: number): Awaitable<Uint8Array> {
    const data = new Uint8Array(Math.min(capacity, 65_536));
    const done = this.#file.read(data, 0);
    if (!isPromise(done)) return take(data, done);
    this.#early = { data, done };
    return this.#late(this.#early, capacity);
  }

  async #late(early: Early, capacity: number): Promise<Uint8Array> {
    if (this.nonblocking) {
      const now = await Promise.race([early.done, Promise.resolve()]);
      if (now === undefined) throw new Errno("EAGAIN");
    }
    let length: number;
    try {
      length = await this.#waits.for(early.done);
    } catch (error) {
      if (!(error instanceof Errno && error.code === "EINTR")) this.#early = undefined;
      throw error;
    }
    const whole = take(early.data, length);
    const rest = whole.subarray(capacity);
    this.#early = rest.length === 0 ? undefined : { data: rest, done: Promise.resolve(rest.length) };
    return whole.subarray(0, capacity);
  }

  override write(data: Uint8Array): Awaitable<number> {
    const { write } = this.#file;
    if (!this.writable || write === undefined) throw new Errno("EBADF");
    if (data.length === 0) return 0;
    if (this.#file.writable?.() !== false) return this.#writeNow(data);
    if (this.nonblocking) throw new Errno("EAGAIN");
    return this.#waits.until(() => this.#file.writable?.() !== false).then(() => this.#writeNow(data));
  }

  #writeNow(data: Uint8Array): Awaitable<number> {
    const { write } = this.#file;
    if (write === undefined) throw new Errno("EBADF");
    const done = write.call(this.#file, data, 0);
    if (!isPromise(done)) return done;
    // A promise is back pressure: the data is taken, so an interrupted wait must not make the guest write it again.
    return this.#waits.for(done).then(undefined, (error: unknown) => {
      if (error instanceof Errno && error.code === "EINTR") return data.length;
      throw error;
    });
  }

  override seek(offset: bigint, whence: number): Awaitable<number> {
    if (this.#file.stream === true) throw new Errno("ESPIPE");
    if (whence > 2) throw new Errno("EINVAL");
    if (offset < 0n) throw new Errno("EINVAL");
    return 0;
  }

  override readAt(capacity: number): Awaitable<Uint8Array> {
    if (this.#file.stream === true) throw new Errno("ESPIPE");
    return this.read(capacity);
  }

  override writeAt(data: Uint8Array): Awaitable<number> {
    if (this.#file.stream === true) throw new Errno("ESPIPE");
    return this.write(data);
  }

  override change(changes: AttributeChanges): Awaitable<void> {
    if (this.place?.inode.setattr === undefined) throw new Errno("EPERM");
    return this.place.inode.setattr(changes);
  }

  override allocate(): Awaitable<void> {
    if (!this.writable) throw new Errno("EBADF");
    throw new Errno(this.#file.stream === true ? "ESPIPE" : "ENODEV");
  }

  override poll(): number {
    const early = this.#early !== undefined && this.#file.readable === undefined;
    const reads = this.readable && !early && this.#file.readable?.() !== false;
    const writes = this.writable && this.#file.writable?.() !== false;
    return (reads ? POLLIN | POLLRDNORM : 0) | (writes ? POLLOUT | POLLWRNORM : 0);
  }

  override get external(): boolean {
    return this.#file.readable !== undefined || this.#file.writable !== undefined;
  }

  protected override close(): Awaitable<void> {
    return this.#file.close?.();
  }
}

/** Throws EIO where a source answered a number that cannot be. */
const take = (data: Uint8Array, length: number): Uint8Array => {
  if (!Number.isInteger(length) || length < 0 || length > data.length) {
    throw new Errno("EIO", `a stream answered ${String(length)} for a read of ${data.length} bytes`);
  }
  return data.subarray(0, length);
};
