import { compileDecoder } from "../wire/decode.js";
import { ERRNO } from "../wire/errno.js";
import { type OperationShape, sallyport, WASI_BASE } from "../wire/operations.js";
import type { Parameter } from "../wire/parameters.js";
import { readStat, readStatvfs } from "../wire/records.js";
import { wasi } from "../wire/wasi-functions.js";
import { TraceError, type TraceRecord } from "./format.js";

interface Known {
  readonly name: string;
  readonly shape: OperationShape;
}

const known = new Map<number, Known>();
for (const table of [sallyport, wasi]) {
  for (const [name, shape] of Object.entries(table)) known.set(shape.number, { name, shape });
}

/** An operation's name; its number where it is none that is known. */
export const operationName = (number: number): string => known.get(number)?.name ?? `operation ${number}`;

/** A record in words: as an observer of the run would have seen it. */
export interface Decoded {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly outcome: { readonly results: unknown } | { readonly error: string } | undefined;
}

/** Decodes a record. What cannot be decoded is left as bytes, under the names `request` and `answer`. */
export const decodeRecord = (record: Pick<TraceRecord, "operation" | "request" | "answer">): Decoded => {
  const entry = known.get(record.operation);
  const name = operationName(record.operation);
  const args = (entry && decodeArguments(entry, record.request)) ?? { request: record.request };
  if (record.answer === undefined) return { name, args, outcome: undefined };
  const { errno, payload } = record.answer;
  if (errno !== 0) return { name, args, outcome: { error: errnoName(record.operation, errno) } };
  const results = (entry && decodeResults(entry, payload)) ?? { answer: payload };
  return { name, args, outcome: { results } };
};

/** An operation's arguments by name; undefined where they cannot be decoded. */
export const argumentsOf = (
  operation: number,
  request: Uint8Array,
): Readonly<Record<string, unknown>> | undefined => {
  const entry = known.get(operation);
  return entry && decodeArguments(entry, request);
};

const errnoName = (operation: number, number: number): string => {
  const dialect = operation >= WASI_BASE ? 1 : 0;
  for (const [name, numbers] of Object.entries(ERRNO)) if (numbers[dialect] === number) return name;
  return `errno ${number}`;
};

const decodeArguments = (
  { name, shape }: Known,
  payload: Uint8Array,
): Readonly<Record<string, unknown>> | undefined => {
  const bytes = Buffer.from(payload);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const decode = compileDecoder(name, shape.parameters);
    const args: object = decode({ number: shape.number, bytes, view, start: 0, end: bytes.length });
    return { ...args };
  } catch {
    // A path that is none, or no request of this table.
    return undefined;
  }
};

const width = (parameter: Parameter): number => {
  if (parameter.kind === "out") return parameter.size;
  return parameter.kind === "count" || isData(parameter) ? 4 : 0;
};

const isData = ({ kind }: Parameter): boolean =>
  kind === "buffer" || kind === "filled" || kind === "scatter" || kind === "slots" || kind === "strings";

const decodeResults = (
  { shape }: Known,
  payload: Uint8Array,
): Readonly<Record<string, unknown>> | undefined => {
  const bytes = Buffer.from(payload);
  const parameters = Object.entries(shape.parameters);
  let at = 0;
  let data = parameters.reduce((sum, [, parameter]) => sum + width(parameter), 0);
  const results: [string, unknown][] = [];
  try {
    for (const [name, parameter] of parameters) {
      const size = width(parameter);
      if (size === 0) continue;
      if (at + size > bytes.length) return undefined;
      if (isData(parameter)) {
        const length = bytes.readUInt32LE(at);
        if (data + length > bytes.length) return undefined;
        results.push([name, new Uint8Array(bytes.subarray(data, data + length))]);
        data += length;
      } else results.push([name, fixed(parameter, bytes, at)]);
      at += size;
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return data === bytes.length ? Object.fromEntries(results) : undefined;
};

const fixed = (parameter: Parameter, bytes: Buffer, at: number): unknown => {
  if (parameter.kind === "count") return bytes.readUInt32LE(at);
  if (parameter.kind !== "out") throw new TraceError("a result that is none");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (parameter.shape) {
    case "pair":
      return [bytes.readInt32LE(at), bytes.readInt32LE(at + 4)];
    case "stat":
      return readStat(view, at);
    case "statvfs":
      return readStatvfs(view, at);
    case "bytes":
      return new Uint8Array(bytes.subarray(at, at + parameter.size));
    default:
      return parameter.size === 8
        ? bytes.readBigUInt64LE(at)
        : bytes.readUIntLE(at, Math.min(parameter.size, 6));
  }
};
