import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { sallyportDialect } from "../../../src/dialects/sallyport.js";
import { decodeRecord } from "../../../src/trace/decode.js";
import { TraceError, type TraceRecord } from "../../../src/trace/format.js";
import { TraceReader } from "../../../src/trace/reader.js";
import { Recording } from "../../../src/trace/recording.js";
import { type TraceOptions, TraceWriter, type Written } from "../../../src/trace/writer.js";
import { crc32, plainCrc32 } from "../../../src/wire/crc32.js";
import { sallyport } from "../../../src/wire/operations.js";
import { joinServers } from "../../../src/wire/serve.js";
import { Frames, type Values } from "../dialects/frames.js";
import { setting } from "../kernel/harness.js";

const directory = mkdtempSync(join(tmpdir(), "sallyport-trace-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const HEADER = { program: "python", memory: 65_536, image: "", code: "", engine: "native" };

let files = 0;
const fresh = (): string => join(directory, `${files++}.trace`);

const written = (file: string, records: readonly Written[], options: TraceOptions = {}): void => {
  using writer = new TraceWriter(file, HEADER, options);
  for (const record of records) writer.add(record);
};

const readAll = (file: string): TraceRecord[] => {
  using reader = new TraceReader(file);
  return [...reader.records()];
};

const recordOf = (index: number, size: number): Written => ({
  operation: sallyport.clock.number,
  request: Buffer.alloc(size % 40, index),
  answer: { errno: index % 5, signal: index % 3, payload: Buffer.alloc(size, index) },
  redacted: false,
  at: index * 1000,
  duration: index,
});

describe("checksums", () => {
  it("are CRC-32, however they are computed", () => {
    const known = Buffer.from("123456789");
    expect([crc32(known), plainCrc32(known)]).toEqual([0xcbf4_3926, 0xcbf4_3926]);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => crc32(bytes) === plainCrc32(bytes)));
  });
});

describe("a trace", () => {
  it("gives back what was written, in one block or many", () => {
    const bytes = fc.uint8Array({ maxLength: 3000 });
    const record = fc.record({
      operation: fc.integer({ min: 0, max: 65_535 }),
      request: bytes,
      answer: fc.option(
        fc.record({
          errno: fc.integer({ min: 0, max: 65_535 }),
          signal: fc.integer({ min: 0, max: 63 }),
          payload: bytes,
        }),
        { nil: undefined },
      ),
      redacted: fc.boolean(),
      duration: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 120 }), (records) => {
        const file = fresh();
        const timed = records.map((one, index) => ({ ...one, at: index * 12_345 }));
        written(file, timed);
        const plain = readAll(file).map(({ index: _, kind: __, request, answer, ...rest }) => ({
          ...rest,
          request: new Uint8Array(request),
          answer: answer && { ...answer, payload: new Uint8Array(answer.payload) },
        }));
        expect(plain).toEqual(timed);
        using reader = new TraceReader(file);
        expect([reader.ending, reader.length]).toEqual(["whole", records.length]);
      }),
      { numRuns: 30 },
    );
  });

  it("can be read from any record on", () => {
    const file = fresh();
    written(
      file,
      Array.from({ length: 500 }, (_, index) => recordOf(index, 700)),
    );
    using reader = new TraceReader(file);
    expect([...reader.records(497)].map(({ index, at }) => [index, at])).toEqual([
      [497, 497_000],
      [498, 498_000],
      [499, 499_000],
    ]);
  });

  it("that was not closed has all but its last block", () => {
    const file = fresh();
    const writer = new TraceWriter(file, HEADER);
    for (let index = 0; index < 1000; index += 1) writer.add(recordOf(index, 500));
    using reader = new TraceReader(file);
    expect(reader.ending).toBe("broken");
    expect(reader.length).toBeGreaterThan(800);
    expect([...reader.records()]).toHaveLength(reader.length);
    writer.close();
    expect(readAll(file)).toHaveLength(1000);
  });

  it("stops at its limit, and says so", () => {
    const file = fresh();
    const random = Array.from({ length: 2000 }, (_, index) => ({
      ...recordOf(index, 0),
      request: crypto.getRandomValues(new Uint8Array(200)),
    }));
    written(file, random, { limit: 200_000 });
    using reader = new TraceReader(file);
    expect(reader.ending).toBe("cut");
    expect(reader.length).toBeLessThan(1000);
    expect(readFileSync(file).length).toBeLessThanOrEqual(200_000);
  });

  it("without times is the same for the same run", () => {
    const [one, two] = [fresh(), fresh()];
    written(one, [recordOf(1, 10), recordOf(2, 10)], { times: false });
    written(two, [{ ...recordOf(1, 10), at: 7, duration: 9 }, recordOf(2, 10)], { times: false });
    expect(readFileSync(one)).toEqual(readFileSync(two));
  });
});

describe("a damaged trace", () => {
  it("of nonsense is an error", () => {
    const file = fresh();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        writeFileSync(file, noise);
        expect(() => new TraceReader(file)).toThrow(TraceError);
      }),
      { numRuns: 200 },
    );
  });
});

