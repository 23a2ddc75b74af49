import { closeSync, openSync, writeSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { crc32 } from "./checksum.js";
import {
  BLOCK,
  BLOCK_HEADER,
  BLOCK_MAX,
  BLOCK_SIZE,
  END,
  END_MAGIC,
  Growing,
  MAGIC,
  type TraceHeader,
  VERSION,
} from "./format.js";

export interface TraceOptions {
  /** Most bytes of the file; what comes after is left out, and the end says so. Default: 4 GiB. */
  readonly limit?: number;
  /** Record times. Without, the traces of two equal runs are equal. Default: true. */
  readonly times?: boolean;
  /** Operations, by name, whose data is replaced by zeros. Such a trace cannot be replayed. */
  readonly redact?: (operation: string) => boolean;
}

/** A record to write. */
export interface Written {
  readonly operation: number;
  readonly request: Uint8Array;
  readonly answer:
    | { readonly errno: number; readonly signal: number; readonly payload: Uint8Array }
    | undefined;
  readonly redacted: boolean;
  /** Nanoseconds since the writer began, and until the answer. */
  readonly at: number;
  readonly duration: number;
}

const ANSWERED = 1;
const REDACTED = 2;
const UNANSWERED: NonNullable<Written["answer"]> = { errno: 0, signal: 0, payload: new Uint8Array(0) };
const DEFAULT_LIMIT = 4 * 2 ** 30;
/** Room that the end takes at most, beside its list of blocks. */
const END_ROOM = 64;

/**
 * Writes a trace as it happens: block by block, each at once, so that a writer that is killed loses its last block at
 * most.
 */
export class TraceWriter implements Disposable {
  readonly #fd: number;
  readonly #limit: number;
  readonly #times: boolean;
  readonly #block = new Growing();
  readonly #index: { readonly offset: number; readonly first: number }[] = [];
  #offset = 0;
  #records = 0;
  #first = 0;
  #before = 0;
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

  get records(): number {
    return this.#records;
  }

  /** Adds a record. Once the limit is reached nothing more is added. */
  add({ operation, request, answer, redacted, at, duration }: Written): void {
    if (this.#closed || this.#cut) return;
    const { errno, signal, payload } = answer ?? UNANSWERED;
    const size = request.length + payload.length + END_ROOM;
    if (this.#offset + this.#block.length + size + 16 * this.#index.length > this.#limit) {
      this.#cut = true;
      return;
    }
    if (this.#block.length > 0 && this.#block.length + size > BLOCK_MAX) this.flush();
    const block = this.#block;
    block.u16(operation);
    block.byte((answer === undefined ? 0 : ANSWERED) | (redacted ? REDACTED : 0));
    block.u16(errno);
    block.byte(signal);
    block.varint(this.#times ? Math.max(0, at - this.#before) : 0);
    block.varint(this.#times ? duration : 0);
    block.varint(request.length);
    block.varint(payload.length);
    block.put(request);
    block.put(payload);
    this.#before = Math.max(this.#before, at);
    this.#records += 1;
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
    header.writeUInt32LE(crc32(stored), 24);
    header.writeUInt32LE(crc32(header.subarray(0, 28)), 28);
    this.#index.push({ offset: this.#offset, first: this.#first });
    this.#first = this.#records;
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

  #write(bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done);
    this.#offset += bytes.length;
  }
}
