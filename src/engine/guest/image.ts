/**
 * Image files: memory and globals after boot.
 *
 * Page 0 (4096 bytes): magic "SALLYIMG", version u32 (1), memory pages of 64 KiB u32, number of mutable globals
 * u32, zero u32, SHA-256 of the module (32 bytes), then the globals as u64. From 4096 on: linear memory. What is behind
 * it is not the guest's: see src/image/format.ts.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

export const IMAGE_HEADER = 4096;
const MAGIC = "SALLYIMG";
const VERSION = 1;
const GLOBALS_AT = 56;
const WASM_PAGE = 65_536;
const MAX_PAGES = 65_536;

export interface ImageHeader {
  readonly pages: number;
  readonly globals: readonly bigint[];
  /** SHA-256 of the module, as in its file. */
  readonly module: Uint8Array;
}

export const encodeHeader = ({ pages, globals, module }: ImageHeader): Uint8Array => {
  const bytes = Buffer.alloc(IMAGE_HEADER);
  if (GLOBALS_AT + 8 * globals.length > IMAGE_HEADER)
    throw new RangeError(`${globals.length} globals are too many`);
  bytes.write(MAGIC, "latin1");
  bytes.writeUInt32LE(VERSION, 8);
  bytes.writeUInt32LE(pages, 12);
  bytes.writeUInt32LE(globals.length, 16);
  bytes.set(module, 24);
  for (const [index, value] of globals.entries()) bytes.writeBigUInt64LE(value, GLOBALS_AT + 8 * index);
  return bytes;
};

/** Where the memory of an image with so many pages of 64 KiB ends in its file. */
export const memoryEnd = (pages: number): number => IMAGE_HEADER + pages * WASM_PAGE;

/** Reads page 0 of an image. @throws RangeError where it is none, or damaged. */
export const decodeHeader = (page: Uint8Array): ImageHeader => {
  const bytes = Buffer.from(page.buffer, page.byteOffset, page.byteLength);
  const known = bytes.byteLength === IMAGE_HEADER && bytes.toString("latin1", 0, 8) === MAGIC;
  if (!known || bytes.readUInt32LE(8) !== VERSION) throw new RangeError("not an image of this version");
  const pages = bytes.readUInt32LE(12);
  const count = bytes.readUInt32LE(16);
  if (GLOBALS_AT + 8 * count > IMAGE_HEADER || pages > MAX_PAGES || bytes.readUInt32LE(20) !== 0) {
    throw new RangeError("the image is damaged");
  }
  const globals: bigint[] = [];
  for (let index = 0; index < count; index++) globals.push(bytes.readBigUInt64LE(GLOBALS_AT + 8 * index));
  return { pages, globals, module: bytes.subarray(24, 56) };
};

/** An image file that is open for reading. */
export class Image {
  readonly header: ImageHeader;
  readonly #fd: number;

  /** @throws RangeError where the file is no image, or damaged. */
  constructor(path: string) {
    this.#fd = openSync(path, "r");
    const bytes = Buffer.alloc(IMAGE_HEADER);
    const length = readSync(this.#fd, bytes, 0, IMAGE_HEADER, 0);
    if (length !== IMAGE_HEADER) throw new RangeError("not an image of this version");
    this.header = decodeHeader(bytes);
    if (fstatSync(this.#fd).size < memoryEnd(this.header.pages)) throw new RangeError("the image is damaged");
  }

  /** Bytes of memory that the image holds. */
  get size(): number {
    return this.header.pages * WASM_PAGE;
  }

  /** Reads memory from `address` on into `into`, whole. */
  read(into: Uint8Array, address: number): void {
    for (let at = 0; at < into.byteLength; ) {
      const count = readSync(this.#fd, into, at, into.byteLength - at, IMAGE_HEADER + address + at);
      if (count === 0) throw new RangeError("the image is damaged");
      at += count;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}
