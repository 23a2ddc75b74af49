import zlib from "node:zlib";
import { isPromise } from "../../wire/awaitable.js";
import { crc32 } from "../../wire/crc32.js";
import { Errno } from "../../wire/errno.js";
import type { Awaitable, OpenFile } from "../filesystem.js";

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

interface Contents {
  readonly bytes: Uint8Array;
  users: number;
}

/** Contents that were decompressed: those that are open, once however often they are, and the last ones. */
export class Unpacked<K> {
  readonly #limit: number;
  readonly #open = new Map<K, Contents>();
  readonly #recent = new Map<K, Uint8Array>();
  #openBytes = 0;
  #recentBytes = 0;

  /** `limit`: the most bytes of those that are open. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Opens contents of `size` bytes, made by `unpack` where they are not there. Throws ENOMEM beyond the limit. */
  open(key: K, size: number, unpack: () => Awaitable<Uint8Array>): Awaitable<OpenFile> {
    const present = this.#open.get(key);
    if (present !== undefined) return this.#file(key, present);
    if (this.#openBytes + size > this.#limit) {
      throw new Errno("ENOMEM", `compressed files of more than ${this.#limit} bytes are open`);
    }
    this.#openBytes += size;
    const opened = (bytes: Uint8Array): OpenFile => {
      this.#keep(key, bytes);
      const meanwhile = this.#open.get(key);
      if (meanwhile !== undefined) this.#openBytes -= size;
      return this.#file(key, meanwhile ?? { bytes, users: 0 });
    };
    const failed = (error: unknown): never => {
      this.#openBytes -= size;
      throw error;
    };
    try {
      const bytes = this.#recent.get(key) ?? unpack();
      return isPromise(bytes) ? bytes.then(opened, failed) : opened(bytes);
    } catch (error) {
      return failed(error);
    }
  }

  #file(key: K, contents: Contents): OpenFile {
    const { bytes } = contents;
    contents.users++;
    this.#open.set(key, contents);
    let closed = false;
    return {
      read: (into, offset) => {
        const part = bytes.subarray(offset, offset + into.length);
        into.set(part);
        return part.length;
      },
      close: () => {
        if (closed) return;
        closed = true;
        if (--contents.users > 0) return;
        this.#open.delete(key);
        this.#openBytes -= bytes.length;
      },
    };
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
