import { decodeResult } from "../protocol/codec.js";
import { REPORT } from "../protocol/messages.js";
import { argumentsOf } from "../trace/decode.js";
import { type OperationShape, sallyport } from "../wire/operations.js";
import { wasi } from "../wire/wasi-functions.js";

/** Operations of which there may be more or fewer, in other pieces, when a program was interrupted elsewhere. */
const WRITES: ReadonlySet<number> = new Set([sallyport.write.number, sallyport.writev.number]);
/** Operations that are never answered. */
const FINAL: ReadonlySet<number> = new Set(
  [...Object.values<OperationShape>(sallyport), ...Object.values<OperationShape>(wasi)]
    .filter(({ final }) => final === true)
    .map(({ number }) => number),
);

export const isFinal = (operation: number): boolean => FINAL.has(operation);

export const isWrite = (operation: number): boolean => WRITES.has(operation);

/** The answer to a write: all of it is written. */
export const writtenAll = (operation: number, request: Uint8Array): Uint8Array => {
  const data = argumentsOf(operation, request)?.["data"];
  const length = Buffer.alloc(4);
  length.writeUInt32LE(data instanceof Uint8Array ? data.length : 0);
  return length;
};

/** What a report says of the end of a run, in few words; undefined for what is no whole result. */
export const outcomeOf = (operation: number, request: Uint8Array): string | undefined => {
  if (operation !== sallyport.report.number) return undefined;
  const { kind, last, data } = argumentsOf(operation, request) ?? {};
  if (kind !== REPORT.result || last !== 1 || !(data instanceof Uint8Array)) return undefined;
  try {
    const result = decodeResult(data);
    return result.status === "error" ? `error (${result.error.type})` : result.status;
  } catch {
    return undefined;
  }
};
