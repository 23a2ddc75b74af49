import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import * as v from "valibot";
import { crc32 } from "./checksum.js";
import {
  BLOCK,
  BLOCK_HEADER,
  BLOCK_MAX,
  END,
  END_MAGIC,
  HEADER_MAX,
  MAGIC,
  Reading,
  TraceError,
  type TraceHeader,
  type TraceRecord,
  VERSION,
} from "./format.js";

const headerSchema = v.object({
  version: v.literal(VERSION),
  program: v.string(),
  memory: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  image: v.pipe(v.string(), v.regex(/^([0-9a-f]{64})?$/)),
  times: v.boolean(),
});

/** How a trace ends. */
export type Ending =
  /** Its writer closed it. */
  | "whole"
  /** Its writer reached its limit: the rest of the run is not in it. */
  | "cut"
  /** Its writer was killed, or something behind the last whole block is damaged. */
  | "broken";

interface Block {
  readonly at: number;
  readonly first: number;
  readonly records: number;
  readonly stored: number;
  readonly raw: number;
  readonly crc: number;
}

const END_FIXED = 20;
const TAIL = 20;

/** A trace that is read from a file, which may come from anywhere: all of it is checked. */
export class TraceReader implements Disposable {
  readonly header: TraceHeader;
  readonly ending: Ending;
  readonly #fd: number;
  readonly #blocks: readonly Block[];

  /** Throws TraceError for what is no trace, and what the system says of a file that cannot be read. */
  constructor(file: string) {
    this.#fd = openSync(file, "r");
    try {
      const { size } = fstatSync(this.#fd);
      const start = this.#read(0, 16, size);
      if (start.toString("latin1", 0, 8) !== MAGIC) throw new TraceError("the file is no trace");
      const length = start.readUInt32LE(8);
      if (length > HEADER_MAX) throw new TraceError("the trace's header is too long");
      const text = this.#read(16, length, size);
      if (crc32(text) !== start.readUInt32LE(12)) throw new TraceError("the trace's header is damaged");
      this.header = parseHeader(text);
      const blocks: Block[] = [];
      const end = this.#scan(16 + length, size, blocks);
      this.#blocks = blocks;
      this.ending = this.#ending(end, size);
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  /** How many records there are. */
  get length(): number {
    const last = this.#blocks.at(-1);
    return last === undefined ? 0 : last.first + last.records;
  }

  /** The records from one on, in order. Throws TraceError where a block is damaged. */
  *records(from = 0): Generator<TraceRecord, void> {
    let at = 0;
    for (const block of this.#blocks) {
      // Times count from record to record: they are known only from the first on.
      const reading = new Reading(this.#content(block));
      for (let number = 0; number < block.records; number += 1) {
        const record = readRecord(reading, block.first + number, at);
        at = record.at;
        if (record.index >= from) yield record;
      }
      if (!reading.ended) throw new TraceError("a block has more than its records");
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  /** Finds the blocks; answers where they end. */
  #scan(from: number, size: number, blocks: Block[]): number {
    let at = from;
    let first = 0;
    while (at + BLOCK_HEADER <= size) {
      const header = this.#read(at, BLOCK_HEADER, size);
      if (header.readUInt32LE(0) !== BLOCK || header.readUInt32LE(28) !== crc32(header.subarray(0, 28)))
        break;
      const [stored, raw, records] = [
        header.readUInt32LE(4),
        header.readUInt32LE(8),
        header.readUInt32LE(12),
      ];
      if (raw > BLOCK_MAX || stored > BLOCK_MAX || records > raw)
        throw new TraceError("a block is too large");
      if (header.readBigUInt64LE(16) !== BigInt(first)) throw new TraceError("a block is missing");
      if (at + BLOCK_HEADER + stored > size) break;
      blocks.push({ at: at + BLOCK_HEADER, first, records, stored, raw, crc: header.readUInt32LE(24) });
      first += records;
      at += BLOCK_HEADER + stored;
    }
    return at;
  }

  #ending(at: number, size: number): Ending {
    const length = END_FIXED + 16 * this.#blocks.length;
    if (size !== at + length + TAIL) return "broken";
    const end = this.#read(at, length, size);
    const tail = this.#read(at + length, TAIL, size);
    const right =
      end.readUInt32LE(0) === END &&
      end.readUInt32LE(4) === this.#blocks.length &&
      end.readBigUInt64LE(8) === BigInt(this.length) &&
      tail.readUInt32LE(0) === crc32(end) &&
      tail.readBigUInt64LE(4) === BigInt(at) &&
      tail.toString("latin1", 12) === END_MAGIC;
    if (!right) return "broken";
    return end.readUInt32LE(16) === 0 ? "whole" : "cut";
  }

  #content({ at, stored, raw, crc }: Block): Buffer {
    const bytes = this.#read(at, stored, at + stored);
    if (crc32(bytes) !== crc) throw new TraceError("a block is damaged");
    let content: Buffer;
    try {
      content = inflateRawSync(bytes, { maxOutputLength: Math.max(raw, 1) });
    } catch (error) {
      throw new TraceError("a block cannot be inflated", { cause: error });
    }
    if (content.length !== raw) throw new TraceError("a block has another length than it says");
    return content;
  }

  #read(at: number, length: number, size: number): Buffer {
    if (at + length > size) throw new TraceError("the file ends too soon");
    const bytes = Buffer.alloc(length);
    let done = 0;
    while (done < length) {
      const read = readSync(this.#fd, bytes, done, length - done, at + done);
      if (read === 0) throw new TraceError("the file ends too soon");
      done += read;
    }
    return bytes;
  }
}

const parseHeader = (text: Buffer): TraceHeader => {
  let value: unknown;
  try {
    value = JSON.parse(text.toString("utf8"));
  } catch (error) {
    throw new TraceError("the trace's header is no JSON", { cause: error });
  }
  const parsed = v.safeParse(headerSchema, value);
  if (!parsed.success) throw new TraceError(`the trace's header is not right: ${parsed.issues[0].message}`);
  return parsed.output;
};

const readRecord = (reading: Reading, index: number, before: number): TraceRecord => {
  const operation = reading.u16();
  const flags = reading.byte();
  if (flags > 3) throw new TraceError(`record ${index} has flags that are none`);
  const errno = reading.u16();
  const signal = reading.byte();
  const at = before + reading.varint();
  const duration = reading.varint();
  const requestLength = reading.varint();
  const answerLength = reading.varint();
  const request = reading.take(requestLength);
  const payload = reading.take(answerLength);
  return {
    index,
    operation,
    request,
    answer: (flags & 1) === 0 ? undefined : { errno, signal, payload },
    redacted: (flags & 2) !== 0,
    at,
    duration,
  };
};
