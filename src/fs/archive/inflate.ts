import zlib from "node:zlib";
import { isPromise } from "../../wire/awaitable.js";
import { crc32 } from "../../wire/crc32.js";
import { Errno } from "../../wire/errno.js";
import type { Awaitable, OpenFile } from "../filesystem.js";
import { Held } from "../held.js";
import { MemorySource, slice } from "./source.js";

/** Up to this size decompressing at once is faster than waiting for another thread. */
const AT_ONCE = 1 << 20;
/** Bytes of decompressed contents that are kept for whoever opens them again. */
const KEPT = 64 << 20;

/** Decompresses; EIO for what is broken or longer than `size` bytes. */
export function inflate(deflated: Uint8Array, size: number): Awaitable<Uint8Array> {
  // zlib takes no limit of zero.
  const options = { maxOutputLength: Math.max(1, size) };
  const broken = (): Errno => new Errno("EIO", "the file's compressed contents are broken");
  if (Math.max(size, deflated.length) <= AT_ONCE) {
    try {
      return whole(zlib.inflateRawSync(deflated, options), size);
    } catch {
      throw broken();
    }
  }
  return new Promise((resolve, reject) => {
    zlib.inflateRaw(deflated, options, (error, bytes) => {
      if (error !== null || bytes.length !== size) reject(broken());
      else resolve(bytes);
    });
  });
}

function whole(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length !== size)
    throw new Errno("EIO", "the file's compressed contents have another length than declared");
  return bytes;
}

/** EIO where the contents are not what was packed. */
export function verify(bytes: Uint8Array, crc: number): void {
  if (crc32(bytes) !== crc) {
    throw new Errno("EIO", "the file's contents do not have their checksum");
  }
}

/** Contents that were decompressed: those that are open, once however often they are, and the last ones. */
export class Unpacked<K> {
  readonly #held: Held<K>;
  /** Of those that are open. */
  readonly #open = new Map<K, Awaitable<Uint8Array>>();
  readonly #recent = new Map<K, Uint8Array>();
  #recentBytes = 0;

  /** `limit`: the most bytes of those that are open. */
  constructor(limit: number) {
    this.#held = new Held(limit, "compressed files");
  }

  /** Opens contents of `size` bytes, made by `unpack` where they are not there. Throws ENOMEM beyond the limit. */
  open(key: K, size: number, unpack: () => Awaitable<Uint8Array>): Awaitable<OpenFile> {
    this.#held.take(key, size);
    const opened = (bytes: Uint8Array): OpenFile => {
      this.#open.set(key, bytes);
      this.#keep(key, bytes);
      return this.#file(key, bytes);
    };
    const failed = (error: unknown): never => {
      this.#close(key);
      throw error;
    };
    try {
      const bytes = this.#open.get(key) ?? this.#recent.get(key) ?? unpack();
      this.#open.set(key, bytes);
      return isPromise(bytes) ? bytes.then(opened, failed) : opened(bytes);
    } catch (error) {
      return failed(error);
    }
  }

  #file(key: K, bytes: Uint8Array): OpenFile {
    let closed = false;
    return {
      ...slice(new MemorySource(bytes), 0, bytes.length),
      close: () => {
        if (!closed) this.#close(key);
        closed = true;
      },
    };
  }

  #close(key: K): void {
    if (this.#held.give(key)) this.#open.delete(key);
  }

  #keep(key: K, bytes: Uint8Array): void {
    if (bytes.length > KEPT) return;
    if (this.#recent.delete(key)) this.#recentBytes -= bytes.length;
    this.#recent.set(key, bytes);
    this.#recentBytes += bytes.length;
    for (const [oldest, contents] of this.#recent) {
      if (this.#recentBytes <= KEPT) return;
      this.#recent.delete(oldest);
      this.#recentBytes -= contents.length;
    }
  }
}
