import type { OpenFile } from "../fs/filesystem.js";
import { Errno } from "../wire/errno.js";
import { thrownText } from "../wire/thrown.js";
import type { Awaitable } from "../wire/types.js";
import { copyOf } from "./copy.js";

/** The guest's standard streams. */
export interface Stdio {
  readonly stdin: OpenFile;
  readonly stdout: OpenFile;
  readonly stderr: OpenFile;
}

export interface Terminal {
  readonly rows: number;
  readonly columns: number;
}

export type SourceOf =
  | string
  | Uint8Array
  | AsyncIterable<string | Uint8Array>
  | Iterable<string | Uint8Array>;

/** Bytes that are read ahead from an iterable, while the guest reads slower than they come. */
const AHEAD = 1 << 16;

/** A source to read from: bytes at once, or an iterable (a stream of Node, too) that is waited for. */
export const source = (of: SourceOf, wake: () => void): OpenFile =>
  typeof of === "string" || of instanceof Uint8Array ? bytesSource(of) : new IterableSource(of, wake);

const bytesSource = (of: string | Uint8Array): OpenFile => {
  const bytes = typeof of === "string" ? Buffer.from(of) : of;
  let at = 0;
  return {
    stream: true,
    readable: () => true,
    read: (into) => {
      const part = bytes.subarray(at, at + into.length);
      into.set(part);
      at += part.length;
      return part.length;
    },
  };
};

class IterableSource implements OpenFile {
  readonly stream = true;
  readonly #iterator: Iterator<string | Uint8Array> | AsyncIterator<string | Uint8Array>;
  readonly #wake: () => void;
  readonly #chunks: Uint8Array[] = [];
  #held = 0;
  #state: "idle" | "asking" | "ended" = "idle";
  #failure: Errno | undefined;

  constructor(of: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>, wake: () => void) {
    this.#iterator = Symbol.asyncIterator in of ? of[Symbol.asyncIterator]() : of[Symbol.iterator]();
    this.#wake = wake;
  }

  /** Asking whether it is readable makes it ask for more: nothing is taken from a source that no one reads. */
  readonly readable = (): boolean => {
    this.#fill();
    return this.#held > 0 || this.#state === "ended";
  };

  read(into: Uint8Array): number {
    if (this.#held === 0 && this.#failure !== undefined) throw this.#failure;
    let length = 0;
    for (let chunk = this.#chunks[0]; chunk !== undefined && length < into.length; chunk = this.#chunks[0]) {
      const part = chunk.subarray(0, into.length - length);
      into.set(part, length);
      length += part.length;
      if (part.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.length);
    }
    this.#held -= length;
    return length;
  }

  async close(): Promise<void> {
    this.#state = "ended";
    await this.#iterator.return?.();
  }

  #fill(): void {
    if (this.#state !== "idle" || this.#held >= AHEAD) return;
    this.#state = "asking";
    this.#ask().then(
      (ended) => this.#settle(ended),
      (error: unknown) => {
        this.#failure = new Errno("EIO", `the source failed: ${thrownText(error)}`);
        this.#settle(true);
      },
    );
  }

  async #ask(): Promise<boolean> {
    const next = await this.#iterator.next();
    if (next.done === true) return true;
    const chunk = typeof next.value === "string" ? Buffer.from(next.value) : next.value;
    if (chunk.length > 0) this.#chunks.push(chunk);
    this.#held += chunk.length;
    return false;
  }

  #settle(ended: boolean): void {
    if (this.#state === "asking") this.#state = ended ? "ended" : "idle";
    this.#wake();
  }
}

export interface SinkOptions {
  /** Most bytes in all; beyond them `over` is called, and what is over the limit is not given on. Default: no limit. */
  readonly limit?: number;
  /** What happens at the limit: throw to end the sandbox. Default: the rest is dropped. */
  readonly over?: () => void;
}

/**
 * A sink to write to. The chunk given is the sink's own to keep; a promise of it holds the guest up until it is
 * settled.
 */
export const sink = (to: (chunk: Uint8Array) => Awaitable<void>, options: SinkOptions = {}): OpenFile => {
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  return {
    stream: true,
    read: () => {
      throw new Errno("EBADF");
    },
    write: (data) => {
      const fits = copyOf(data.subarray(0, Math.min(left, data.length)));
      left -= fits.length;
      const written = fits.length === 0 ? undefined : to(fits);
      if (fits.length < data.length) options.over?.();
      return written === undefined ? data.length : written.then(() => data.length);
    },
  };
};
