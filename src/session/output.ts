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

export interface OutputOptions {
  /** Without it only what a reader has not yet seen is held. */
  readonly keep: boolean;
  readonly callbacks: readonly OutputCallback[];
  /** The guest may perhaps write again. */
  readonly drained: () => void;
  /** A callback threw or rejected; told once. */
  readonly failed: (error: unknown) => void;
}

export type OutputCallback = (chunk: Uint8Array) => Awaitable<void>;

/**
 * Keeps what was printed and lets any number of readers follow from its beginning. A guest that is far ahead of a
 * reader waits in its write; one that nobody reads does not.
 */
export class Output implements OutputStream {
  readonly #log = new ByteLog();
  readonly #readers = new Set<Reader>();
  readonly #keep: boolean;
  readonly #callbacks: readonly OutputCallback[];
  readonly #drained: () => void;
  #failed: ((error: unknown) => void) | undefined;
  #busy = 0;
  #ended = false;
  #unblocked = false;

  constructor(options: OutputOptions) {
    this.#keep = options.keep;
    this.#callbacks = options.callbacks;
    this.#drained = options.drained;
    this.#failed = options.failed;
  }

  /** Takes what the guest wrote. Callbacks are not told of what is `muted`. */
  push(data: Uint8Array, muted = false): void {
    if (this.#ended || data.length === 0) return;
    if (this.#keep || this.#readers.size > 0) this.#log.append(data);
    for (const reader of this.#readers) reader.wake?.();
    if (muted) return;
    for (const callback of this.#callbacks) this.#tell(callback, new Uint8Array(data));
  }

  /** Whether the guest may write more, or should wait for those who read. */
  writable(): boolean {
    if (this.#ended || this.#unblocked) return true;
    if (this.#busy > 0) return false;
    for (const reader of this.#readers) {
      if (this.#log.length - reader.offset > AHEAD) return false;
    }
    return true;
  }

  /** From now on the guest waits for no reader: it was told to stop. */
  unblock(): void {
    this.#unblocked = true;
    this.#drained();
  }

  end(): void {
    this.#ended = true;
    for (const reader of this.#readers) reader.wake?.();
    this.#drained();
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
      const [first = "", ...others] = text.split("\n");
      rest += first;
      for (const line of others) {
        yield rest;
        rest = line;
      }
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

  #tell(callback: OutputCallback, data: Uint8Array): void {
    try {
      const told = callback(data);
      if (told === undefined) return;
      this.#busy++;
      void Promise.resolve(told)
        .catch((error: unknown) => this.#fail(error))
        .finally(() => {
          this.#busy--;
          this.#drained();
        });
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#failed?.(error);
    this.#failed = undefined;
  }

  #advanced(): void {
    if (!this.#keep) {
      let slowest = this.#log.length;
      for (const reader of this.#readers) slowest = Math.min(slowest, reader.offset);
      this.#log.release(slowest);
    }
    if (this.writable()) this.#drained();
  }
}

const decoder = new TextDecoder();

/** All that was printed and kept. */
export const textOf = (output: Output): string => decoder.decode(output.bytes());
