import type { AttributeChanges } from "../fs/filesystem.js";
import { Errno } from "../wire/errno.js";
import type { StatRecord } from "../wire/records.js";
import { chain, type Steps, wait } from "../wire/steps.js";
import type { Awaitable } from "../wire/types.js";
import { Description } from "./description.js";
import {
  O_ACCMODE,
  O_NONBLOCK,
  O_RDWR,
  O_WRONLY,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
} from "./flags.js";
import { Ring } from "./ring.js";
import type { StreamStat } from "./stream.js";
import type { Place } from "./vfs/place.js";
import type { Waits } from "./waits.js";

/** A write of no more than this is whole or not at all. */
const PIPE_BUF = 4096;

/** What the ends of a pipe share. */
export class Pipe {
  readonly ring = new Ring();
  readers = 0;
  writers = 0;
}

/** One end of a pipe, or both (a FIFO that is open for reading and writing). */
export class PipeEnd extends Description {
  readonly pipe: Pipe;
  readonly #stat: StreamStat;
  readonly #waits: Waits;
  readonly #closed: (() => void) | undefined;

  constructor(
    pipe: Pipe,
    flags: number,
    stat: StreamStat,
    waits: Waits,
    options: { readonly place?: Place; readonly closed?: () => void } = {},
  ) {
    super(flags, options.place);
    this.pipe = pipe;
    this.#stat = stat;
    this.#waits = waits;
    this.#closed = options.closed;
    if (this.readable) pipe.readers += 1;
    if (this.writable) pipe.writers += 1;
  }

  stat(): Awaitable<StatRecord> {
    return this.#stat();
  }

  override read(capacity: number): Awaitable<Uint8Array> {
    if (!this.readable) throw new Errno("EBADF");
    const { ring } = this.pipe;
    const ready = (): boolean => ring.length > 0 || this.pipe.writers === 0;
    if (capacity === 0 || ready()) return ring.read(capacity);
    if (this.nonblocking) throw new Errno("EAGAIN");
    return this.#waits.until(ready).then(() => ring.read(capacity));
  }

  override write(data: Uint8Array): Awaitable<number> {
    if (!this.writable) throw new Errno("EBADF");
    const { ring } = this.pipe;
    if (this.pipe.readers === 0) throw new Errno("EPIPE");
    if (data.length <= ring.space) return ring.write(data);
    if (!this.nonblocking) return this.#writeAll(data);
    if (ring.space === 0 || data.length <= PIPE_BUF) throw new Errno("EAGAIN");
    return ring.write(data);
  }

  async #writeAll(data: Uint8Array): Promise<number> {
    const { ring } = this.pipe;
    let written = 0;
    while (written < data.length) {
      const need = data.length <= PIPE_BUF ? data.length : 1;
      try {
        await this.#waits.until(() => ring.space >= need || this.pipe.readers === 0);
        if (this.pipe.readers === 0) throw new Errno("EPIPE");
      } catch (error) {
        if (written > 0 && error instanceof Errno) return written;
        throw error;
      }
      written += ring.write(data.subarray(written));
    }
    return written;
  }

  override change(changes: AttributeChanges): Awaitable<void> {
    return this.place?.inode.setattr?.(changes);
  }

  override available(): number {
    return this.pipe.ring.length;
  }

  override poll(): number {
    const { ring, readers, writers } = this.pipe;
    let events = 0;
    if (this.readable && ring.length > 0) events |= POLLIN | POLLRDNORM;
    if (this.readable && writers === 0) events |= POLLHUP;
    if (this.writable && readers === 0) events |= POLLERR | POLLOUT | POLLWRNORM;
    if (this.writable && ring.space >= PIPE_BUF) events |= POLLOUT | POLLWRNORM;
    return events;
  }

  protected override close(): void {
    if (this.readable) this.pipe.readers -= 1;
    if (this.writable) this.pipe.writers -= 1;
    this.#closed?.();
    this.#waits.wake();
  }
}

/** Named pipes: those that are open, by the inode they have in their file system. */
export class Fifos {
  readonly #open = new Map<string, Pipe>();
  readonly #waits: Waits;

  constructor(waits: Waits) {
    this.#waits = waits;
  }

  /** An end of a pipe that has a name. */
  adopt(place: Place, pipe: Pipe, flags: number, stat: StreamStat): PipeEnd {
    const key = `${place.mount.id}:${place.inode.ino}`;
    this.#open.set(key, pipe);
    const closed = (): void => {
      if (pipe.readers === 0 && pipe.writers === 0) this.#open.delete(key);
    };
    return new PipeEnd(pipe, flags, stat, this.#waits, { place, closed });
  }

  /** Opens as fifo(7) has it: one end waits for the other, unless O_NONBLOCK. */
  *open(place: Place, flags: number, stat: (place: Place) => StreamStat): Steps<Description> {
    const access = flags & O_ACCMODE;
    const key = `${place.mount.id}:${place.inode.ino}`;
    const pipe = this.#open.get(key) ?? new Pipe();
    const nonblocking = (flags & O_NONBLOCK) !== 0;
    if (access === O_WRONLY && nonblocking && pipe.readers === 0) throw new Errno("ENXIO");
    const end = this.adopt(place, pipe, flags, stat(place));
    if (nonblocking || access === O_RDWR) return end;
    const met = (): boolean => (access === O_WRONLY ? pipe.readers : pipe.writers) > 0;
    if (met()) {
      this.#waits.wake();
      return end;
    }
    try {
      yield* wait(this.#waits.until(met));
    } catch (error) {
      end.acquire();
      yield* wait(Promise.resolve(chain(end.release(), () => undefined)));
      throw error;
    }
    return end;
  }
}