describe("recording", () => {
  const traced = async (calls: readonly [keyof typeof sallyport, Values][], options: TraceOptions = {}) => {
    const file = fresh();
    const { kernel } = setting();
    using writer = new TraceWriter(file, HEADER, options);
    const frames = new Frames(new Recording(writer, options).serve(joinServers(sallyportDialect(kernel))), 0);
    const replies = [];
    for (const [name, args] of calls) replies.push(await frames.call(sallyport[name], args));
    writer.close();
    return { replies, records: readAll(file) };
  };

  const calls: readonly [keyof typeof sallyport, Values][] = [
    ["open", { at: -100, path: "/a", flags: 0o102, mode: 0o600 }],
    ["write", { fd: 3, data: "secret" }],
    ["pread", { fd: 3, data: 100_000, offset: 0 }],
    ["stat", { at: -100, path: "/none" }],
    ["fstat", { fd: 3 }],
    ["pipe", {}],
    ["sleep", { id: 1, until: 1_000_000n }],
    ["kill", { pid: 0, signal: 2 }],
    ["exit", { status: 3 }],
  ];

  it("changes no answer, and has every one", async () => {
    const { kernel } = setting();
    const plain = new Frames(joinServers(sallyportDialect(kernel)), 0);
    const expected = [];
    for (const [name, args] of calls) expected.push(await plain.call(sallyport[name], args));
    const { replies, records } = await traced(calls);
    const steady = ({ errno, signal }: { readonly errno: string; readonly signal: number }) => [
      errno,
      signal,
    ];
    expect(replies.map(steady)).toEqual(expected.map(steady));
    const decoded = records.map((record) => decodeRecord(record));
    expect(decoded.map(({ name }) => name)).toEqual(calls.map(([name]) => name));
    expect(decoded[0]).toEqual({
      name: "open",
      args: { at: -100, path: "/a", flags: 0o102, mode: 0o600 },
      outcome: { results: { fd: 3 } },
    });
    expect(decoded[1]?.args["data"]).toEqual(new Uint8Array(Buffer.from("secret")));
    expect(decoded[2]?.outcome).toEqual({
      results: { data: new Uint8Array(Buffer.from("secret")), length: 6 },
    });
    expect(decoded[3]?.outcome).toEqual({ error: "ENOENT" });
    expect(decoded[5]?.outcome).toEqual({ results: { fds: [4, 5] } });
    expect(records[7]?.answer?.signal).toBe(2);
    expect(decoded[8]?.outcome).toBeUndefined();
  });

  it("leaves out what is to be left out", async () => {
    const { records } = await traced(calls, { redact: (operation) => /read|write/.test(operation) });
    const text = Buffer.concat(
      records.flatMap(({ request, answer }) => [request, answer?.payload ?? Buffer.alloc(0)]),
    );
    expect(text.includes("secret")).toBe(false);
    expect(records.filter(({ redacted }) => redacted)).toHaveLength(2);
  });

  it("leaves out paths, arguments and answers by what an operation is given", async () => {
    const { records } = await traced(calls, { redact: (_operation, args) => args()["path"] === "/none" });
    expect(records.map(({ redacted }) => redacted)).toEqual(calls.map(([, { path }]) => path === "/none"));
    const [hidden] = records.filter(({ redacted }) => redacted);
    expect(hidden && decodeRecord(hidden)).toMatchObject({ name: "stat", outcome: { error: "ENOENT" } });
    expect([...(hidden?.request ?? [1])].every((byte) => byte === 0)).toBe(true);
    const text = Buffer.concat(records.map(({ request }) => Buffer.from(request)));
    expect([text.includes("/none"), text.includes("/a"), text.includes("secret")]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it("has events between the operations, at their places", () => {
    const file = fresh();
    {
      using writer = new TraceWriter(file, HEADER);
      writer.event({ kind: "mark", name: "begun", data: Buffer.from("x") }, 5);
      writer.add(recordOf(1, 10));
      writer.event({ kind: "signal", signal: 24, after: 7, cpu: undefined }, 2000);
      writer.flush();
      writer.event({ kind: "signal", signal: 2, after: 8, cpu: 0 }, 3000);
      writer.add(recordOf(4, 10));
      writer.event({ kind: "end", end: { kind: "exit", status: 3 } }, 5000);
    }
    using reader = new TraceReader(file);
    expect([reader.length, reader.ending]).toEqual([2, "whole"]);
    const places = [...reader.entries()].map((entry) => [
      entry.kind,
      "before" in entry ? entry.before : entry.index,
    ]);
    expect(places).toEqual([
      ["mark", 0],
      ["operation", 0],
      ["signal", 1],
      ["signal", 1],
      ["operation", 1],
      ["end", 2],
    ]);
    expect([...reader.entries(1)].map(({ at }) => at)).toEqual([2000, 3000, 4000, 5000]);
    expect([...reader.entries(1)][1]).toEqual({
      kind: "signal",
      signal: 2,
      after: 8,
      cpu: 0,
      before: 1,
      at: 3000,
    });
  });
});
