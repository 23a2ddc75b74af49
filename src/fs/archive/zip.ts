import { Errno } from "../../wire/errno.js";
import { chain } from "../../wire/steps.js";
import type { Awaitable, OpenFile } from "../filesystem.js";
import type { EntryContents, Index } from "./index.js";
import { inflate, Unpacked, verify } from "./inflate.js";
import { ArchiveError, bytesAt, type Source, slice } from "./source.js";

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_SIZE = 22;
const LONGEST_COMMENT = 65_535;
/** The longest target of a symbolic link, in bytes; and of a compressed one. */
const LONGEST_TARGET = 4095;
const LONGEST_PACKED = LONGEST_TARGET + 64;
/** The largest directory of a zip file that is taken, in bytes. */
const LARGEST_DIRECTORY = 256 << 20;
const UNIX = 3;
const FORMAT = 0o170000;
const UNKNOWN = 0xffffffff;

const CP437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

interface Entry {
  readonly method: number;
  readonly flags: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  /** Of its local header. */
  readonly offset: number;
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function safe(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new ArchiveError("a number in it is out of range");
  return Number(value);
}

/** Where the central directory is. */
function locate(source: Source): { offset: number; size: number; count: number } {
  const tail = Math.min(source.size, END_SIZE + LONGEST_COMMENT);
  const bytes = bytesAt(source, source.size - tail, tail);
  const data = view(bytes);
  for (let at = bytes.length - END_SIZE; at >= 0; at--) {
    if (data.getUint32(at, true) !== END || at + END_SIZE + data.getUint16(at + 20, true) > bytes.length)
      continue;
    const found = {
      count: data.getUint16(at + 10, true),
      size: data.getUint32(at + 12, true),
      offset: data.getUint32(at + 16, true),
    };
    const start = source.size - tail + at;
    const large = found.count === 0xffff || found.size === UNKNOWN || found.offset === UNKNOWN;
    return large && start >= 20 ? locate64(source, start, found) : found;
  }
  throw new ArchiveError("it is no zip file, or is cut off");
}

function locate64(
  source: Source,
  end: number,
  found: { offset: number; size: number; count: number },
): typeof found {
  const locator = view(bytesAt(source, end - 20, 20));
  if (locator.getUint32(0, true) !== LOCATOR64) return found;
  const record = view(bytesAt(source, safe(locator.getBigUint64(8, true)), 56));
  if (record.getUint32(0, true) !== END64) throw new ArchiveError("its zip64 record is missing");
  return {
    count: safe(record.getBigUint64(32, true)),
    size: safe(record.getBigUint64(40, true)),
    offset: safe(record.getBigUint64(48, true)),
  };
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function nameOf(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    // What old packers wrote.
    return Array.from(bytes, (byte) => (byte < 128 ? String.fromCharCode(byte) : CP437[byte - 128])).join("");
  }
}

/** Local time of DOS, taken as UTC: there is no other to take it for. */
function dosTime(time: number, date: number): bigint {
  const milliseconds = Date.UTC(
    1980 + (date >> 9),
    ((date >> 5) & 15) - 1,
    date & 31,
    time >> 11,
    (time >> 5) & 63,
    (time & 31) * 2,
  );
  return BigInt(milliseconds) * 1_000_000n;
}

/** Reads the central directory of a zip file into an index. Contents are decompressed when they are opened. */
export function indexZip(source: Source, index: Index, limit: number): void {
  const { offset, size, count } = locate(source);
  if (size > LARGEST_DIRECTORY) throw new ArchiveError(`its directory of ${size} bytes is too large`);
  const bytes = bytesAt(source, offset, size);
  const data = view(bytes);
  const unpacked = new Unpacked<number>(2 * limit);
  let at = 0;
  for (let seen = 0; seen < count; seen++) {
    if (at + 46 > size || data.getUint32(at, true) !== CENTRAL)
      throw new ArchiveError("its directory is broken");
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) =>
      data.getUint16(at + field, true),
    );
    const nameEnd = at + 46 + (nameLength ?? 0);
    const next = nameEnd + (extraLength ?? 0) + (commentLength ?? 0);
    if (next > size) throw new ArchiveError("its directory is broken");
    const extra = bytes.subarray(nameEnd, nameEnd + (extraLength ?? 0));
    const entry: Entry = {
      method: data.getUint16(at + 10, true),
      flags: data.getUint16(at + 8, true),
      crc: data.getUint32(at + 16, true),
      ...sizes(
        extra,
        [24, 20, 42].map((field) => data.getUint32(at + field, true)),
      ),
    };
    const mtime = unixTime(extra) ?? dosTime(data.getUint16(at + 12, true), data.getUint16(at + 14, true));
    const unix = bytes[at + 5] === UNIX ? data.getUint32(at + 38, true) >>> 16 : 0;
    const name = nameOf(bytes.subarray(at + 46, nameEnd)).replaceAll("\\", "/");
    const directory = name.endsWith("/");
    const mode = (unix & 0o777) === 0 ? (directory ? 0o755 : 0o644) : unix & 0o777;
    const contents = directory
      ? ({ type: "directory" } as const)
      : contentsOf(source, entry, unix, limit, unpacked);
    if (contents === undefined) index.skip();
    else index.add(name, { mode, mtime }, contents);
    at = next;
  }
}

