import type { Frame } from "../errors.js";
import { decodeResult } from "../protocol/codec.js";
import { REPORT } from "../protocol/messages.js";
import { argumentsOf, decodeRecord } from "../trace/decode.js";
import { TraceError } from "../trace/format.js";
import type { TraceReader } from "../trace/reader.js";
import { matcher } from "../trace/select.js";
import { sallyport } from "../wire/operations.js";

/** Where a replay is to stop. */
export type Until =
  /** Before an operation; a negative number counts from the last one that the program asked for, which is -1. */
  | number
  /** Where the exception was raised that ended the last run that failed. */
  | "error"
  /** Before the first operation of this name, with a path that matches, from the operation `from` on. */
  | { readonly operation?: string; readonly path?: string; readonly from?: number };

export type Target =
  | { readonly kind: "operation"; readonly index: number }
  | {
      readonly kind: "error";
      /** The operation by which the run got its command, and the one by which it reported. */
      readonly command: number;
      readonly report: number;
      /** The exception's class, and the innermost frame of its traceback. */
      readonly type: string;
      readonly frame: Frame;
    };

/** @throws TraceError where the trace has no such place */
export const targetOf = (reader: TraceReader, until: Until): Target => {
  if (typeof until === "number") {
    return { kind: "operation", index: until < 0 ? fromEnd(reader, -until) : until };
  }
  return until === "error" ? lastError(reader) : firstLike(reader, until);
};

/** Operations that are not the program's but those of what carries it. */
const CARRIERS: ReadonlySet<number> = new Set(
  (["next", "save_page", "save_state", "load_page", "load_state", "command", "report", "exit"] as const).map(
    (name) => sallyport[name].number,
  ),
);

/** The last operation but so many that the program asked for; 1: the last. */
const fromEnd = (reader: TraceReader, back: number): number => {
  const most = Math.min(back, BACK_MAX);
  // A ring: what is oldest is where the next would go.
  const last: number[] = [];
  let count = 0;
  for (const { operation, index } of reader.records()) {
    if (!CARRIERS.has(operation)) last[count++ % most] = index;
  }
  return last[count < most ? 0 : count % most] ?? 0;
};

const BACK_MAX = 1_000_000;

const firstLike = (
  reader: TraceReader,
  {
    operation,
    path,
    from = 0,
  }: { readonly operation?: string; readonly path?: string; readonly from?: number },
): Target => {
  const matches = matcher({
    ...(operation === undefined ? {} : { operations: [operation] }),
    ...(path === undefined ? {} : { path }),
  });
  for (const record of reader.records(from)) {
    if (matches(decodeRecord(record))) return { kind: "operation", index: record.index };
  }
  const what = [operation ?? "operation", path === undefined ? "" : JSON.stringify(path)].join(" ").trim();
  throw new TraceError(`the trace has no ${what} from operation ${from} on`);
};

/** Messages of runs come in parts; those of an error are no longer than this, or are not looked at. */
const MESSAGE_MAX = 16 * 2 ** 20;

const lastError = (reader: TraceReader): Target => {
  let command = 0;
  let parts: Uint8Array[] = [];
  let size = 0;
  let found: Target | undefined;
  for (const { operation, request, index } of reader.records()) {
    if (operation === sallyport.command.number) {
      if (argumentsOf(operation, request)?.["offset"] === 0) command = index;
      continue;
    }
    if (operation !== sallyport.report.number) continue;
    const { kind, last, data } = argumentsOf(operation, request) ?? {};
    if (kind !== REPORT.result || !(data instanceof Uint8Array)) continue;
    size += data.length;
    if (size <= MESSAGE_MAX) parts.push(data);
    if (last !== 1) continue;
    if (size <= MESSAGE_MAX) found = errorIn(Buffer.concat(parts), command, index) ?? found;
    parts = [];
    size = 0;
  }
  if (found === undefined) throw new TraceError("no run of the trace ended by an exception");
  return found;
};

const errorIn = (message: Uint8Array, command: number, report: number): Target | undefined => {
  let result: ReturnType<typeof decodeResult>;
  try {
    result = decodeResult(message);
  } catch {
    return undefined;
  }
  if (result.status !== "error") return undefined;
  const frame = result.error.frames.at(-1);
  const type = result.error.qualified.split(/[:.]/).at(-1) ?? result.error.type;
  return frame && { kind: "error", command, report, type, frame };
};
