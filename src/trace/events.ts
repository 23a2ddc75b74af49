import * as v from "valibot";
import type { End } from "../engine/engine.js";
import { ByteReader, ByteWriter } from "../wire/bytes.js";
import { damagedRecord, TraceError } from "./format.js";

/** How a recorded guest ended. */
export type TraceEnd =
  | { readonly kind: "exit"; readonly status: number }
  | { readonly kind: "signal"; readonly signal: string }
  | { readonly kind: "died"; readonly reason: string }
  /** It broke the protocol, its controller failed, or `kill` was called. */
  | { readonly kind: "breach" | "failed" | "killed"; readonly reason: string };

/** What happened to a guest that it did not ask for. */
export type TraceEvent = {
  /** The number of the operation that comes next. */
  readonly before: number;
  /** Nanoseconds since the trace began. */
  readonly at: number;
} & (
  | {
      readonly kind: "signal";
      /** 1 to 63. */
      readonly signal: number;
      /** Nanoseconds since the last answer. */
      readonly after: number;
      /** Nanoseconds of CPU time that the guest had used; undefined where the system does not tell. */
      readonly cpu: number | undefined;
    }
  | { readonly kind: "end"; readonly end: TraceEnd }
  /** Whatever who records wants to find again. */
  | { readonly kind: "mark"; readonly name: string; readonly data: Uint8Array }
);

type Unplaced<Event> = Event extends unknown ? Omit<Event, "before" | "at"> : never;
/** An event without its place, as it is written. */
export type EventBody = Unplaced<TraceEvent>;

const NUMBERS = { signal: 1, end: 2, mark: 3 } as const;
const TEXT_MAX = 10_000;
const SIGNAL_MAX = 63;

const text = v.pipe(v.string(), v.maxLength(TEXT_MAX));
const endSchema = v.variant("kind", [
  v.object({
    kind: v.literal("exit"),
    status: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)),
  }),
  v.object({ kind: v.literal("signal"), signal: text }),
  v.object({ kind: v.literal("died"), reason: text }),
  v.object({ kind: v.picklist(["breach", "failed", "killed"]), reason: text }),
]);

/** An event's number and bytes. */
export const encodeEvent = (event: EventBody): { readonly number: number; readonly bytes: Uint8Array } => {
  const number = NUMBERS[event.kind];
  const into = new ByteWriter();
  switch (event.kind) {
    case "signal":
      into.u8(event.signal);
      into.number(event.after);
      into.number(event.cpu === undefined ? 0 : event.cpu + 1);
      break;
    case "end":
      into.raw(Buffer.from(JSON.stringify(event.end)));
      break;
    case "mark": {
      const name = Buffer.from(event.name);
      if (name.length > TEXT_MAX)
        throw new TraceError(`a mark's name has ${name.length} bytes, at most ${TEXT_MAX}`);
      into.data(name);
      into.raw(event.data);
    }
  }
  return { number, bytes: new Uint8Array(into.bytes) };
};

/** @throws TraceError for what is no event */
export const decodeEvent = (number: number, bytes: Buffer, before: number, at: number): TraceEvent => {
  const reading = new ByteReader(bytes, damagedRecord);
  switch (number) {
    case NUMBERS.signal: {
      const signal = reading.u8();
      const after = reading.number();
      const cpu = reading.number();
      if (!reading.ended || signal < 1 || signal > SIGNAL_MAX) throw new TraceError("an event is no signal");
      return { kind: "signal", signal, after, cpu: cpu === 0 ? undefined : cpu - 1, before, at };
    }
    case NUMBERS.end:
      return { kind: "end", end: parseEnd(bytes), before, at };
    case NUMBERS.mark: {
      const length = reading.number();
      if (length > TEXT_MAX) throw new TraceError("a mark's name is too long");
      const name = reading.raw(length).toString("utf8");
      return { kind: "mark", name, data: reading.rest(), before, at };
    }
    default:
      throw new TraceError(`an event of unknown kind ${number}`);
  }
};

const parseEnd = (bytes: Buffer): TraceEnd => {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw new TraceError("the end of the guest is no JSON", { cause: error });
  }
  const parsed = v.safeParse(endSchema, value);
  if (!parsed.success) throw new TraceError(`the end of the guest is none: ${parsed.issues[0].message}`);
  return parsed.output;
};

const shortened = (message: string): string => message.slice(0, TEXT_MAX / 4);

/** How a guest ended, as a trace tells it. */
export const traceEnd = (end: End): TraceEnd => {
  switch (end.kind) {
    case "exit":
      return { kind: "exit", status: end.status & 0xff };
    case "signal":
      return { kind: "signal", signal: end.signal };
    case "died":
      return { kind: "died", reason: end.reason };
    case "killed":
      return { kind: "killed", reason: shortened(end.reason) };
    case "breach":
    case "failed":
      return {
        kind: end.kind,
        reason: shortened(end.error instanceof Error ? end.error.message : String(end.error)),
      };
  }
};