/** Sizes and offset, from the zip64 field where they do not fit. */
function sizes(extra: Uint8Array, short: readonly number[]): Pick<Entry, "size" | "packed" | "offset"> {
  const wide = field(extra, 0x0001);
  let at = 0;
  const [size = 0, packed = 0, offset = 0] = short.map((value) => {
    if (value !== UNKNOWN || wide === undefined || at + 8 > wide.byteLength) return value;
    at += 8;
    return safe(wide.getBigUint64(at - 8, true));
  });
  return { size, packed, offset };
}

function field(extra: Uint8Array, wanted: number): DataView | undefined {
  const data = view(extra);
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = data.getUint16(at + 2, true);
    if (at + 4 + length > extra.length) return undefined;
    if (data.getUint16(at, true) === wanted) return view(extra.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return undefined;
}

function unixTime(extra: Uint8Array): bigint | undefined {
  const times = field(extra, 0x5455);
  if (times === undefined || times.byteLength < 5 || (times.getUint8(0) & 1) === 0) return undefined;
  return BigInt(times.getInt32(1, true)) * 1_000_000_000n;
}

function contentsOf(
  source: Source,
  entry: Entry,
  unix: number,
  limit: number,
  unpacked: Unpacked<number>,
): EntryContents | undefined {
  const format = unix & FORMAT;
  if (format === 0o120000) {
    const long = entry.size > LONGEST_TARGET || entry.packed > LONGEST_PACKED;
    return long ? undefined : linkOf(source, entry);
  }
  if (format !== 0 && format !== 0o100000) return undefined;
  return { type: "file", size: entry.size, open: () => openEntry(source, entry, limit, unpacked) };
}

function linkOf(source: Source, entry: Entry): EntryContents | undefined {
  try {
    const target = unpack(source, entry);
    return target instanceof Uint8Array ? { type: "symlink", target: nameOf(target) } : undefined;
  } catch (error) {
    if (error instanceof Errno) return undefined;
    throw error;
  }
}

function openEntry(
  source: Source,
  entry: Entry,
  limit: number,
  unpacked: Unpacked<number>,
): Awaitable<OpenFile> {
  if ((entry.flags & 1) !== 0) throw new Errno("EACCES", "the file is encrypted");
  if (entry.method === 0)
    return slice(
      source,
      present(() => dataOffset(source, entry)),
      entry.size,
    );
  const most = Math.max(entry.size, entry.packed);
  if (most > limit)
    throw new Errno("EFBIG", `a compressed file of ${most} bytes, where ${limit} are allowed`);
  return unpacked.open(entry.offset, entry.size, () => unpack(source, entry));
}

function unpack(source: Source, entry: Entry): Awaitable<Uint8Array> {
  if (entry.method !== 0 && entry.method !== 8)
    throw new Errno("EOPNOTSUPP", `compressed by method ${entry.method}`);
  const packed = present(() => bytesAt(source, dataOffset(source, entry), entry.packed));
  return chain(entry.method === 0 ? packed : inflate(packed, entry.size), (bytes) => {
    verify(bytes, entry.crc);
    return bytes;
  });
}

/** What a broken archive means when a file of it is opened. */
function present<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof ArchiveError ? new Errno("EIO", error.message) : error;
  }
}

/** Contents begin after the local header, whose own fields have their own lengths. */
function dataOffset(source: Source, entry: Entry): number {
  const header = view(bytesAt(source, entry.offset, 30));
  if (header.getUint32(0, true) !== LOCAL)
    throw new Errno("EIO", "the file's header is not where it should be");
  const start = entry.offset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  if (entry.method === 0 && start + entry.size > source.size)
    throw new Errno("EIO", "the archive ends within the file");
  return start;
}
