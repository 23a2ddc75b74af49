import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { type Entry, ITEM } from "../../../src/durable/format.js";
import { Journal, type JournalOptions } from "../../../src/durable/journal.js";
import type { Recorded } from "../../../src/durable/past.js";
import { Tape } from "../../../src/durable/tape.js";
import { DurableError } from "../../../src/errors.js";

const directory = mkdtempSync(join(tmpdir(), "sallyport-journal-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
let files = 0;
const fresh = (): string => join(directory, `journal-${files++}`);

const OPTIONS: JournalOptions = { limit: 1 << 20, fsync: "never" };
const HEADER = { id: "x", begun: 1000, operations: 0, calls: 0, stdout: 0, stderr: 0 };

function* operations(entries: Iterable<Entry>): Generator<Recorded, void> {
  for (const entry of entries) if (entry.kind === "operation") yield entry;
}

/** Some operations as a guest might ask for them, each with what came from outside. */
const record = (
  file: string,
  requests: readonly (readonly [request: Uint8Array, from: Uint8Array])[],
): void => {
  using journal = Journal.create(file, HEADER, OPTIONS);
  const tape = new Tape(journal, operations([]));
  for (const [request, from] of requests) {
    tape.begin(99, Buffer.from(request));
    if (tape.take(ITEM.random) === undefined) tape.put(ITEM.random, (body) => body.raw(from));
    tape.end(0, 0, from, []);
  }
};

/** The same again; answers how many of them the journal had. */
const again = (journal: Journal, requests: readonly (readonly [Uint8Array, Uint8Array])[]): number => {
  const tape = new Tape(journal, operations(journal.entries()));
  let had = 0;
  for (const [request] of requests) {
    tape.begin(99, Buffer.from(request));
    const recorded = tape.take(ITEM.random);
    if (recorded === undefined) return had;
    tape.end(0, 0, recorded.raw(4), []);
    had += 1;
  }
  return had;
};

const requests = fc.array(
  fc.tuple(fc.uint8Array({ maxLength: 600 }), fc.uint8Array({ minLength: 4, maxLength: 4 })),
  { minLength: 1, maxLength: 20 },
);

describe("a journal", () => {
  it("gives back what was put into it, in order", () => {
    fc.assert(
      fc.property(requests, (asked) => {
        const file = fresh();
        record(file, asked);
        using journal = Journal.open(file, OPTIONS);
        expect(again(journal, asked)).toBe(asked.length);
      }),
      { numRuns: 30 },
    );
  });

  it("that was cut anywhere has what was whole before", () => {
    fc.assert(
      fc.property(requests, fc.nat(), (asked, where) => {
        const file = fresh();
        record(file, asked);
        const { size } = statSync(file);
        const header = 20 + readFileSync(file).readUInt32LE(12);
        const length = header + (where % (size - header + 1));
        truncateSync(file, length);
        using journal = Journal.open(file, OPTIONS);
        expect(journal.length).toBeLessThanOrEqual(length);
        const had = again(journal, asked);
        expect(had).toBeLessThanOrEqual(asked.length);
        if (length === size) expect(had).toBe(asked.length);
      }),
      { numRuns: 60 },
    );
  });

  it("that was changed anywhere is refused, or cut as by a crash", () => {
    fc.assert(
      fc.property(requests, fc.nat(), fc.integer({ min: 1, max: 255 }), (asked, where, change) => {
        const file = fresh();
        record(file, asked);
        const bytes = readFileSync(file);
        const at = where % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ change;
        writeFileSync(file, bytes);
        let had = -1;
        try {
          using journal = Journal.open(file, OPTIONS);
          had = again(journal, asked);
        } catch (error) {
          expect(error).toBeInstanceOf(DurableError);
          expect(error).toMatchObject({ code: "ERR_DURABLE", reason: "damaged" });
        }
        // Only a length that now reaches beyond the end looks as if the writer had died.
        expect(had).toBeLessThan(asked.length);
      }),
      { numRuns: 100 },
    );
  });

  it("is never something else than a DurableError where it is rubbish", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (rubbish) => {
        const file = fresh();
        writeFileSync(file, rubbish);
        expect(() => Journal.open(file, OPTIONS)).toThrow(DurableError);
      }),
      { numRuns: 30 },
    );
  });

  it("forgets what a file system left empty behind its end", () => {
    const file = fresh();
    const asked = [[Buffer.from("a"), Buffer.from("1234")]] as const;
    record(file, asked);
    writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.alloc(5000)]));
    using journal = Journal.open(file, OPTIONS);
    expect(again(journal, asked)).toBe(1);
  });

  it("has an end", () => {
    using journal = Journal.create(fresh(), HEADER, { limit: 4096, fsync: "never" });
    const tape = new Tape(journal, operations([]));
    const fill = (): void => {
      for (;;) {
        tape.begin(99, Buffer.from("x"));
        tape.put(ITEM.random, (body) => body.raw(Buffer.alloc(100)));
        tape.end(0, 0, Buffer.alloc(0), []);
      }
    };
    expect(fill).toThrow(expect.objectContaining({ code: "ERR_DURABLE", reason: "limit" }));
    expect(journal.length).toBeLessThanOrEqual(4096);
  });
});

describe("a guest that does something else", () => {
  const asked = [
    [Buffer.from("one"), Buffer.from("1234")],
    [Buffer.from("two"), Buffer.from("5678")],
  ] as const;

  it.each([
    ["asks for something else", Buffer.from("other")],
    ["asks for more", Buffer.from("two and more")],
  ])("%s is stopped", (_what, other) => {
    const file = fresh();
    record(file, asked);
    using journal = Journal.open(file, OPTIONS);
    expect(() =>
      again(journal, [
        [Buffer.from("one"), Buffer.from("1234")],
        [other, Buffer.from("5678")],
      ]),
    ).toThrow(expect.objectContaining({ code: "ERR_DURABLE", reason: "diverged" }));
  });

  it("is told what it did then, and now", () => {
    const file = fresh();
    record(file, [[Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]), Buffer.from("1234")]]);
    using journal = Journal.open(file, OPTIONS);
    const tape = new Tape(journal, operations(journal.entries()));
    expect(() => tape.begin(96, Buffer.from([1, 0, 0, 0]))).toThrow(
      /operation 1 was random\(.*\), and is now clock\(id: 1\)/,
    );
  });

  it("that did something else without asking the world is found at its next question", () => {
    const file = fresh();
    {
      using journal = Journal.create(file, HEADER, OPTIONS);
      const tape = new Tape(journal, operations([]));
      tape.begin(99, Buffer.from("quiet"));
      tape.end(0, 0, Buffer.from("answer"), []);
      tape.begin(99, Buffer.from("asks"));
      tape.put(ITEM.random, (body) => body.raw(Buffer.from("1234")));
      tape.end(0, 0, Buffer.alloc(0), []);
    }
    using journal = Journal.open(file, OPTIONS);
    const tape = new Tape(journal, operations(journal.entries()));
    tape.begin(99, Buffer.from("quiet"));
    tape.end(0, 0, Buffer.from("another"), []);
    expect(() => tape.begin(99, Buffer.from("asks"))).toThrow(/did before operation 2/);
  });
});
