/**
 * Plain data as bytes: null, booleans, numbers, bigints of 64 bits, strings, bytes, arrays and objects.
 *
 * Unlike JSON and CBOR it keeps numbers and bigints apart, as the states of kernel and file systems have them. What is
 * decoded may come from anywhere: counts and lengths are checked against what is left, depth against a limit, and
 * no key becomes a property of anything but an object without a prototype.
 */
import { SnapshotError } from "../errors.js";

const TYPE = {
  null: 0,
  false: 1,
  true: 2,
  number: 3,
  bigint: 4,
  string: 5,
  bytes: 6,
  array: 7,
  object: 8,
} as const;
const MAX_DEPTH = 100;
/** Keys that an object may have. */
const MAX_KEYS = 1 << 20;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Pieces of bytes in the making; large ones are not copied. */
class Sink {
  readonly parts: Uint8Array[] = [];
  #small = Buffer.allocUnsafe(1 << 16);
  #used = 0;

  head(type: number, length: number): void {
    this.#room(5);
    this.#small[this.#used] = type;
    this.#small.writeUInt32LE(length, this.#used + 1);
    this.#used += 5;
  }

  type(type: number): void {
    this.#room(1);
    this.#small[this.#used++] = type;
  }

  number(value: number): void {
    this.type(TYPE.number);
    this.#room(8);
    this.#used = this.#small.writeDoubleLE(value, this.#used);
  }

  bigint(value: bigint): void {
    this.type(TYPE.bigint);
    this.#room(8);
    this.#used = this.#small.writeBigInt64LE(value, this.#used);
  }

  raw(bytes: Uint8Array): void {
    if (bytes.byteLength > 4096) {
      this.flush();
      this.parts.push(bytes);
      return;
    }
    this.#room(bytes.byteLength);
    this.#small.set(bytes, this.#used);
    this.#used += bytes.byteLength;
  }

  flush(): void {
    if (this.#used > 0) this.parts.push(this.#small.subarray(0, this.#used));
    this.#small = this.#small.subarray(this.#used);
    this.#used = 0;
  }

  #room(bytes: number): void {
    if (this.#used + bytes <= this.#small.byteLength) return;
    this.flush();
    this.#small = Buffer.allocUnsafe(1 << 16);
  }
}

const write = (sink: Sink, value: unknown): void => {
  switch (typeof value) {
    case "boolean":
      sink.type(value ? TYPE.true : TYPE.false);
      return;
    case "number":
      sink.number(value);
      return;
    case "bigint":
      sink.bigint(value);
      return;
    case "string":
      writeBytes(sink, TYPE.string, encoder.encode(value));
      return;
    case "object":
      if (value === null) sink.type(TYPE.null);
      else if (value instanceof Uint8Array) writeBytes(sink, TYPE.bytes, value);
      else if (Array.isArray(value)) {
        sink.head(TYPE.array, value.length);
        for (const item of value) write(sink, item);
      } else {
        const entries = Object.entries(value);
        sink.head(TYPE.object, entries.length);
        for (const [key, item] of entries) {
          writeBytes(sink, TYPE.string, encoder.encode(key));
          write(sink, item);
        }
      }
      return;
    default:
      throw new TypeError(`a state has a value of type ${typeof value}`);
  }
};

const writeBytes = (sink: Sink, type: number, bytes: Uint8Array): void => {
  sink.head(type, bytes.byteLength);
  sink.raw(bytes);
};

/** The bytes of plain data, in parts; large byte arrays are among them as they are. */
export const encodeData = (value: unknown): readonly Uint8Array[] => {
  const sink = new Sink();
  write(sink, value);
  sink.flush();
  return sink.parts;
};

/** Makes the error for what is wrong with the bytes. */
export type Damaged = (what: string) => Error;

class Source {
  readonly damaged: Damaged;
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array, damaged: Damaged) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.damaged = damaged;
  }

  get left(): number {
    return this.#bytes.byteLength - this.#at;
  }

  take(length: number): Buffer {
    if (length > this.left) throw this.damaged("it ends too early");
    const part = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return part;
  }

  /** A count of things that take at least one byte each. */
  count(): number {
    const count = this.take(4).readUInt32LE(0);
    if (count > this.left) throw this.damaged("a length is beyond its end");
    return count;
  }

  text(): string {
    const encoded = this.take(this.count());
    try {
      return decoder.decode(encoded);
    } catch {
      throw this.damaged("a text is not UTF-8");
    }
  }
}

const damagedSnapshot: Damaged = (what) => new SnapshotError(`the snapshot is damaged: ${what}`);

const read = (source: Source, depth: number): unknown => {
  if (depth > MAX_DEPTH) throw source.damaged("it is nested too deeply");
  const [type] = source.take(1);
  switch (type) {
    case TYPE.null:
      return null;
    case TYPE.false:
      return false;
    case TYPE.true:
      return true;
    case TYPE.number:
      return source.take(8).readDoubleLE(0);
    case TYPE.bigint:
      return source.take(8).readBigInt64LE(0);
    case TYPE.string:
      return source.text();
    case TYPE.bytes: {
      const part = source.take(source.count());
      // A plain view: a Buffer's slice would not copy.
      return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
    }
    case TYPE.array: {
      const items: unknown[] = [];
      for (let left = source.count(); left > 0; left--) items.push(read(source, depth + 1));
      return items;
    }
    case TYPE.object:
      return readObject(source, depth);
    default:
      throw source.damaged(`there is no type ${type}`);
  }
};

const readObject = (source: Source, depth: number): unknown => {
  const count = source.count();
  if (count > MAX_KEYS) throw source.damaged("an object has too many keys");
  const object: Record<string, unknown> = Object.create(null);
  for (let left = count; left > 0; left--) {
    if (source.take(1)[0] !== TYPE.string) throw source.damaged("a key is no text");
    const key = source.text();
    if (key in object) throw source.damaged("a key is there twice");
    object[key] = read(source, depth + 1);
  }
  return object;
};

/** Reads what `encodeData` wrote; byte arrays are views of `bytes`. @throws what `damaged` makes for anything else. */
export const decodeData = (bytes: Uint8Array, damaged: Damaged = damagedSnapshot): unknown => {
  const source = new Source(bytes, damaged);
  const value = read(source, 0);
  if (source.left > 0) throw damaged("there is more than there should be");
  return value;
};
