/**
 * The guest's end of the pipe: blocking, one request and then its answer.
 */
import { readSync, writeSync } from "node:fs";
import { MAX_PAYLOAD } from "../../wire/parameters.js";

const HEADER = 8;

/** Statuses with which the process leaves when it cannot go on, as the native guest's. */
export const STATUS = { usage: 64, image: 65, confinement: 66, trap: 70, protocol: 71, gone: 72 } as const;

/** Leaves the process; thrown, so that WebAssembly's frames are left as well. */
export class Leave extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`leave with status ${status}`);
    this.status = status;
  }
}

/** What carries requests: the pipe, or, when an image is made, a function in the same process. */
export interface Exchange {
  /** The request's payload goes here, from `start` on; then the answer's stands here, from `start` on. */
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly start: number;
  /** Sends a request of so many payload bytes, waits for the answer, and gives its length. `errno` is set. */
  exchange(number: number, length: number): number;
  /** Sends a request that has no answer. */
  send(number: number, length: number): void;
  readonly errno: number;
}

const isAgain = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "EAGAIN";
const pause = new Int32Array(new SharedArrayBuffer(4));

/** A blocking call, also where the descriptor is not blocking. */
const blocking = (call: () => number): number => {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (!isAgain(error)) throw new Leave(STATUS.gone);
      Atomics.wait(pause, 0, 0, 1);
    }
  }
};

export class PipeExchange implements Exchange {
  readonly bytes = Buffer.allocUnsafeSlow(HEADER + MAX_PAYLOAD);
  readonly view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
  readonly start = HEADER;
  errno = 0;
  readonly #trip: (signal: number) => void;

  /** `trip` is called with the signal that an answer carries. */
  constructor(trip: (signal: number) => void) {
    this.#trip = trip;
  }

  send(number: number, length: number): void {
    this.view.setUint32(0, length, true);
    this.view.setUint32(4, number, true);
    const end = HEADER + length;
    for (let at = 0; at < end; ) at += blocking(() => writeSync(1, this.bytes, at, end - at));
  }

  exchange(number: number, length: number): number {
    this.send(number, length);
    let filled = 0;
    while (filled < HEADER) filled += this.#read(filled);
    const size = this.view.getUint32(0, true);
    const errno = this.view.getUint16(4, true);
    const signal = this.view.getUint8(6);
    if (size > MAX_PAYLOAD || (errno !== 0 && size !== 0)) throw new Leave(STATUS.protocol);
    while (filled < HEADER + size) filled += this.#read(filled);
    if (filled !== HEADER + size) throw new Leave(STATUS.protocol);
    this.errno = errno;
    if (signal !== 0) this.#trip(signal);
    return size;
  }

  #read(at: number): number {
    const count = blocking(() => readSync(0, this.bytes, at, this.bytes.byteLength - at, null));
    if (count === 0) throw new Leave(STATUS.gone);
    return count;
  }
}
