import zlib from "node:zlib";
import { crc32 } from "../../wire/crc32.js";
import { Errno } from "../../wire/errno.js";
import type { Awaitable } from "../filesystem.js";

/** Up to this size decompressing at once is faster than waiting for another thread. */
const AT_ONCE = 1 << 20;
/** Bytes of decompressed contents that are kept for whoever opens them again. */
const KEPT = 64 << 20;

/** Decompresses; EIO for what is broken or longer than `size` bytes. */
export function inflate(deflated: Uint8Array, size: number): Awaitable<Uint8Array> {
  // zlib takes no limit of zero.
  const options = { maxOutputLength: Math.max(1, size) };
  const broken = (): Errno => new Errno("EIO", "the file's compressed contents are broken");
  if (size <= AT_ONCE) {
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

/** Contents that were decompressed, the ones unused for longest forgotten first. */
export class Recent<K> {
  readonly #contents = new Map<K, Uint8Array>();
  #bytes = 0;

  get(key: K): Uint8Array | undefined {
    const bytes = this.#contents.get(key);
    if (bytes !== undefined) {
      this.#contents.delete(key);
      this.#contents.set(key, bytes);
    }
    return bytes;
  }

  add(key: K, bytes: Uint8Array): void {
    if (bytes.length > KEPT || this.#contents.has(key)) return;
    this.#contents.set(key, bytes);
    this.#bytes += bytes.length;
    for (const [oldest, contents] of this.#contents) {
      if (this.#bytes <= KEPT) return;
      this.#contents.delete(oldest);
      this.#bytes -= contents.length;
    }
  }
}
