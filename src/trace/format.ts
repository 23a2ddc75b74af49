import { SallyportError } from "../errors.js";

/**
 * The file of a trace: everything a guest asked for, and what it was answered, as bytes of the wire.
 *
 *     "SALLYTRC"  u32 length, u32 crc32, a header in JSON
 *     blocks:     u32 "TBLK", u32 stored bytes, u32 raw bytes, u32 records, u64 number of the first, u32 crc32 of what is stored,
 *                 u32 crc32 of these 28 bytes; then the records, deflated
 *     an end:     u32 "TEND", u32 blocks, u64 records, u32 1 when it was cut at its limit, for each block u64 offset and u64 number of
 *                 its first record, u32 crc32; u64 where the end begins, "SALLYEND"
 *
 * All integers are little-endian. A file without an end (its writer was killed) is read up to its last whole block.
 *
 *     record:     u16 operation, u8 1: answered, 2: redacted, u16 errno, u8 signal, then as varints: ns since the record before, ns
 *                 until the answer, bytes of request, bytes of answer; then these bytes
 */
export const MAGIC = "SALLYTRC";
export const END_MAGIC = "SALLYEND";
export const BLOCK = 0x4b4c_4254;
export const END = 0x444e_4554;
export const VERSION = 1;

export const BLOCK_HEADER = 32;
/** A block is written when its records have so many bytes. */
export const BLOCK_SIZE = 65_536;
/** Most bytes of a block's records: one of the largest may have to fit. */
export const BLOCK_MAX = 8 * 2 ** 20;
export const HEADER_MAX = 65_536;

/** What a trace says of itself. */
export interface TraceHeader {
  readonly version: typeof VERSION;
  /** What was run: "python", or a program's kind. */
  readonly program: string;
  /** Bytes of memory that the guest had. */
  readonly memory: number;
  /** SHA-256 of the image it started from, in hexadecimal; "" without one. */
  readonly image: string;
  /** Whether records tell times. */
  readonly times: boolean;
}

/** One operation of a trace. */
export interface TraceRecord {
  /** Its place in the trace, from 0. */
  readonly index: number;
  /** The operation's number on the wire. */
  readonly operation: number;
  readonly request: Uint8Array;
  /** None where the guest left, or was ended, with this operation. */
  readonly answer:
    | { readonly errno: number; readonly signal: number; readonly payload: Uint8Array }
    | undefined;
  /** Data was left out: it cannot be replayed. */
  readonly redacted: boolean;
  /** Nanoseconds since the first record, and until the answer. */
  readonly at: number;
  readonly duration: number;
}

/** A trace is damaged, is none, or cannot be replayed. */
export class TraceError extends SallyportError {
  override readonly name = "TraceError";

  constructor(message: string, options?: ErrorOptions) {
    super("ERR_TRACE", message, options);
  }
}

/** Room for varints and records that grows. */
export class Growing {
  #bytes = Buffer.allocUnsafe(BLOCK_SIZE);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  u16(value: number): void {
    this.byte(value & 0xff);
    this.byte(value >> 8);
  }

  /** 0 to 2^53 - 1, in 7 bits a byte. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.byte((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  put(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + more));
    larger.set(this.bytes);
    this.#bytes = larger;
  }
}

/** Reads what `Growing` wrote; every step is checked. */
export class Reading {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get ended(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw new TraceError("a record ends too soon");
    this.#at += 1;
    return value;
  }

  u16(): number {
    return this.byte() | (this.byte() << 8);
  }

  varint(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (value > Number.MAX_SAFE_INTEGER) throw new TraceError("a number in a record is too large");
      if (byte < 128) return value;
      factor *= 128;
    }
  }

  take(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw new TraceError("a record is longer than its block");
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }
}
