import { DurableError } from "../errors.js";

const FIRST = 4096;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes in the making. Integers are little-endian, numbers of unknown size 7 bits a byte. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was written: a view, valid until the next write. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
    // A large answer is no reason to keep its room for ever.
    if (this.#bytes.length > 1 << 20) this.#bytes = Buffer.allocUnsafeSlow(FIRST);
  }

  u8(value: number): this {
    this.#room(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  u16(value: number): this {
    this.#room(2);
    this.#length = this.#bytes.writeUInt16LE(value, this.#length);
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
    while (rest >= 128) {
      this.u8((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    return this.u8(rest);
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

const damaged = (what: string): DurableError =>
  new DurableError("damaged", `the journal is damaged: ${what}`);

/** Reads what `ByteWriter` wrote; every step is checked. Throws DurableError. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get ended(): boolean {
    return this.#at === this.#bytes.length;
  }

  u8(): number {
    return this.raw(1).readUInt8(0);
  }

  u16(): number {
    return this.raw(2).readUInt16LE(0);
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
      if (value > Number.MAX_SAFE_INTEGER) throw damaged("a number is too large");
      if (byte < 128) return value;
    }
  }

  data(): Buffer {
    return this.raw(this.number());
  }

  text(): string {
    try {
      return decoder.decode(this.data());
    } catch (error) {
      if (error instanceof DurableError) throw error;
      throw damaged("a text is not UTF-8");
    }
  }

  raw(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw damaged("an entry ends too soon");
    const part = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return part;
  }

  /** Throws unless all was read. */
  end(): void {
    if (!this.ended) throw damaged("an entry is longer than it should be");
  }
}
