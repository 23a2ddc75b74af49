/**
 * The guest's pipe: a pair of Node streams, with a faster way through their file descriptors where there is one.
 *
 * A stream costs some 30 µs for a message there and back, most of it in the event loop. Where the streams are
 * sockets or pipes of Node's own, which are non-blocking, the same bytes can be read and written at once by
 * `readSync` and `writeSync`; EAGAIN then means "not now", and the stream and its events take over. Elsewhere
 * (other runtimes, other streams) all goes through the streams.
 */
import { readSync, writeSync, writevSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { isNode } from "./runtime.js";

/** Nothing to read now. */
export const NOTHING_NOW = 0;
/** The other side has closed, or reading fails. */
export const ENDED = -1;

/** The descriptor of a stream that is open and has one. Asked anew each time: it may be closed and used again. */
const descriptor = (stream: Readable | Writable): number | undefined => {
  if (!isNode || stream.destroyed) return undefined;
  const handle: unknown = Reflect.get(stream, "_handle");
  if (typeof handle !== "object" || handle === null) return undefined;
  const fd: unknown = Reflect.get(handle, "fd");
  return typeof fd === "number" && fd >= 0 ? fd : undefined;
};

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined;

/** Calls what may throw EAGAIN often: without the cost of a stack trace. */
const withoutTraces = (call: () => number, again: number): number => {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return call();
  } catch (error) {
    if (codeOf(error) === "EAGAIN") return again;
    throw error;
  } finally {
    Error.stackTraceLimit = limit;
  }
};

/** How long (ms) a write may wait for a guest that is reading, before the rest goes to the stream's queue. */
const WRITE_PATIENCE = 0.3;

/** Bytes that a pipe of the usual size holds. */
export const PIPE_SIZE = 64 * 1024;
/**
 * So many bytes of an answer that is larger go first: the guest wakes up meanwhile, and the rest fits into a pipe as large as the
 * most data.
 */
const FIRST = 8192;

export class Pipe {
  readonly #input: Readable;
  readonly #output: Writable;
  #taken: (() => void) | undefined;

  /** `input` is what the guest writes, `output` what it reads. */
  constructor(input: Readable, output: Writable) {
    this.#input = input;
    this.#output = output;
  }

  /** Whether bytes can be had without an event. */
  get direct(): boolean {
    return this.#input.readableLength === 0 && descriptor(this.#input) !== undefined;
  }

  /** Whether an answer is still being written. A stream may tell late that it is not: see `whenTaken`. */
  get backlog(): boolean {
    return this.#output.writableLength > 0;
  }

  /** Calls back once the stream has nothing left to write. */
  whenTaken(callback: () => void): void {
    this.#taken = callback;
  }

  /** Reads into `into` from `at` on: the number of bytes, or NOTHING_NOW, or ENDED. */
  readNow(into: Buffer, at: number): number {
    const fd = this.direct ? descriptor(this.#input) : undefined;
    if (fd === undefined) return NOTHING_NOW;
    try {
      // At the end a read gives 0 bytes; the stream finds that out, too, and tells it by its events.
      return withoutTraces(() => readSync(fd, into, at, into.byteLength - at, null) || ENDED, NOTHING_NOW);
    } catch {
      return ENDED;
    }
  }

  /**
   * Writes a frame. Its memory is free for other uses afterwards: what the guest does not take at once is copied.
   * Answers false where the guest no longer reads.
   */
  write(head: Uint8Array, tails: readonly Uint8Array[]): boolean {
    let parts: readonly Uint8Array[] = tails.length === 0 ? [head] : [head, ...tails];
    const fd = this.#output.writableLength === 0 ? descriptor(this.#output) : undefined;
    if (fd !== undefined) {
      try {
        parts = this.#writeNow(fd, parts);
      } catch {
        return false; // EPIPE and the like.
      }
    }
    if (parts.length === 0) return true;
    if (this.#output.destroyed) return false;
    this.#output.write(Buffer.concat(parts), () => {
      const callback = this.#taken;
      this.#taken = undefined;
      callback?.();
    });
    return true;
  }

  /** Writes what can be written now and gives the rest. */
  #writeNow(fd: number, parts: readonly Uint8Array[]): readonly Uint8Array[] {
    let rest = writeFirst(fd, parts);
    let deadline = 0;
    for (;;) {
      const [first] = rest;
      if (first === undefined) return rest;
      const written = withoutTraces(
        () => (rest.length === 1 ? writeSync(fd, first, 0, first.byteLength) : writevSync(fd, [...rest])),
        0,
      );
      if (written > 0) {
        rest = skip(rest, written);
        deadline = 0;
        continue;
      }
      const now = performance.now();
      if (deadline === 0) deadline = now + WRITE_PATIENCE;
      else if (now > deadline) return rest;
    }
  }
}

/** Writes the beginning of a large answer, by itself, and gives the rest. */
const writeFirst = (fd: number, parts: readonly Uint8Array[]): readonly Uint8Array[] => {
  const [head, tail] = parts;
  if (head === undefined || tail === undefined || tail.byteLength <= PIPE_SIZE) return parts;
  const first = [head, tail.subarray(0, Math.max(0, FIRST - head.byteLength))];
  return skip(
    parts,
    withoutTraces(() => writevSync(fd, first), 0),
  );
};

/** The parts without their first `count` bytes. */
const skip = (parts: readonly Uint8Array[], count: number): readonly Uint8Array[] => {
  let left = count;
  for (const [index, part] of parts.entries()) {
    if (left < part.byteLength) return [part.subarray(left), ...parts.slice(index + 1)];
    left -= part.byteLength;
  }
  return [];
};
