import { inflateRawSync } from "node:zlib";
import * as v from "valibot";
import { ByteReader } from "../wire/bytes.js";
import { crc32 } from "../wire/crc32.js";
import { decodeEvent, type TraceEvent } from "./events.js";
import {
  ANSWERED,
  BLOCK,
  BLOCK_HEADER,
  BLOCK_MAX,
  BLOCKS_MAX,
  damagedRecord,
  END,
  END_MAGIC,
  EVENT,
  HEADER_MAX,
  MAGIC,
  REDACTED,
  TraceError,
  type TraceHeader,
  type TraceRecord,
  VERSION,
} from "./format.js";
import { bytesSource, fileSource, type Source, tooShort } from "./source.js";

const hash = v.pipe(v.string(), v.regex(/^([0-9a-f]{64})?$/));
const headerSchema = v.object({
  version: v.literal(VERSION),
  program: v.string(),
  memory: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  image: hash,
  code: hash,
  engine: v.string(),
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
  /** Where its records begin in the file. */
  readonly offset: number;
  readonly first: number;
  readonly operations: number;
  /** The time from which its first record's counts, in ns. */
  readonly at: number;
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
  readonly #source: Source;
  readonly #blocks: readonly Block[];

  /** Takes a file's name, or its bytes. Throws TraceError for what is no trace, and what the system says of a file. */
  constructor(file: string | Uint8Array) {
    this.#source = typeof file === "string" ? fileSource(file) : bytesSource(file);
    try {
      const { size } = this.#source;
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
      this.#source.close();
      throw error;
    }
  }

  /** How many operations there are. */
  get length(): number {
    const last = this.#blocks.at(-1);
    return last === undefined ? 0 : last.first + last.operations;
  }

  /** The operations from one on, in order. Throws TraceError where a block is damaged. */
  *records(from = 0): Generator<TraceRecord, void> {
    for (const entry of this.entries(from)) if (entry.kind === "operation") yield entry;
  }

  /** The same, with what happened between them; what comes right before the first operation is among it. */
  *entries(from = 0): Generator<TraceRecord | TraceEvent, void> {
    for (const block of this.#blocks) {
      if (block.first + block.operations < from) continue;
      const reading = new ByteReader(this.#content(block), damagedRecord);
      let index = block.first;
      let { at } = block;
      while (!reading.ended) {
        const entry = readEntry(reading, index, at);
        at = entry.at;
        if (entry.kind === "operation") index += 1;
        if (entry.kind === "operation" ? entry.index >= from : entry.before >= from) yield entry;
      }
      if (index !== block.first + block.operations) {
        throw new TraceError("a block has another number of operations than it says");
      }
    }
  }

  [Symbol.dispose](): void {
    this.#source.close();
  }

  /** Finds the blocks; answers where they end. */
  #scan(from: number, size: number, blocks: Block[]): number {
    let at = from;
    let first = 0;
    while (at + BLOCK_HEADER <= size) {
      const header = this.#read(at, BLOCK_HEADER, size);
      if (header.readUInt32LE(0) !== BLOCK || header.readUInt32LE(36) !== crc32(header.subarray(0, 36)))
        break;
      const [stored, raw, operations] = [
        header.readUInt32LE(4),
        header.readUInt32LE(8),
        header.readUInt32LE(12),
      ];
      if (raw > BLOCK_MAX || stored > BLOCK_MAX || operations > raw)
        throw new TraceError("a block is too large");
      if (raw === 0) throw new TraceError("a block is empty");
      if (blocks.length >= BLOCKS_MAX) throw new TraceError("the trace has too many blocks");
      if (header.readBigUInt64LE(16) !== BigInt(first)) throw new TraceError("a block is missing");
      if (at + BLOCK_HEADER + stored > size) break;
      const begins = header.readBigUInt64LE(24);
      if (begins > Number.MAX_SAFE_INTEGER) throw new TraceError("a block's time is out of range");
      const [offset, crc] = [at + BLOCK_HEADER, header.readUInt32LE(32)];
      blocks.push({ offset, first, operations, at: Number(begins), stored, raw, crc });
      first += operations;
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

  #content({ offset, stored, raw, crc }: Block): Buffer {
    const bytes = this.#read(offset, stored, offset + stored);
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
    if (at + length > size) throw tooShort();
    return this.#source.read(at, length);
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

const readEntry = (reading: ByteReader, index: number, before: number): TraceRecord | TraceEvent => {
  const operation = reading.u16();
  const flags = reading.u8();
  if (flags > (ANSWERED | REDACTED) && flags !== EVENT)
    throw new TraceError(`operation ${index} has flags that are none`);
  const errno = reading.u16();
  const signal = reading.u8();
  const at = Math.min(before + reading.number(), Number.MAX_SAFE_INTEGER);
  const duration = reading.number();
  const requestLength = reading.number();
  const answerLength = reading.number();
  const request = reading.raw(requestLength);
  const payload = reading.raw(answerLength);
  if (flags === EVENT) return decodeEvent(operation, request, index, at);
  return {
    kind: "operation",
    index,
    operation,
    request,
    answer: (flags & ANSWERED) === 0 ? undefined : { errno, signal, payload },
    redacted: (flags & REDACTED) !== 0,
    at,
    duration,
  };
};
