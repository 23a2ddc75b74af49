import { Errno } from "../../wire/errno.js";
import type { Space } from "./space.js";

/** Bytes in a chunk: the unit in which a file's storage is found. */
const CHUNK = 65_536;
/** Bytes in a page: the unit in which data and holes are told apart, as on Linux. */
const PAGE = 4096;
/** The smallest storage of a file's first chunk, in bytes. Of others, which it takes a large file to have, it is a page. */
const SMALLEST = 256;
/** The largest size of a file, in bytes: beyond it offsets are no longer exact. */
const LARGEST_FILE = Number.MAX_SAFE_INTEGER - CHUNK;

const NOTHING = new Uint8Array(0);

/** A chunk as it is saved: its number, its pages, its first bytes. */
export type SavedChunk = readonly [index: number, pages: number, bytes: Uint8Array];

interface Chunk {
  /** The first bytes of the chunk; what is beyond its length is zero. */
  bytes: Uint8Array;
  /** One bit a page that was ever written. */
  pages: number;
  /** The bytes are others', too: they are copied before they are changed. */
  shared?: boolean;
}

const pagesMask = (from: number, to: number): number => {
  const first = Math.floor(from / PAGE);
  const end = Math.ceil(to / PAGE);
  return ((1 << end) - 1) & ~((1 << first) - 1);
};

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

const bitCount = (mask: number): number => {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
};

/** Makes a chunk's bytes its own. */
const own = (chunk: Chunk): void => {
  if (chunk.shared !== true) return;
  chunk.bytes = new Uint8Array(chunk.bytes);
  chunk.shared = false;
};

/** A file's contents: sparse, grown by need, charged to a quota. Offsets and sizes are safe integers, in bytes. */
export class Chunks {
  #size = 0;
  #pages = 0;
  readonly #chunks = new Map<number, Chunk>();
  readonly #space: Space;

  constructor(space: Space) {
    this.#space = space;
  }

  get size(): number {
    return this.#size;
  }

  /** Storage in blocks of 512 bytes. */
  get blocks(): number {
    return this.#pages * (PAGE / 512);
  }

