/**
 * The small bytes of files: traces and journals are made of them. Integers are little-endian, numbers of unknown size 7 bits a byte.
 */

const FIRST = 4096;
/** A large part is no reason to keep its room for ever. */
const KEPT = 1 << 20;

/** Bytes in the making, in room that grows and is used again. */
export class ByteWriter {
  readonly #first: number;
  #bytes: Buffer;
  #length = 0;

  /** `first`: bytes of room to begin with. */
  constructor(first = FIRST) {
    this.#first = first;
    this.#bytes = Buffer.allocUnsafeSlow(first);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written: a view, valid until the next write. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > KEPT) this.#bytes = Buffer.allocUnsafeSlow(this.#first);
  }

  u8(value: number): this {
    this.#room(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  u16(value: number): this {
    this.#room(2);
    this.#bytes[this.#length++] = value;
    this.#bytes[this.#length++] = value >> 8;
    return this;
  }

  u32(value: number): this {
    this.#room(4);
    this.#length = this.#bytes.writeUInt32LE(value, this.#length);
    return this;
  }

  i64(value: bigint): this {
    this.#room(8);
    this.#length = this.#bytes.writeBigInt64LE(value, this.#length);
    return this;
  }

  /** 0 to 2^53 - 1; what is beyond (figures of file systems may be anything) becomes the next of these. */
  number(value: number): this {
    let rest = Math.min(Math.max(Math.floor(value) || 0, 0), Number.MAX_SAFE_INTEGER);
    this.#room(8);
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
    return this;
  }

  /** Bytes, with their length in front. */
  data(bytes: Uint8Array): this {
    return this.number(bytes.length).raw(bytes);
  }

  text(text: string): this {
    return this.data(Buffer.from(text));
  }

  raw(bytes: Uint8Array): this {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + more));
    larger.set(this.bytes);
    this.#bytes = larger;
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads what `ByteWriter` wrote; every step is checked, and throws what is made of what is wrong. */
export class ByteReader {
  readonly #bytes: Buffer;
  readonly #damaged: (what: string) => Error;
  #at = 0;

  constructor(bytes: Uint8Array, damaged: (what: string) => Error) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#damaged = damaged;
  }

  get ended(): boolean {
    return this.#at === this.#bytes.length;
  }

  u8(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw this.#short();
    this.#at += 1;
    return value;
  }

  u16(): number {
    return this.u8() | (this.u8() << 8);
  }

  u32(): number {
    return this.raw(4).readUInt32LE(0);
  }

  i64(): bigint {
    return this.raw(8).readBigInt64LE(0);
  }

  number(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.u8();
      value += (byte & 127) * factor;
      if (value > Number.MAX_SAFE_INTEGER) throw this.#damaged("a number in it is too large");
      if (byte < 128) return value;
    }
  }

  data(): Buffer {
    return this.raw(this.number());
  }

  text(): string {
    const bytes = this.data();
    try {
      return decoder.decode(bytes);
    } catch {
      throw this.#damaged("a text in it is not UTF-8");
    }
  }

  raw(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw this.#short();
    const part = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return part;
  }

  /** All that is left. */
  rest(): Buffer {
    return this.raw(this.#bytes.length - this.#at);
  }

  /** Throws unless all was read. */
  end(): void {
    if (!this.ended) throw this.#damaged("a part of it is longer than it should be");
  }

  #short(): Error {
    return this.#damaged("a part of it ends too soon");
  }
}
