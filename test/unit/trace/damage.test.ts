import { isDeepStrictEqual } from "node:util";
import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decodeRecord } from "../../../src/trace/decode.js";
import { encodeEvent, type TraceEvent } from "../../../src/trace/events.js";
import {
  BLOCK,
  BLOCK_HEADER,
  BLOCK_MAX,
  BLOCKS_MAX,
  EVENT,
  MAGIC,
  TraceError,
  type TraceRecord,
} from "../../../src/trace/format.js";
import { TraceReader } from "../../../src/trace/reader.js";
import { ByteWriter } from "../../../src/wire/bytes.js";
import { crc32 } from "../../../src/wire/crc32.js";
import { allKinds, traceBytes } from "./kinds.js";

type Entry = TraceRecord | TraceEvent;

const entriesOf = (bytes: Uint8Array): { readonly entries: Entry[]; readonly ending: string } => {
  using reader = new TraceReader(bytes);
  return { entries: [...reader.entries()], ending: reader.ending };
};

/** What comes of reading and decoding: never anything but entries or a TraceError. */
const attempt = (bytes: Uint8Array): Entry[] | TraceError => {
  try {
    const { entries } = entriesOf(bytes);
    for (const entry of entries) if (entry.kind === "operation") decodeRecord(entry);
    return entries;
  } catch (error) {
    if (error instanceof TraceError) return error;
    throw error;
  }
};

/** Every way in which one place of a file is changed. */
function* variantsOf(whole: Uint8Array, step: number): Generator<Uint8Array> {
  for (let at = 0; at < whole.length; at += 1) {
    yield whole.subarray(0, at);
    const byte = whole[at] ?? 0;
    // Each bit flipped, all of them, none left, and values from all over.
    const others = new Set([byte ^ 255, 0, 255]);
    for (let bit = 0; bit < 8; bit += 1) others.add(byte ^ (1 << bit));
    for (let more = step; more < 256; more += step) others.add((byte + more) & 255);
    others.delete(byte);
    for (const other of others) {
      const copy = new Uint8Array(whole);
      copy[at] = other;
      yield copy;
    }
    // A byte is missing, is there twice, or a stretch of zeros came in its place.
    yield Buffer.concat([whole.subarray(0, at), whole.subarray(at + 1)]);
    yield Buffer.concat([whole.subarray(0, at), whole.subarray(at, at + 1), whole.subarray(at)]);
    yield Buffer.concat([whole.subarray(0, at), Buffer.alloc(16), whole.subarray(at + 16)]);
  }
}

describe("a damaged trace", () => {
  it("is an error wherever it is damaged, or ends there: damage is never taken for content", () => {
    const whole = traceBytes(allKinds(), 8);
    const healthy = entriesOf(whole);
    expect(healthy.ending).toBe("whole");
    let variants = 0;
    const taken: number[] = [];
    for (const bytes of variantsOf(whole, 9)) {
      if (Buffer.compare(bytes, whole) === 0) continue;
      variants += 1;
      const found = attempt(bytes);
      if (found instanceof TraceError) continue;
      if (!isDeepStrictEqual(found, healthy.entries.slice(0, found.length))) taken.push(variants);
      using reader = new TraceReader(bytes);
      if (reader.ending !== "broken") taken.push(variants);
    }
    expect(taken).toEqual([]);
    expect(variants).toBeGreaterThan(20_000);
  });

  it("that was made so, with checksums that are right, gives entries or an error", () => {
    const { raw, operations } = rawBlock();
    let variants = 0;
    let errors = 0;
    for (const bytes of variantsOf(raw, 23)) {
      if (bytes.length === 0) continue;
      variants += 1;
      const count = variants % 8 === 0 ? operations - 1 : operations;
      if (attempt(blockFile(bytes, count)) instanceof TraceError) errors += 1;
    }
    expect(variants).toBeGreaterThan(8000);
    expect(errors).toBeGreaterThan(variants / 4);
  });

  it("takes no more memory than its blocks may have", () => {
    // A block that inflates to more than it says, and one that says too much.
    const bomb = deflateRawSync(Buffer.alloc(64 * 2 ** 20));
    for (const raw of [100, BLOCK_MAX, BLOCK_MAX + 1, 0xffff_ffff]) {
      expect(attempt(fileOf([{ stored: bomb, raw, operations: 1, first: 0 }]))).toBeInstanceOf(TraceError);
    }
    // More blocks than one may have are refused before they are looked into.
    const stored = deflateRawSync(Buffer.alloc(1));
    const block = blockOf({ stored, raw: 1, operations: 0, first: 0 });
    const many = Buffer.alloc(block.length * (BLOCKS_MAX + 1), block);
    expect(attempt(Buffer.concat([fileOf([]), many]))).toMatchObject({
      message: "the trace has too many blocks",
    });
  });

  it("of nothing but promises is an error", () => {
    expect(attempt(fileOf([{ stored: Buffer.alloc(0), raw: 0, operations: 0, first: 0 }]))).toBeInstanceOf(
      TraceError,
    );
    expect(
      attempt(fileOf([{ stored: deflateRawSync(Buffer.alloc(9)), raw: 9, operations: 9, first: 0 }])),
    ).toBeInstanceOf(TraceError);
    expect(
      attempt(fileOf([{ stored: deflateRawSync(Buffer.alloc(9)), raw: 9, operations: 9, first: 1 }])),
    ).toBeInstanceOf(TraceError);
  });
});