  read(into: Uint8Array, offset: number): number {
    const length = Math.min(into.length, this.#size - offset);
    if (length <= 0) return 0;
    let done = 0;
    while (done < length) {
      const position = offset + done;
      const within = position % CHUNK;
      const part = Math.min(length - done, CHUNK - within);
      const chunk = this.#chunks.get((position - within) / CHUNK);
      const stored = chunk === undefined ? 0 : Math.max(0, Math.min(part, chunk.bytes.length - within));
      if (chunk !== undefined && stored > 0) {
        into.set(chunk.bytes.subarray(within, within + stored), done);
      }
      if (stored < part) into.fill(0, done + stored, done + part);
      done += part;
    }
    return length;
  }

  /** Writes what there is space for; ENOSPC if that is nothing. */
  write(data: Uint8Array, offset: number): number {
    if (data.length === 0) return 0;
    if (offset >= LARGEST_FILE) throw new Errno("EFBIG");
    const length = Math.min(data.length, LARGEST_FILE - offset);
    let done = 0;
    while (done < length) {
      const position = offset + done;
      const within = position % CHUNK;
      const part = Math.min(length - done, CHUNK - within);
      const chunk = this.#prepare((position - within) / CHUNK, within, within + part);
      if (chunk === undefined) break;
      const fits = Math.min(part, chunk.bytes.length - within);
      chunk.bytes.set(fits === data.length ? data : data.subarray(done, done + fits), within);
      done += fits;
      if (fits < part) break;
    }
    if (done === 0) throw new Errno("ENOSPC");
    if (offset + done > this.#size) this.#size = offset + done;
    return done;
  }

  /** Storage of a chunk for the bytes from..to, or for as many of them as the quota allows; undefined if none. */
  #prepare(index: number, from: number, to: number): Chunk | undefined {
    const present = this.#chunks.get(index);
    const chunk = present ?? { bytes: NOTHING, pages: 0 };
    const had = chunk.bytes.length;
    if (had >= to) own(chunk);
    else {
      const length = this.#reserve(had, to, index === 0 ? SMALLEST : PAGE);
      if (length <= from) return undefined;
      const bytes = new Uint8Array(length);
      bytes.set(chunk.bytes);
      chunk.bytes = bytes;
      chunk.shared = false;
      if (present === undefined) this.#chunks.set(index, chunk);
    }
    const pages = chunk.pages | pagesMask(from, Math.min(to, chunk.bytes.length));
    if (pages !== chunk.pages) {
      this.#pages += bitCount(pages) - bitCount(chunk.pages);
      chunk.pages = pages;
    }
    return chunk;
  }

  /** Takes space for a chunk to grow from `had` to `needed` bytes or, amortising, beyond; answers its new length. */
  #reserve(had: number, needed: number, smallest: number): number {
    const generous = Math.min(
      CHUNK,
      Math.max(smallest, had * 2, roundUp(needed, needed > PAGE ? PAGE : SMALLEST)),
    );
    for (const length of [generous, needed, had + this.#space.free]) {
      if (length <= generous && this.#space.take(length - had)) return length;
    }
    return had;
  }

  truncate(size: number): void {
    if (size > LARGEST_FILE) throw new Errno("EFBIG");
    if (size < this.#size) this.#cut(size);
    this.#size = size;
  }

  #cut(size: number): void {
    const within = size % CHUNK;
    const last = (size - within) / CHUNK;
    if (size === 0) {
      this.release();
      return;
    }
    // The chunks in between may be few against the size (a sparse file), or the size small against many chunks.
    const beyond = Math.ceil(this.#size / CHUNK) - last;
    if (beyond < this.#chunks.size) {
      for (let index = last; index < last + beyond; index++)
        this.#shorten(index, index === last ? within : 0);
    } else {
      for (const index of this.#chunks.keys()) {
        if (index >= last) this.#shorten(index, index === last ? within : 0);
      }
    }
  }

  #shorten(index: number, length: number): void {
    const chunk = this.#chunks.get(index);
    if (chunk === undefined) return;
    const pages = length === 0 ? 0 : chunk.pages & pagesMask(0, length);
    this.#pages -= bitCount(chunk.pages) - bitCount(pages);
    chunk.pages = pages;
    if (pages === 0) {
      this.#space.give(chunk.bytes.length);
      this.#chunks.delete(index);
    } else {
      own(chunk);
      chunk.bytes.fill(0, Math.min(length, chunk.bytes.length));
    }
  }

  /** Makes sure that there is storage for a range, growing the file; all of it or, with ENOSPC, nothing. */
  allocate(offset: number, length: number): void {
    const end = offset + length;
    if (end > LARGEST_FILE) throw new Errno("EFBIG");
    const first = Math.floor(offset / CHUNK);
    const last = Math.floor((end - 1) / CHUNK);
    const to = (index: number): number => (index === last ? end - index * CHUNK : CHUNK);
    if (!this.#space.holds((last - first + 1 - this.#chunks.size) * CHUNK - CHUNK)) throw new Errno("ENOSPC");
    let missing = 0;
    for (let index = first; index <= last; index++) {
      missing += Math.max(0, to(index) - (this.#chunks.get(index)?.bytes.length ?? 0));
    }
    if (!this.#space.holds(missing)) throw new Errno("ENOSPC");
    for (let index = first; index <= last; index++) {
      const from = index === first ? offset - index * CHUNK : 0;
      const chunk = this.#prepare(index, from, to(index));
      if (chunk === undefined || chunk.bytes.length < to(index)) throw new Errno("ENOSPC");
    }
    if (end > this.#size) this.#size = end;
  }

  /** The next data or hole at or after `offset`, in pages; the end of the file is a hole. */
  seek(offset: number, what: "data" | "hole"): number {
    if (offset >= this.#size) throw new Errno("ENXIO");
    let position = offset;
    while (position < this.#size) {
      const within = position % CHUNK;
      const index = (position - within) / CHUNK;
      const pages = this.#chunks.get(index)?.pages ?? 0;
      if (pages === 0) {
        if (what === "hole") return position;
        const next = this.#nextChunk(index);
        if (next === undefined) throw new Errno("ENXIO");
        position = next * CHUNK;
      } else {
        const page = Math.floor(within / PAGE);
        if (((pages >> page) & 1) === (what === "data" ? 1 : 0)) return position;
        position = index * CHUNK + (page + 1) * PAGE;
      }
    }
    if (what === "hole") return this.#size;
    throw new Errno("ENXIO");
  }

  #nextChunk(after: number): number | undefined {
    let next: number | undefined;
    for (const [index, chunk] of this.#chunks) {
      if (index > after && chunk.pages !== 0 && (next === undefined || index < next)) next = index;
    }
    return next;
  }

  /** What is stored: the number of each chunk, its pages, and its first bytes. */
  saved(): SavedChunk[] {
    return Array.from(this.#chunks, ([index, { pages, bytes }]) => [index, pages, bytes]);
  }

  /**
   * Takes over what was saved. Throws RangeError for what cannot be, and Errno ENOSPC. `shared` bytes stay the giver's:
   * they are not copied before they are written to.
   */
  restore(size: number, chunks: readonly SavedChunk[], shared = false): void {
    if (size > LARGEST_FILE) throw new RangeError(`a file of ${size} bytes`);
    this.#size = size;
    for (const [index, pages, stored] of chunks) {
      const room = Math.min(CHUNK, size - index * CHUNK);
      if (room <= 0 || stored.length === 0 || stored.length > CHUNK || this.#chunks.has(index)) {
        throw new RangeError(`a chunk ${index} of ${stored.length} bytes in a file of ${size}`);
      }
      if (pages === 0 || (pages & ~pagesMask(0, CHUNK)) !== 0) throw new RangeError(`pages ${pages}`);
      if (!this.#space.take(stored.length)) throw new Errno("ENOSPC");
      const chunk: Chunk = { bytes: stored, pages, shared: true };
      if (!shared || room < stored.length) own(chunk);
      if (room < stored.length) chunk.bytes.fill(0, room);
      this.#chunks.set(index, chunk);
      this.#pages += bitCount(pages);
    }
  }

  /** Forgets everything. */
  release(): void {
    for (const chunk of this.#chunks.values()) this.#space.give(chunk.bytes.length);
    this.#chunks.clear();
    this.#pages = 0;
    this.#size = 0;
  }
}
