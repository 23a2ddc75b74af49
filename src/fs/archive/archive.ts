import { promisify } from "node:util";
import zlib from "node:zlib";
import type { Figures, FileSystem } from "../filesystem.js";
import type { FixedDirectory } from "../fixed.js";
import { NAME_MAX } from "../names.js";
import { type ArchiveLimits, Index, limitsOf } from "./index.js";
import { ArchiveError, bytesAt, FileSource, MemorySource, type Source } from "./source.js";
import { indexTar } from "./tar.js";
import { indexZip } from "./zip.js";

/** What an archive may hold, and whose its files are. */
export interface ArchiveOptions extends ArchiveLimits {
  /** Owner of all files. Default: 1000, the guest's user. */
  readonly uid?: number;
  readonly gid?: number;
}

const gunzip = promisify<Uint8Array, zlib.ZlibOptions, Uint8Array>(zlib.gunzip);
const BLOCK = 4096;

/** The files of an archive, read-only. */
export class ArchiveFileSystem implements FileSystem {
  readonly kind = "archive";
  readonly readOnly = true;
  readonly #source: Source;
  readonly #index: Index;

  /** Use `archive()`. @internal */
  constructor(source: Source, index: Index) {
    this.#source = source;
    this.#index = index;
  }

  /** How many entries of the archive are not there: devices, names that lead out of it, links to nothing, … */
  get skipped(): number {
    return this.#index.skipped;
  }

  root(): FixedDirectory {
    return this.#index.root;
  }

  figures(): Figures {
    const blocks = Math.ceil(this.#source.size / BLOCK);
    return {
      blockSize: BLOCK,
      blocks,
      blocksFree: 0,
      files: this.#index.count,
      filesFree: 0,
      nameMax: NAME_MAX,
    };
  }

  /** Closes the archive's file. */
  close(): void {
    this.#source.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * The files of a tar, tar.gz or zip archive as a read-only file system. Nothing is unpacked: contents are read from
 * where they are; a tar.gz is held in memory decompressed, a compressed file of a zip once it is opened.
 * @param file the archive's path, or its bytes
 * @throws ArchiveError for what is no archive, is broken, or exceeds the limits
 */
export async function archive(
  file: string | Uint8Array,
  options: ArchiveOptions = {},
): Promise<ArchiveFileSystem> {
  const limits = limitsOf(options);
  const { uid = 1000, gid = 1000 } = options;
  const opened = typeof file === "string" ? new FileSource(file) : new MemorySource(file);
  try {
    const source = isGzip(opened) ? await decompressed(opened, limits.bytes) : opened;
    const index = new Index(limits, { uid, gid });
    if (isZip(source)) indexZip(source, index, limits.bytes);
    else if (isTar(source)) indexTar(source, index);
    else throw new ArchiveError("it is neither tar, tar.gz nor zip");
    return new ArchiveFileSystem(source, index);
  } catch (error) {
    opened.close();
    throw error;
  }
}

const beginning = (source: Source, length: number): Uint8Array =>
  bytesAt(source, 0, Math.min(length, source.size));

const isGzip = (source: Source): boolean => {
  const [first, second] = beginning(source, 2);
  return first === 0x1f && second === 0x8b;
};

/** Whether it begins with "PK". A program that unpacks itself does not, and is none. */
const isZip = (source: Source): boolean => {
  const [p, k] = beginning(source, 2);
  return p === 0x50 && k === 0x4b;
};

const isTar = (source: Source): boolean => {
  if (source.size < 512) return false;
  const header = beginning(source, 512);
  return (
    header.every((byte) => byte === 0) ||
    String.fromCharCode(...header.subarray(257, 262)) === "ustar" ||
    oldTar(header)
  );
};

/** Before 1988 there was no magic number, but there was a checksum. */
function oldTar(header: Uint8Array): boolean {
  const declared = Number.parseInt(String.fromCharCode(...header.subarray(148, 156)).trim(), 8);
  return declared === header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0);
}

async function decompressed(source: Source, limit: number): Promise<Source> {
  if (source.size > limit)
    throw new ArchiveError(`its ${source.size} bytes are more than the ${limit} allowed`);
  try {
    const bytes = await gunzip(bytesAt(source, 0, source.size), { maxOutputLength: limit });
    source.close();
    return new MemorySource(bytes);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    throw code === "ERR_BUFFER_TOO_LARGE"
      ? new ArchiveError(`decompressed it has more than the ${limit} bytes allowed`)
      : new ArchiveError("its gzip data is broken");
  }
}