const HEADER = Buffer.from(
  JSON.stringify({
    version: 2,
    program: "python",
    memory: 65_536,
    image: "",
    code: "",
    engine: "native",
    times: true,
  }),
);

interface Made {
  readonly stored: Uint8Array;
  readonly raw: number;
  readonly operations: number;
  readonly first: number;
}

const blockOf = ({ stored, raw, operations, first }: Made): Buffer => {
  const header = Buffer.alloc(BLOCK_HEADER);
  header.writeUInt32LE(BLOCK, 0);
  header.writeUInt32LE(stored.length, 4);
  header.writeUInt32LE(raw, 8);
  header.writeUInt32LE(operations, 12);
  header.writeBigUInt64LE(BigInt(first), 16);
  header.writeUInt32LE(crc32(stored), 32);
  header.writeUInt32LE(crc32(header.subarray(0, 36)), 36);
  return Buffer.concat([header, stored]);
};

/** A trace without an end, of blocks whose checksums are right. */
const fileOf = (blocks: readonly Made[]): Buffer => {
  const start = Buffer.alloc(16);
  start.write(MAGIC);
  start.writeUInt32LE(HEADER.length, 8);
  start.writeUInt32LE(crc32(HEADER), 12);
  return Buffer.concat([start, HEADER, ...blocks.map(blockOf)]);
};

const blockFile = (raw: Uint8Array, operations: number): Buffer =>
  fileOf([{ stored: deflateRawSync(raw, { level: 1 }), raw: raw.length, operations, first: 0 }]);

/** The records of a block of all kinds, before they are deflated. */
const rawBlock = (): { readonly raw: Buffer; readonly operations: number } => {
  const into = new ByteWriter();
  let operations = 0;
  for (const { event, record } of allKinds()) {
    const body = event === undefined ? undefined : encodeEvent(event);
    into.u16(body?.number ?? record?.operation ?? 0);
    into.u8(body === undefined ? (record?.answer === undefined ? 0 : 1) | (record?.redacted ? 2 : 0) : EVENT);
    into.u16(record?.answer?.errno ?? 0);
    into.u8(record?.answer?.signal ?? 0);
    into.number(1000);
    into.number(300);
    const request = body?.bytes ?? record?.request ?? new Uint8Array(0);
    const payload = record?.answer?.payload ?? new Uint8Array(0);
    into.number(request.length);
    into.number(payload.length);
    into.raw(request);
    into.raw(payload);
    if (body === undefined) operations += 1;
  }
  return { raw: Buffer.from(into.bytes), operations };
};
