import { SallyportError } from "../errors.js";

/**
 * The file of a trace: everything a guest asked for, what it was answered, and what else happened to it, as bytes of the wire.
 *
 *     "SALLYTRC"  u32 length, u32 crc32, a header in JSON
 *     blocks:     u32 "TBLK", u32 stored bytes, u32 raw bytes, u32 operations, u64 number of the first, u64 ns at which the time of
 *                 its first record counts on, u32 crc32 of what is stored, u32 crc32 of these 36 bytes; then the records, deflated
 *     an end:     u32 "TEND", u32 blocks, u64 operations, u32 1 when it was cut at its limit, for each block u64 offset and u64 number
 *                 of its first operation, u32 crc32; u64 where the end begins, "SALLYEND"
 *
 * All integers are little-endian. A file without an end (its writer was killed) is read up to its last whole block.
 *
 *     record:     u16 operation, u8 1: answered, 2: redacted, 4: an event, u16 errno, u8 signal, then as varints: ns since the record
 *                 before, ns until the answer, bytes of request, bytes of answer; then these bytes
 *
 * An event is no operation and has no number: instead of the operation stands what it is (see events.ts), and it has no answer.
 */
export const MAGIC = "SALLYTRC";
export const END_MAGIC = "SALLYEND";
export const BLOCK = 0x4b4c_4254;
export const END = 0x444e_4554;
export const VERSION = 2;

export const BLOCK_HEADER = 40;
/** A block is written when its records have so many bytes. */
export const BLOCK_SIZE = 65_536;
/** Most bytes of a block's records: one of the largest may have to fit. */
export const BLOCK_MAX = 8 * 2 ** 20;
/** Most blocks: a reader keeps a few numbers of each. */
export const BLOCKS_MAX = 2 ** 18;
export const HEADER_MAX = 65_536;

export const ANSWERED = 1;
export const REDACTED = 2;
export const EVENT = 4;

/** What a trace says of itself. */
export interface TraceHeader {
  readonly version: typeof VERSION;
  /** What was run: "python", or a program's kind. */
  readonly program: string;
  /** Bytes of memory that the guest had. */
  readonly memory: number;
  /** SHA-256 of the image it started from, in hexadecimal; "" without one. */
  readonly image: string;
  /** SHA-256 of the guest's code, as WebAssembly; "" where that is not known. */
  readonly code: string;
  /** Which engine executed it. A replay may use another. */
  readonly engine: string;
  /** Whether records tell times. */
  readonly times: boolean;
}

/** One operation of a trace. */
export interface TraceRecord {
  readonly kind: "operation";
  /** Its place among the operations, from 0. */
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
  /** Nanoseconds since the trace began, and until the answer. */
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

/** What is wrong with a record's bytes, as an error. */
export const damagedRecord = (what: string): TraceError => new TraceError(`a record is damaged: ${what}`);
