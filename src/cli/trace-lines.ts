import { signalName } from "../replay/delivery.js";
import type { Decoded } from "../trace/decode.js";
import type { TraceEnd, TraceEvent } from "../trace/events.js";
import type { TraceRecord } from "../trace/format.js";
import { ERRNO, Errno, type ErrnoName } from "../wire/errno.js";
import { escapeText, type Paint } from "./terminal.js";
import { callText, plain, textLine } from "./trace.js";

const isErrno = (name: string): name is ErrnoName => Object.hasOwn(ERRNO, name);

/** One operation as a line. */
export const recordLine = (
  { index, at, duration, redacted }: TraceRecord,
  decoded: Decoded,
  paint: Paint,
): string => {
  const { name, args, outcome } = decoded;
  const front = timeColumns(String(index), at, paint);
  if (outcome === undefined) return `${front}${callText(name, args, paint)} ${paint("dim", "(no answer)")}`;
  const shown =
    "error" in outcome
      ? { error: isErrno(outcome.error) ? new Errno(outcome.error) : new Error(outcome.error) }
      : outcome;
  const line = textLine({ name, args, outcome: shown, duration: BigInt(duration) }, paint);
  return `${front}${line}${redacted ? " (redacted)" : ""}`;
};

/** What happened between two operations, as a line. */
export const eventLine = (event: TraceEvent, paint: Paint): string =>
  `${timeColumns("", event.at, paint)}${paint("yellow", eventText(event))}`;

const timeColumns = (index: string, at: number, paint: Paint): string =>
  paint("dim", `${index.padStart(6)} ${`${(at / 1e6).toFixed(2)} ms`.padStart(12)}  `);

const eventText = (event: TraceEvent): string => {
  switch (event.kind) {
    case "signal":
      return `${signalName(event.signal)} while it computed, ${(event.after / 1e6).toFixed(2)} ms after the last answer`;
    case "end":
      return `the guest ended: ${endText(event.end)}`;
    case "mark":
      return `mark ${escapeText(event.name)} [${event.data.length}]`;
  }
};

const endText = (end: TraceEnd): string => {
  switch (end.kind) {
    case "exit":
      return `it left with status ${end.status}`;
    case "signal":
      return `by ${escapeText(end.signal)}`;
    default:
      return `${end.kind} (${escapeText(end.reason)})`;
  }
};

/** An operation for JSON. */
export const recordObject = (record: TraceRecord, { name, args, outcome }: Decoded): object => ({
  index: record.index,
  at: record.at,
  duration: record.duration,
  operation: name,
  arguments: plain(args),
  ...(outcome === undefined
    ? { unanswered: true }
    : "error" in outcome
      ? outcome
      : { results: plain(outcome.results) }),
  ...(record.redacted ? { redacted: true } : {}),
});

/** An event for JSON. */
export const eventObject = ({ kind, before, at, ...event }: TraceEvent): object => ({
  event: kind,
  before,
  at,
  ...Object.fromEntries(Object.entries(event).map(([key, value]) => [key, plain(value)])),
});

/** Longest text that an event of Chrome's format carries: a viewer shows all of it. */
const SHOWN = 200;

/** An operation as a complete event of Chrome's format: times in microseconds. */
export const chromeRecord = (record: TraceRecord, { name, args, outcome }: Decoded): object => ({
  name,
  cat: "operation",
  ph: "X",
  ts: record.at / 1000,
  dur: record.duration / 1000,
  pid: 1,
  tid: 1,
  args: {
    index: record.index,
    ...Object.fromEntries(Object.entries(args).map(([key, value]) => [key, brief(value)])),
    ...(outcome !== undefined && "error" in outcome ? { error: outcome.error } : {}),
  },
});

/** What happened between two operations, as an instant. */
export const chromeEvent = (event: TraceEvent): object => ({
  name: eventText(event),
  cat: "event",
  ph: "i",
  s: "t",
  ts: event.at / 1000,
  pid: 1,
  tid: 1,
});

/** What a viewer calls the guest. */
export const chromeNames = (engine: string): readonly object[] => [
  { name: "process_name", ph: "M", ts: 0, pid: 1, tid: 1, args: { name: "sallyport" } },
  { name: "thread_name", ph: "M", ts: 0, pid: 1, tid: 1, args: { name: `guest (${engine})` } },
];

const brief = (value: unknown): unknown => {
  if (value instanceof Uint8Array) {
    const text = Buffer.from(value.subarray(0, SHOWN)).toString("latin1");
    return value.length > SHOWN ? `${text}… (${value.length} bytes)` : text;
  }
  const shown = plain(value);
  return typeof shown === "string" && shown.length > SHOWN ? `${shown.slice(0, SHOWN)}…` : shown;
};
