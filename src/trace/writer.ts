import { closeSync, openSync, writeSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { ByteWriter } from "../wire/bytes.js";
import { crc32 } from "../wire/crc32.js";
import { type EventBody, encodeEvent } from "./events.js";
import {
  ANSWERED,
  BLOCK,
  BLOCK_HEADER,
  BLOCK_MAX,
  BLOCK_SIZE,
  BLOCKS_MAX,
  END,
  END_MAGIC,
  EVENT,
  MAGIC,
  REDACTED,
  type TraceHeader,
  type TraceRecord,
  VERSION,
} from "./format.js";

/** How a trace is written. */
export interface TraceOptions {
  /** Most bytes of the file; what comes after is left out, and the end says so. Default: 4 GiB. */
  readonly limit?: number;
  /** Record times. Without, the traces of two equal runs are equal. Default: true. */
  readonly times?: boolean;
  /**
   * Whether an operation's arguments (paths and data) and its answer are replaced by zeros; their lengths stay. `args()` gives its
   * arguments. Such a trace cannot be replayed.
   */
  readonly redact?: (operation: string, args: () => Readonly<Record<string, unknown>>) => boolean;
}

/** A record to write; times are since the writer began. */
export type Written = Omit<TraceRecord, "kind" | "index">;

/** An answer as it is written: its payload may stand in several parts. */
interface Answered {
  readonly errno: number;
  readonly signal: number;
  readonly payload: readonly Uint8Array[];
}

const UNANSWERED: Answered = { errno: 0, signal: 0, payload: [] };
const DEFAULT_LIMIT = 4 * 2 ** 30;
/** Bytes that a record takes at most beside its data, and the end beside its list of blocks. */
const RECORD_ROOM = 64;
const END_ROOM = 64;

/**
 * Writes a trace as it happens: block by block, each at once, so that a writer that is killed loses its last block at
 * most.
 */
export class TraceWriter implements Disposable {
  readonly #fd: number;
  readonly #limit: number;
  readonly #times: boolean;
  readonly #block = new ByteWriter(BLOCK_SIZE);
  readonly #index: { readonly offset: number; readonly first: number }[] = [];
  /** Time of the last record, and of the last one before this block. */
  #before = 0;
  #begins = 0;
  #offset = 0;
  #records = 0;
  #first = 0;
  #cut = false;
  #closed = false;

  /** Makes the file, or empties it. Throws what the system says where that cannot be. */
  constructor(file: string, header: Omit<TraceHeader, "version" | "times">, options: TraceOptions = {}) {
    this.#limit = options.limit ?? DEFAULT_LIMIT;
    this.#times = options.times ?? true;
    this.#fd = openSync(file, "w", 0o600);
    const text = Buffer.from(JSON.stringify({ version: VERSION, ...header, times: this.#times }));
    const start = Buffer.alloc(16);
    start.write(MAGIC);
    start.writeUInt32LE(text.length, 8);
    start.writeUInt32LE(crc32(text), 12);
    this.#write(Buffer.concat([start, text]));
  }

  /** How many operations it has. */
  get records(): number {
    return this.#records;
  }

  /** Adds an operation. Once the limit is reached nothing more is added. */
  add({ answer, ...written }: Written): void {
    this.put(written, answer && { ...answer, payload: [answer.payload] });
  }

  /** The same for an answer whose payload stands in parts. */
  put(
    { operation, request, redacted, at, duration }: Omit<Written, "answer">,
    answer: Answered | undefined,
  ): void {
    const { errno, signal, payload } = answer ?? UNANSWERED;
    let length = 0;
    for (const part of payload) length += part.length;
    if (!this.#room(request.length + length)) return;
    const block = this.#block;
    block.u16(operation);
    block.u8((answer === undefined ? 0 : ANSWERED) | (redacted ? REDACTED : 0));
    block.u16(errno);
    block.u8(signal);
    this.#time(at);
    block.number(this.#times ? Math.max(0, Math.round(duration)) : 0);
    block.number(request.length);
    block.number(length);
    block.raw(request);
    for (const part of payload) block.raw(part);
    this.#records += 1;
    if (block.length >= BLOCK_SIZE) this.flush();
  }

  /** Adds what happened before the next operation; `at` is as an operation's. */
  event(event: EventBody, at: number): void {
    const { number, bytes } = encodeEvent(event);
    if (!this.#room(bytes.length)) return;
    const block = this.#block;
    block.u16(number);
    block.u8(EVENT);
    block.u16(0);
    block.u8(0);
    this.#time(at);
    block.number(0);
    block.number(bytes.length);
    block.number(0);
    block.raw(bytes);
    if (block.length >= BLOCK_SIZE) this.flush();
  }

  /** Writes what was added since the last block. */
  flush(): void {
    const raw = this.#block.bytes;
    if (raw.length === 0 || this.#closed) return;
    const stored = deflateRawSync(raw, { level: 1 });
    const header = Buffer.alloc(BLOCK_HEADER);
    header.writeUInt32LE(BLOCK, 0);
    header.writeUInt32LE(stored.length, 4);
    header.writeUInt32LE(raw.length, 8);
    header.writeUInt32LE(this.#records - this.#first, 12);
    header.writeBigUInt64LE(BigInt(this.#first), 16);
    header.writeBigUInt64LE(BigInt(this.#begins), 24);
    header.writeUInt32LE(crc32(stored), 32);
    header.writeUInt32LE(crc32(header.subarray(0, 36)), 36);
    this.#index.push({ offset: this.#offset, first: this.#first });
    this.#first = this.#records;
    this.#begins = this.#before;
    this.#block.clear();
    this.#write(Buffer.concat([header, stored]));
  }

  /** Writes the last block and the end. */
  close(): void {
    if (this.#closed) return;
    this.flush();
    const begin = this.#offset;
    const end = Buffer.alloc(20 + 16 * this.#index.length);
    end.writeUInt32LE(END, 0);
    end.writeUInt32LE(this.#index.length, 4);
    end.writeBigUInt64LE(BigInt(this.#records), 8);
    end.writeUInt32LE(this.#cut ? 1 : 0, 16);
    for (const [at, { offset, first }] of this.#index.entries()) {
      end.writeBigUInt64LE(BigInt(offset), 20 + 16 * at);
      end.writeBigUInt64LE(BigInt(first), 28 + 16 * at);
    }
    const tail = Buffer.alloc(20);
    tail.writeUInt32LE(crc32(end), 0);
    tail.writeBigUInt64LE(BigInt(begin), 4);
    tail.write(END_MAGIC, 12);
    this.#write(Buffer.concat([end, tail]));
    this.#closed = true;
    closeSync(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Makes room for a record with so much data. Answers false where the trace is at its end. */
  #room(data: number): boolean {
    if (this.#closed || this.#cut) return false;
    const size = data + RECORD_ROOM;
    const index = 16 * (this.#index.length + 1) + END_ROOM;
    if (
      this.#offset + this.#block.length + size + index > this.#limit ||
      this.#index.length >= BLOCKS_MAX - 1
    ) {
      this.#cut = true;
      return false;
    }
    if (this.#block.length > 0 && this.#block.length + size > BLOCK_MAX) this.flush();
    return true;
  }

  #time(at: number): void {
    const now = this.#times ? Math.max(this.#before, Math.round(at)) : 0;
    this.#block.number(now - this.#before);
    this.#before = now;
  }

  #write(bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done);
    this.#offset += bytes.length;
  }
}
