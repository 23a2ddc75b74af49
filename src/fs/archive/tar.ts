import type { EntryContents, Index } from "./index.js";
import { ArchiveError, bytesAt, type Source, slice } from "./source.js";

const BLOCK = 512;
/** The longest extended header or long name that is taken, in bytes. */
const LONGEST_EXTENSION = 1 << 20;
/** The most keys of extended headers at a time. */
const MOST_KEYS = 256;
/** Links, devices, directories and pipes: what their headers give as size means nothing. */
const WITHOUT_DATA = "123456";
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

const text = (header: Uint8Array, offset: number, length: number): string => {
  const field = header.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return decoder.decode(end < 0 ? field : field.subarray(0, end));
};

/** A number: octal digits, or (its first bit set) big-endian binary. */
function number(header: Uint8Array, offset: number, length: number): number {
  const first = header[offset] ?? 0;
  if ((first & 0x80) !== 0) {
    let value = 0;
    for (const byte of header.subarray(offset + 1, offset + length)) value = value * 256 + byte;
    if ((first & 0x40) !== 0 || !Number.isSafeInteger(value))
      throw new ArchiveError("a number in it is out of range");
    return value;
  }
  const digits = text(header, offset, length).trim();
  if (digits === "") return 0;
  if (!/^[0-7]+$/.test(digits)) throw new ArchiveError("a number in it is none");
  return Number.parseInt(digits, 8);
}

function checked(header: Uint8Array): boolean {
  let sum = 8 * 32;
  for (const [at, byte] of header.entries()) if (at < 148 || at >= 156) sum += byte;
  return sum === number(header, 148, 8);
}

/** Records "length key=value\n" of an extended header. */
function records(bytes: Uint8Array): Map<string, string> {
  const found = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at);
    const length = space < 0 ? Number.NaN : Number(decoder.decode(bytes.subarray(at, space)));
    if (!Number.isSafeInteger(length) || length <= space - at || at + length > bytes.length) {
      throw new ArchiveError("an extended header of it is broken");
    }
    const record = decoder.decode(bytes.subarray(space + 1, at + length - 1));
    const equals = record.indexOf("=");
    if (equals > 0) found.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return found;
}

function nanoseconds(seconds: string | undefined, otherwise: number): bigint {
  const [, whole, fraction = ""] = /^(-?\d{1,11})(?:\.(\d*))?$/.exec(seconds ?? "") ?? [];
  if (whole === undefined) return BigInt(otherwise) * 1_000_000_000n;
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
}

/** Reads the headers of a tar file (ustar, pax, GNU) into an index; contents stay where they are. */
export function indexTar(source: Source, index: Index): void {
  const general = new Map<string, string>();
  let own = new Map<string, string>();
  for (let at = 0; at + BLOCK <= source.size; ) {
    const header = bytesAt(source, at, BLOCK);
    if (header.every((byte) => byte === 0)) return;
    if (!checked(header)) throw new ArchiveError(`the header at byte ${at} has a wrong checksum`);
    const type = String.fromCharCode(header[156] ?? 0);
    const declared = own.get("size") ?? general.get("size");
    const size = declared === undefined || "xgLK".includes(type) ? number(header, 124, 12) : Number(declared);
    if (!Number.isSafeInteger(size) || size < 0) throw new ArchiveError("a size in it is none");
    const data = at + BLOCK;
    const stored = WITHOUT_DATA.includes(type) ? 0 : size;
    if (data + stored > source.size) throw new ArchiveError("it ends within a file");
    at = data + Math.ceil(stored / BLOCK) * BLOCK;
    if ("xgLK".includes(type)) {
      if (size > LONGEST_EXTENSION) throw new ArchiveError(`an extended header of ${size} bytes is too long`);
      const bytes = bytesAt(source, data, size);
      if (type === "g") for (const [key, value] of records(bytes)) general.set(key, value);
      else if (type === "x") own = new Map([...own, ...records(bytes)]);
      else own.set(type === "L" ? "path" : "linkpath", text(bytes, 0, bytes.length));
      if (general.size > MOST_KEYS || own.size > MOST_KEYS)
        throw new ArchiveError("it has too many extended headers");
      continue;
    }
    const of = (key: string): string | undefined => own.get(key) ?? general.get(key);
    addEntry(source, index, { bytes: header, type, data, size, of });
    own = new Map();
  }
}

interface Header {
  readonly bytes: Uint8Array;
  readonly type: string;
  /** Where the contents are, and how long. */
  readonly data: number;
  readonly size: number;
  /** What extended headers say. */
  of(key: string): string | undefined;
}

function addEntry(source: Source, index: Index, header: Header): void {
  const { bytes, of } = header;
  const prefix = text(bytes, 257, 5) === "ustar" && bytes[262] === 0 ? text(bytes, 345, 155) : "";
  const short = text(bytes, 0, 100);
  const path = of("path") ?? (prefix === "" ? short : `${prefix}/${short}`);
  const attributes = { mode: number(bytes, 100, 8), mtime: nanoseconds(of("mtime"), number(bytes, 136, 12)) };
  const contents = contentsOf(source, header, path);
  if (contents === undefined) index.skip();
  else index.add(path, attributes, contents);
}

function contentsOf(source: Source, header: Header, path: string): EntryContents | undefined {
  const { bytes, type, data, size, of } = header;
  // Sparse files hold a map of themselves, not their contents.
  if (of("GNU.sparse.major") !== undefined || of("GNU.sparse.map") !== undefined) return undefined;
  const target = of("linkpath") ?? text(bytes, 157, 100);
  switch (type) {
    case "\0":
    case "0":
    case "7":
      if (path.endsWith("/")) return { type: "directory" };
      return { type: "file", size, open: () => slice(source, data, size) };
    case "1":
      return { type: "hardlink", target };
    case "2":
      return { type: "symlink", target };
    case "5":
      return { type: "directory" };
    case "6":
      return { type: "fifo" };
    default:
      return undefined;
  }
}
