import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EventBody } from "../../../src/trace/events.js";
import { TraceWriter, type Written } from "../../../src/trace/writer.js";
import { sallyport } from "../../../src/wire/operations.js";

/** An operation or an event to write. */
export interface Kind {
  readonly record?: Written;
  readonly event?: EventBody;
}

const words = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeInt32LE(value, 4 * index);
  return bytes;
};

/** Arguments that begin with a directory and a path: fixed parts first, then the path's bytes. */
const at = (path: string, ...others: readonly number[]): Buffer =>
  Buffer.concat([words(-100, path.length, ...others), Buffer.from(path)]);

/** One entry of each kind that a trace can have, small. */
export const allKinds = (): readonly Kind[] => {
  const answered = (errno: number, signal: number, payload: Uint8Array) => ({ errno, signal, payload });
  const record = (
    name: keyof typeof sallyport,
    request: Uint8Array,
    answer: Written["answer"],
    redacted = false,
  ): Kind => ({
    record: { operation: sallyport[name].number, request, answer, redacted, at: 0, duration: 300 },
  });
  return [
    record("next", Buffer.alloc(0), answered(0, 0, Buffer.concat([words(1), Buffer.alloc(8)]))),
    record("open", at("/data/x.csv", 0, 0), answered(0, 0, words(3))),
    record("stat", at("/none", 0), answered(2, 0, Buffer.alloc(0))),
    record("fstat", words(3), answered(0, 0, Buffer.alloc(104, 7))),
    record("read", words(3, 9), answered(0, 0, Buffer.concat([words(9, 9), Buffer.from("some data")]))),
    record("pipe", words(0), answered(0, 0, words(4, 5))),
    record("sleep", Buffer.alloc(16), answered(4, 2, Buffer.alloc(0))),
    record("write", Buffer.concat([words(1, 6), Buffer.from("secret")]), answered(0, 0, words(6)), true),
    {
      record: {
        operation: 60_000,
        request: Buffer.from("?"),
        answer: answered(0, 63, Buffer.from("!")),
        redacted: false,
        at: 0,
        duration: 2 ** 40,
      },
    },
    { event: { kind: "signal", signal: 24, after: 200_000_000, cpu: 199_000_000 } },
    { event: { kind: "mark", name: "checkpoint", data: Buffer.from([1, 2, 3]) } },
    record("exit", words(3), undefined),
    { event: { kind: "end", end: { kind: "exit", status: 3 } } },
  ];
};

/** A trace of these, with a block for each few of them. */
export const traceBytes = (kinds: readonly Kind[], perBlock: number): Uint8Array => {
  const directory = mkdtempSync(join(tmpdir(), "sallyport-kinds-"));
  const file = join(directory, "trace");
  try {
    const header = { program: "python", memory: 65_536, image: "", code: "", engine: "native" };
    using writer = new TraceWriter(file, header);
    for (const [index, { record, event }] of kinds.entries()) {
      if (record !== undefined) writer.add({ ...record, at: index * 1000 });
      if (event !== undefined) writer.event(event, index * 1000);
      if (index % perBlock === perBlock - 1) writer.flush();
    }
    writer.close();
    return new Uint8Array(readFileSync(file));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
