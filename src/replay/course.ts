import { type Decoded, decodeRecord } from "../trace/decode.js";
import type { TraceRecord } from "../trace/format.js";
import type { Request } from "../wire/frame.js";

/** Where a program was interrupted while it computed, which no operation tells exactly. */
export interface Interruption {
  /** As in "SIGINT". */
  readonly signal: string;
  /** The number of the operation whose answer it computed with; -1 before the first. */
  readonly after: number;
}

/** What was recorded and what is asked for now. */
export interface Difference {
  readonly recorded: Decoded;
  readonly asked: Decoded;
}

/** How a replay came to its end, as far as the operations tell. */
export type Course =
  | { readonly kind: "same"; readonly operations: number; readonly interruption?: Interruption }
  | { readonly kind: "stopped"; readonly operations: number }
  | ({
      readonly kind: "alike";
      readonly operations: number;
      readonly interruption: Interruption;
    } & Difference)
  | ({
      readonly kind: "different";
      readonly operations: number;
      readonly interruption?: Interruption;
    } & Difference);

export const bytesOf = ({ bytes, start, end }: Request): Buffer => bytes.subarray(start, end);

export const differenceOf = (record: TraceRecord, request: Request): Difference => ({
  recorded: decodeRecord(record),
  asked: decodeRecord({
    operation: request.number,
    request: new Uint8Array(bytesOf(request)),
    answer: undefined,
  }),
});
