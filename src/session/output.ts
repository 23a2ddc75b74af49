import type { Awaitable } from "../wire/types.js";
import { ByteLog } from "./byte-log.js";

/** How far the guest may be ahead of the slowest reader before its writes wait, in bytes. */
const AHEAD = 256 * 1024;

/** What one run prints to stdout or stderr, while it does. */
export interface OutputStream extends AsyncIterable<Uint8Array> {
  /** The same as strings; characters never come in two. */
  text(): AsyncIterable<string>;
  /** Text line by line, without the newline. */
  lines(): AsyncIterable<string>;
  /** The same as a Web stream. */
  readable(): ReadableStream<Uint8Array>;
}

interface Reader {
  offset: number;
  wake: (() => void) | undefined;
}

export type OutputCallback = (chunk: Uint8Array) => Awaitable<void>;

/**
 * Keeps what was printed and lets any number of readers follow from its beginning. A guest that is far ahead of a
 * reader waits in its write; one that nobody reads does not.
 */
export class Output implements OutputStream {
  readonly #log = new ByteLog();
  readonly #readers = new Set<Reader>();
  readonly #waiting = new Set<() => void>();
  readonly #keep: boolean;
  readonly #callback: OutputCallback | undefined;
  #ended = false;

  /** Without `keep` only what a reader has not yet seen is held. */
  constructor(keep: boolean, callback?: OutputCallback) {
    this.#keep = keep;
    this.#callback = callback;
  }

  /** Takes what the guest wrote; the promise settles when the readers are near enough. */
  push(data: Uint8Array): Awaitable<void> {
    if (this.#ended || data.length === 0) return;
    if (this.#keep || this.#readers.size > 0) this.#log.append(data);
    for (const reader of this.#readers) reader.wake?.();
    const told = this.#callback?.(data.slice());
    if (told !== undefined) return this.#afterCallback(told);
    if (this.#tooFarAhead()) return this.#untilNear();
  }

  end(): void {
    this.#ended = true;
    for (const reader of this.#readers) reader.wake?.();
    this.#releaseWriters();
  }

  bytes(): Uint8Array {
    return this.#keep ? this.#log.bytes() : new Uint8Array();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    const reader: Reader = { offset: this.#keep ? 0 : this.#log.length, wake: undefined };
    this.#readers.add(reader);
    try {
      while (true) {
        if (reader.offset < this.#log.length) {
          const chunk = this.#log.from(reader.offset);
          yield chunk;
          reader.offset += chunk.length;
          this.#advanced();
        } else if (this.#ended) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            reader.wake = resolve;
          });
          reader.wake = undefined;
        }
      }
    } finally {
      this.#readers.delete(reader);
      this.#advanced();
    }
  }

  async *text(): AsyncGenerator<string, void, undefined> {
    const decoder = new TextDecoder();
    for await (const chunk of this) {
      const text = decoder.decode(chunk, { stream: true });
      if (text !== "") yield text;
    }
    const rest = decoder.decode();
    if (rest !== "") yield rest;
  }

  async *lines(): AsyncGenerator<string, void, undefined> {
    let rest = "";
    for await (const text of this.text()) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
    if (rest !== "") yield rest;
  }

  readable(): ReadableStream<Uint8Array> {
    const iterator = this[Symbol.asyncIterator]();
    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const next = await iterator.next();
          if (next.done === true) controller.close();
          else controller.enqueue(next.value);
        },
        async cancel() {
          await iterator.return();
        },
      },
      { highWaterMark: 0 },
    );
  }

  async #afterCallback(told: PromiseLike<void>): Promise<void> {
    await told;
    if (this.#tooFarAhead()) await this.#untilNear();
  }

  #tooFarAhead(): boolean {
    for (const reader of this.#readers) {
      if (this.#log.length - reader.offset > AHEAD) return !this.#ended;
    }
    return false;
  }

  #untilNear(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
    });
  }

  #advanced(): void {
    if (!this.#keep) {
      let slowest = this.#log.length;
      for (const reader of this.#readers) slowest = Math.min(slowest, reader.offset);
      this.#log.release(slowest);
    }
    if (!this.#tooFarAhead()) this.#releaseWriters();
  }

  #releaseWriters(): void {
    for (const release of this.#waiting) release();
    this.#waiting.clear();
  }
}
