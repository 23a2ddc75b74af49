/**
 * One answer under way: the frame that is filled and handed to the guest's pipe.
 *
 * There is one per guest, used again for every request. Small answers are one contiguous range; data beyond
 * `INLINE` bytes is not copied but follows as parts of its own.
 */
import { HEADER_SIZE, MAX_SIGNAL } from "./frame.js";

/** Data up to this size is copied behind the fixed parts; a copy is then cheaper than a second buffer. */
export const INLINE = 16 * 1024;
const FIXED = 256;
const MAX_PARTS = 2;

/** Takes finished frames. The bytes are the sink's until it returns: it writes or copies them. */
export interface AnswerSink {
  /** `head` is the frame's beginning; `tails` (most often none) are the rest of it. */
  send(head: Uint8Array, tails: readonly Uint8Array[]): void;
}

// An answer is filled and handed on without interruption, so all guests can share the memory for it.
const scratch = Buffer.allocUnsafeSlow(HEADER_SIZE + FIXED + MAX_PARTS * INLINE);
const scratchView = new DataView(scratch.buffer, scratch.byteOffset, scratch.byteLength);

export class Answer {
  /** The frame's beginning; the fixed parts stand from HEADER_SIZE on. Fill and send it without interruption. */
  readonly bytes = scratch;
  readonly view = scratchView;
  readonly #sink: AnswerSink;
  #open = false;
  #dropped = false;

  constructor(sink: AnswerSink) {
    this.#sink = sink;
  }

  /** Whether a request is waiting for this answer. */
  get open(): boolean {
    return this.#open;
  }

  /** Whether the last request was the guest's last: it has been dropped. */
  get dropped(): boolean {
    return this.#dropped;
  }

  /** A request has arrived: exactly one of `fail`, `send` and `drop` follows. */
  begin(): void {
    this.#open = true;
  }

  /** Answers with an errno, as a number of the guest's dialect. `signal`: 0, or 1 to 63 to trip in the guest. */
  fail(errno: number, signal = 0): void {
    if (errno < 1 || errno > 0xffff) throw new RangeError(`an answer's errno of ${errno}`);
    this.#header(0, errno, signal);
    this.#close();
    this.#sink.send(this.bytes.subarray(0, HEADER_SIZE), NONE);
  }

  /** Answers with results: the payload is `bytes` from HEADER_SIZE to `end`, then the tails. */
  send(end: number, tails: readonly Uint8Array[] = NONE, signal = 0): void {
    let length = end - HEADER_SIZE;
    for (const tail of tails) length += tail.byteLength;
    this.#header(length, 0, signal);
    this.#close();
    this.#sink.send(this.bytes.subarray(0, end), tails);
  }

  /** The operation has no answer: the guest leaves. */
  drop(): void {
    this.#close();
    this.#dropped = true;
  }

  #header(length: number, errno: number, signal: number): void {
    if (signal < 0 || signal > MAX_SIGNAL) throw new RangeError(`an answer's signal of ${signal}`);
    this.view.setUint32(0, length, true);
    this.view.setUint16(4, errno, true);
    this.view.setUint16(6, signal, true);
  }

  #close(): void {
    if (!this.#open) throw new Error("an answer that no request waits for");
    this.#open = false;
  }
}

const NONE: readonly Uint8Array[] = [];
