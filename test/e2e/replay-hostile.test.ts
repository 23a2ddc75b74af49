import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { replay } from "../../src/replay/replay.js";
import { Sandbox } from "../../src/sandbox.js";
import { TraceError, type TraceRecord } from "../../src/trace/format.js";
import { TraceReader } from "../../src/trace/reader.js";
import { TraceWriter } from "../../src/trace/writer.js";

const directory = mkdtempSync(join(tmpdir(), "sallyport-hostile-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A replay of what somebody made may take so long (ms): the guest may have been told to compute for ever. */
const PATIENCE = 5000;

const record = async (): Promise<string> => {
  const file = join(directory, "healthy.trace");
  await using sandbox = await Sandbox.create({
    record: file,
    functions: { add: (a: number, b: number) => a + b },
  });
  await sandbox.run(
    "import os, time\nopen('/tmp/x', 'w').write('some text')\nopen('/tmp/x').read(), os.listdir('/')",
  );
  await sandbox.run("print(add(1, 2), time.time())\nos.stat('/none')");
  return file;
};

/** One change that somebody may make to a trace whose checksums are right. */
type Change =
  | {
      readonly kind: "byte";
      readonly part: "request" | "answer";
      readonly place: number;
      readonly to: number;
    }
  | { readonly kind: "cut" | "longer"; readonly size: number }
  | { readonly kind: "errno" | "signal" | "operation"; readonly to: number }
  | { readonly kind: "unanswered" | "missing" | "twice" };

const changes: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("byte" as const),
      part: fc.constantFrom("request" as const, "answer" as const, "answer" as const),
      place: fc.nat(400),
      to: fc.nat(255),
    }),
  },
  fc.record({
    kind: fc.constantFrom("cut" as const, "longer" as const),
    size: fc.integer({ min: 1, max: 40 }),
  }),
  fc.record({ kind: fc.constant("errno" as const), to: fc.integer({ min: 1, max: 200 }) }),
  fc.record({ kind: fc.constant("signal" as const), to: fc.integer({ min: 0, max: 63 }) }),
  fc.record({ kind: fc.constant("operation" as const), to: fc.nat(400) }),
  fc.record({ kind: fc.constantFrom("unanswered" as const, "missing" as const, "twice" as const) }),
);

const changed = (one: TraceRecord, change: Change): readonly TraceRecord[] => {
  const { answer } = one;
  switch (change.kind) {
    case "byte": {
      const bytes = Buffer.from(change.part === "request" ? one.request : (answer?.payload ?? []));
      if (bytes.length > 0) bytes[change.place % bytes.length] = change.to;
      if (change.part === "request") return [{ ...one, request: bytes }];
      return [{ ...one, answer: answer && { ...answer, payload: bytes } }];
    }
    case "cut":
      return [{ ...one, answer: answer && { ...answer, payload: answer.payload.subarray(change.size) } }];
    case "longer":
      return [
        {
          ...one,
          answer: answer && {
            ...answer,
            payload: Buffer.concat([answer.payload, Buffer.alloc(change.size)]),
          },
        },
      ];
    case "errno":
      return [{ ...one, answer: answer && { ...answer, errno: change.to } }];
    case "signal":
      return [{ ...one, answer: answer && { ...answer, signal: change.to } }];
    case "operation":
      return [{ ...one, operation: change.to }];
    case "unanswered":
      return [{ ...one, answer: undefined }];
    case "missing":
      return [];
    case "twice":
      return [one, one];
  }
};

it("a trace that somebody made, whatever is in it, is replayed to an end or an error", async () => {
  const healthy = await record();
  using reader = new TraceReader(healthy);
  const records = [...reader.records()];
  const file = join(directory, "changed.trace");
  const kinds = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.nat(records.length - 1), changes, async (at, change) => {
      {
        using writer = new TraceWriter(file, reader.header);
        for (const [index, one] of records.entries()) {
          for (const each of index === at ? changed(one, change) : [one]) writer.add(each);
        }
      }
      let kind: string;
      try {
        const signal = AbortSignal.timeout(PATIENCE);
        kind = (await replay(file, { signal })).kind;
      } catch (error) {
        if (error instanceof TraceError) kind = "error";
        else if (error instanceof Error && error.name === "TimeoutError") kind = "timeout";
        else throw error;
      }
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }),
    { numRuns: 200, endOnFailure: true },
  );
  expect((kinds.get("different") ?? 0) + (kinds.get("ended") ?? 0)).toBeGreaterThan(20);
  expect(kinds.get("timeout") ?? 0).toBeLessThan(10);
}, 300_000);

it("a trace that was cut anywhere, or damaged anywhere, is replayed up to there, or is an error", async () => {
  const healthy = await record();
  using reader = new TraceReader(healthy);
  const records = [...reader.records()];
  const file = join(directory, "blocks.trace");
  {
    using writer = new TraceWriter(file, reader.header);
    for (const one of records) {
      writer.add(one);
      writer.flush();
    }
  }
  const whole = readFileSync(file);
  for (let step = 1; step < 60; step += 1) {
    const place = Math.floor((whole.length * step) / 60);
    const flipped = new Uint8Array(whole);
    flipped[place] = (flipped[place] ?? 0) ^ 1;
    for (const bytes of [whole.subarray(0, place), flipped]) {
      try {
        const replayed = await replay(bytes);
        expect(replayed).toMatchObject({ kind: "same", ending: "broken" });
        expect(replayed.operations).toBeLessThanOrEqual(records.length);
      } catch (error) {
        expect(error).toBeInstanceOf(TraceError);
      }
    }
  }
}, 120_000);
