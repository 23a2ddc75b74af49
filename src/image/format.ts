/**
 * Files of prepared images. They begin as every image does (see engine/guest/image.ts), with the memory of the guest
 * whole, so that a sandbox maps them as it maps the one that is shipped. Behind that memory stand:
 *
 *     the controller's part: see state.ts, as plain data (snapshot/data.ts)
 *     a footer of 64 bytes: magic "SALLYPRE", version u32 (1), zero u32, length of the part u64, zero u64, and the
 *     SHA-256 of everything before it (32 bytes), by which the image is called. Little-endian.
 */
import { ImageError } from "../errors.js";

const MAGIC = "SALLYPRE";
const VERSION = 1;
export const FOOTER = 64;
const HASH_AT = 32;
/** Most bytes of the controller's part: the files in memory, and little else. */
export const MAX_PART = 2 ** 31 - 1;

/** What is wrong with a file, as the caller knows it. */
export const damaged = (what: string, options?: ErrorOptions): ImageError =>
  new ImageError(`the image is damaged: ${what}`, options);

export interface Footer {
  /** Bytes of the controller's part. */
  readonly part: number;
  readonly sha256: Uint8Array;
}

/** The footer without its hash, which covers these bytes, too. */
export const encodeFooter = (part: number): Uint8Array => {
  const bytes = Buffer.alloc(HASH_AT);
  bytes.write(MAGIC, "latin1");
  bytes.writeUInt32LE(VERSION, 8);
  bytes.writeBigUInt64LE(BigInt(part), 16);
  return bytes;
};

/** @throws ImageError for what is no footer of this version */
export const decodeFooter = (footer: Uint8Array): Footer & { readonly hashed: Uint8Array } => {
  const bytes = Buffer.from(footer.buffer, footer.byteOffset, footer.byteLength);
  if (bytes.byteLength !== FOOTER || bytes.toString("latin1", 0, 8) !== MAGIC) {
    throw new ImageError("not a prepared image, or one that was cut off");
  }
  const version = bytes.readUInt32LE(8);
  if (version !== VERSION) throw new ImageError(`a prepared image of version ${version}, not ${VERSION}`);
  const part = Number(bytes.readBigUInt64LE(16));
  if (part > MAX_PART || bytes.readUInt32LE(12) !== 0 || bytes.readBigUInt64LE(24) !== 0n) {
    throw damaged("its footer cannot be");
  }
  return { part, hashed: bytes.subarray(0, HASH_AT), sha256: new Uint8Array(bytes.subarray(HASH_AT)) };
};
