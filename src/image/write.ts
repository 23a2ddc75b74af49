/**
 * Writes the file of a prepared image: the memory of the image that the setup began with, what it changed, and the
 * controller's part. Pages of zeros are holes.
 */
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { encodeHeader, IMAGE_HEADER, Image, memoryEnd } from "../engine/guest/image.js";
import { ImageError } from "../errors.js";
import { encodeData } from "../snapshot/data.js";
import { xorInto } from "../snapshot/delta.js";
import type { MemoryState } from "../snapshot/state.js";
import { encodeFooter, MAX_PART } from "./format.js";
import type { ImageState } from "./state.js";

const PAGE = 4096;
const WASM_PAGE = 65_536;
const CHUNK = 1 << 20;
const ZEROS = new Uint8Array(PAGE);

/** Makes a file, which must not be there, readable and writable by `mode`. */
export const writeImageFile = async (
  file: string,
  mode: number,
  base: string,
  memory: MemoryState,
  state: ImageState,
): Promise<void> => {
  const part = Buffer.concat(encodeData(state));
  if (part.byteLength > MAX_PART) {
    throw new ImageError(
      `the files in memory and the kernel's state have ${part.byteLength} bytes, at most ${MAX_PART} can be kept`,
    );
  }
  const handle = await open(file, "wx", mode);
  try {
    const sum = createHash("sha256");
    const put = async (bytes: Uint8Array, position: number): Promise<void> => {
      sum.update(bytes);
      await writeSparse(handle, bytes, position);
    };
    await writeMemory(base, memory, put);
    const end = memoryEnd(memory.pages);
    await put(part, end);
    const footer = encodeFooter(part.byteLength);
    const whole = Buffer.concat([footer, sum.update(footer).digest()]);
    await writeAll(handle, whole, end + part.byteLength);
  } finally {
    await handle.close();
  }
};

/** Header and memory, in pieces. */
const writeMemory = async (
  base: string,
  memory: MemoryState,
  put: (bytes: Uint8Array, position: number) => Promise<void>,
): Promise<void> => {
  const image = new Image(base);
  try {
    const { module } = image.header;
    await put(encodeHeader({ pages: memory.pages, globals: valuesOf(memory.globals), module }), 0);
    const buffer = new Uint8Array(CHUNK);
    const total = memory.pages * WASM_PAGE;
    let next = 0;
    for (let address = 0; address < total; address += CHUNK) {
      const piece = buffer.subarray(0, Math.min(CHUNK, total - address));
      const held = Math.max(0, Math.min(piece.byteLength, image.size - address));
      image.read(piece.subarray(0, held), address);
      piece.fill(0, held);
      next = overlay(piece, address, memory.runs, next);
      await put(piece, IMAGE_HEADER + address);
    }
  } finally {
    image.close();
  }
};

/** Puts the runs from number `first` on, which tell what differs, into a piece of memory; answers which one comes next. */
const overlay = (piece: Uint8Array, address: number, runs: MemoryState["runs"], first: number): number => {
  const end = address + piece.byteLength;
  for (let index = first; ; index++) {
    const run = runs[index];
    if (run === undefined || run[0] >= end) return index;
    const [start, contents] = run;
    const from = Math.max(start, address);
    const to = Math.min(start + contents.byteLength, end);
    xorInto(piece.subarray(from - address, to - address), contents.subarray(from - start, to - start));
    if (start + contents.byteLength > end) return index;
  }
};

/** Globals as numbers. */
export const valuesOf = (globals: Uint8Array): bigint[] => {
  const view = new DataView(globals.buffer, globals.byteOffset, globals.byteLength);
  return Array.from({ length: globals.byteLength / 8 }, (_, index) => view.getBigUint64(index * 8, true));
};

const isZero = (bytes: Uint8Array, at: number): boolean => {
  const page = bytes.subarray(at, at + PAGE);
  return Buffer.compare(page, page.byteLength === PAGE ? ZEROS : ZEROS.subarray(0, page.byteLength)) === 0;
};

/** Writes what is not zero, in whole runs of pages. */
export const writeSparse = async (handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> => {
  for (let at = 0; at < bytes.byteLength; ) {
    if (isZero(bytes, at)) {
      at += PAGE;
      continue;
    }
    let end = at + PAGE;
    while (end < bytes.byteLength && !isZero(bytes, end)) end += PAGE;
    end = Math.min(end, bytes.byteLength);
    await writeAll(handle, bytes.subarray(at, end), position + at);
    at = end;
  }
};

const writeAll = async (handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> => {
  for (let at = 0; at < bytes.byteLength; ) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.byteLength - at, position + at);
    at += bytesWritten;
  }
};
