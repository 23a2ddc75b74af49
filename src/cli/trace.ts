import { createWriteStream, openSync, type WriteStream } from "node:fs";
import type { Observed, Observer } from "../kernel/observe.js";
import { safeJson } from "./json.js";
import { escapeText, type Paint } from "./terminal.js";

/** Longest part of a buffer or text that a line shows. */
const SHOWN = 64;

export interface Tracer {
  readonly observe: Observer;
  close(): Promise<void>;
}

/** Writes every operation to a file as JSON lines, or as text to a terminal's stderr (`-`). */
export const tracer = (to: string, paint: Paint, stderr: NodeJS.WritableStream): Tracer => {
  if (to === "-") {
    return {
      observe: (observed) => void stderr.write(`${textLine(observed, paint)}\n`),
      close: async () => {},
    };
  }
  const file: WriteStream = createWriteStream(to, { fd: openSync(to, "w") });
  const start = process.hrtime.bigint();
  return {
    observe: (observed) => {
      file.write(`${safeJson({ at: Number(process.hrtime.bigint() - start), ...record(observed) })}\n`);
    },
    close: () =>
      new Promise((resolve, reject) => {
        file.once("error", reject);
        file.end(resolve);
      }),
  };
};

/** What a line of the file has: bytes as base64, 64-bit numbers as texts, an errno by its name. */
const record = ({ name, args, outcome, duration }: Observed): Readonly<Record<string, unknown>> => ({
  operation: name,
  arguments: plain(args),
  ...("error" in outcome
    ? { error: errorName(outcome.error) }
    : outcome.results === undefined
      ? {}
      : { results: plain(outcome.results) }),
  duration: Number(duration),
});

/** A value for JSON: bytes as base64, 64-bit numbers as texts. */
export const plain = (value: unknown): unknown => {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
};

/** `open(at=-100, path="/data/x", flags=0, mode=0)`. */
export const callText = (name: string, args: unknown, paint: Paint): string =>
  `${paint("cyan", name)}(${fields(args)})`;

/** `open(at=-100, path="/data/x", flags=0, mode=0) = 3  (12 µs)`. */
export const textLine = ({ name, args, outcome, duration }: Observed, paint: Paint): string => {
  const call = callText(name, args, paint);
  const answer =
    "error" in outcome
      ? paint("red", errorName(outcome.error))
      : outcome.results === undefined
        ? "ok"
        : fields(outcome.results);
  return `${call} = ${answer}  ${paint("dim", `(${time(duration)})`)}`;
};

const fields = (value: unknown): string =>
  typeof value === "object" && value !== null
    ? Object.entries(value)
        .map(([name, part]) => `${name}=${shown(part)}`)
        .join(", ")
    : "";

const shown = (value: unknown): string => {
  if (typeof value === "string") return cut(`"${escapeText(value).replaceAll('"', '\\"')}"`);
  if (value instanceof Uint8Array) {
    const text = Buffer.from(value.subarray(0, SHOWN)).toString("latin1");
    return `${cut(`"${escapeText(text).replaceAll('"', '\\"')}"`)}[${value.length}]`;
  }
  if (typeof value === "object" && value !== null) return `{${cut(fields(value))}}`;
  return String(value);
};

const cut = (text: string): string => (text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`);

const errorName = (error: unknown): string => {
  if (typeof error === "object" && error !== null && "code" in error && typeof error.code === "string") {
    return error.code;
  }
  return error instanceof Error ? error.name : "error";
};

const time = (nanoseconds: bigint): string => {
  const microseconds = Number(nanoseconds) / 1000;
  return microseconds < 10_000 ? `${Math.round(microseconds)} µs` : `${Math.round(microseconds / 1000)} ms`;
};
