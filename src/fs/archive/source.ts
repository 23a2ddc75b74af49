import fs from "node:fs";
import { Errno } from "../../wire/errno.js";
import { toErrno } from "../directory/host.js";
import type { OpenFile } from "../filesystem.js";

/** Bytes that are read anywhere: of an archive's file, or in memory. */
export interface Source {
  readonly size: number;
  /** Fills `into` from `offset` on, as far as there are bytes; answers how many. */
  read(into: Uint8Array, offset: number): number;
  close(): void;
}

export class MemorySource implements Source {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#bytes.length;
  }

  read(into: Uint8Array, offset: number): number {
    const part = this.#bytes.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  }

  close(): void {}
}

/** A regular file that stays open. */
export class FileSource implements Source {
  readonly size: number;
  #fd: number | undefined;

  constructor(path: string) {
    const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    this.#fd = fd;
    const stats = fs.fstatSync(fd);
    if (!stats.isFile()) {
      this.close();
      throw new TypeError(`${path} is no regular file, and so no archive`);
    }
    this.size = stats.size;
  }

  read(into: Uint8Array, offset: number): number {
    if (this.#fd === undefined) throw new Errno("EIO", "the archive is closed");
    try {
      let done = 0;
      while (done < into.length) {
        const read = fs.readSync(this.#fd, into, done, into.length - done, offset + done);
        if (read === 0) break;
        done += read;
      }
      return done;
    } catch (error) {
      throw toErrno(error);
    }
  }

  close(): void {
    if (this.#fd !== undefined) fs.closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/** `length` bytes at `offset`, all of them. */
export function bytesAt(source: Source, offset: number, length: number): Uint8Array {
  if (offset < 0 || length < 0 || offset + length > source.size) {
    throw new ArchiveError(`it ends before byte ${offset + length}`);
  }
  const bytes = new Uint8Array(length);
  if (source.read(bytes, offset) !== length) throw new ArchiveError("it became shorter while it was read");
  return bytes;
}

/** An archive that cannot be read, or is beyond its limits. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
  readonly code = "ERR_ARCHIVE";

  constructor(what: string) {
    super(`the archive cannot be served: ${what}`);
  }
}

/** A part of a source as an open file. */
export function slice(source: Source, start: number, size: number): OpenFile {
  return {
    read(into, offset) {
      const length = Math.min(into.length, size - offset);
      return length <= 0 ? 0 : source.read(into.subarray(0, length), start + offset);
    },
  };
}
