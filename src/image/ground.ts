/**
 * The memory of a large state as a file for a short time: guests map it, as they map an image, instead of having it sent, and
 * share what they do not change. Its name is gone when they have started.
 */
import { randomBytes } from "node:crypto";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { copyFile, type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { ImageFile } from "../engine/engine.js";
import { encodeHeader, IMAGE_HEADER, Image, memoryEnd } from "../engine/guest/image.js";
import { nativeSupported } from "../engine/native.js";
import { xorWith } from "../snapshot/delta.js";
import type { MemoryState } from "../snapshot/state.js";
import { temporaryDirectory } from "./temporary.js";
import { valuesOf } from "./write.js";

/** Below so many bytes (of what differs from the image) sending them is as fast. */
const WORTHWHILE = 8 * 2 ** 20;

/** Where files are memory, and where they are anyway. */
const PLACES: readonly (string | undefined)[] = ["/dev/shm", undefined];

export class Ground implements ImageFile {
  readonly path: string;
  readonly sha256: Uint8Array = randomBytes(32);
  /** Address and length of what differs from the image that the state belongs to, ascending. */
  readonly runs: readonly (readonly [number, number])[];
  readonly #fd: number;
  readonly #remove: () => Promise<void>;
  #holders = 1;

  constructor(path: string, runs: Ground["runs"], remove: () => Promise<void>) {
    this.path = path;
    this.runs = runs;
    this.#fd = openSync(path, "r");
    this.#remove = remove;
  }

  /** Reads memory from `address` on into `into`, whole. */
  read(into: Uint8Array, address: number): void {
    for (let at = 0; at < into.byteLength; ) {
      const count = readSync(this.#fd, into, at, into.byteLength - at, IMAGE_HEADER + address + at);
      if (count === 0) throw new RangeError("the memory of a restored state is cut");
      at += count;
    }
  }

  /** Takes its name away: no other guest can start from it. */
  async hide(): Promise<void> {
    await this.#remove();
  }

  acquire(): void {
    this.#holders++;
  }

  release(): void {
    this.#holders--;
    if (this.#holders === 0) closeSync(this.#fd);
  }
}

/** The memory of a state over that of an image, or nothing where that is not worthwhile, or there is no room for it. */
export const layGround = async (base: string, memory: MemoryState): Promise<Ground | undefined> => {
  const bytes = memory.runs.reduce((sum, [, contents]) => sum + contents.byteLength, 0);
  if (!nativeSupported() || bytes < WORTHWHILE || !fits(base, memory)) return undefined;
  for (const place of PLACES) {
    const directory = await temporaryDirectory(place).catch(() => undefined);
    if (directory === undefined) continue;
    const path = join(directory.path, "memory");
    try {
      await writeGround(path, base, memory);
      const runs = memory.runs.map(([address, contents]) => [address, contents.byteLength] as const);
      return new Ground(path, runs, directory.remove);
    } catch {
      // No room: the next place, or the memory is sent.
      await directory.remove();
    }
  }
  return undefined;
};

/** Whether the state can be of that image; where not, the guest will refuse it. */
const fits = (base: string, { pages, globals }: MemoryState): boolean => {
  const image = new Image(base);
  image.close();
  return pages >= image.header.pages && globals.byteLength === image.header.globals.length * 8;
};

const writeGround = async (path: string, base: string, memory: MemoryState): Promise<void> => {
  await copyFile(base, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  const image = new Image(base);
  const handle = await open(path, "r+");
  try {
    await handle.chmod(0o600);
    // What is behind the image's memory is not memory.
    await handle.truncate(memoryEnd(image.header.pages));
    await handle.truncate(memoryEnd(memory.pages));
    const { module } = image.header;
    const header = encodeHeader({ pages: memory.pages, globals: valuesOf(memory.globals), module });
    await writeWhole(handle, header, 0);
    for (const [address, contents] of memory.runs) {
      const inside = address < image.size;
      const own = inside ? new Uint8Array(contents) : contents;
      if (inside) xorWith(image, own, address);
      await writeWhole(handle, own, IMAGE_HEADER + address);
    }
  } finally {
    image.close();
    await handle.close();
  }
};

const writeWhole = async (handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> => {
  for (let at = 0; at < bytes.byteLength; ) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.byteLength - at, position + at);
    at += bytesWritten;
  }
};
