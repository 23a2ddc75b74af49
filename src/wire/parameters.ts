/**
 * The kinds of parameter that an operation can have.
 *
 * A kind fixes three things at once: the WebAssembly signature of the import, what travels in the request
 * and what travels in the answer. Both marshallers (guest/runtime/marshal.c and src/engine/guest/marshal.ts)
 * and the controller's decoder are interpreters of these kinds; none of them knows an operation by name.
 *
 * | kind      | wasm signature | request                  | answer                       |
 * |-----------|----------------|--------------------------|------------------------------|
 * | i32 u32   | i32            | 4 bytes                  |                              |
 * | i64 u64   | i64            | 8 bytes                  |                              |
 * | bytes     | ptr, len       | u32 length + data        |                              |
 * | gather    | ciovec*, count | u32 length + joined data |                              |
 * | array     | ptr            | u32 length + data        |                              |
 * | buffer    | ptr, capacity  | u32 capacity             | u32 length + data            |
 * | filled    | ptr, length    | u32 length               | u32 length + data            |
 * | scatter   | iovec*, count  | u32 capacity             | u32 length + data            |
 * | slots     | ptr            | u32 capacity             | u32 length + data            |
 * | out       | ptr            |                          | its size in bytes            |
 * | count     | ptr            |                          | 4 bytes                      |
 * | strings   | char**, char*  |                          | u32 length + NUL-ended data  |
 *
 * Fixed parts stand first, in the order of the parameters; the data of all variable parts follows, in the
 * same order, without padding. All integers are little-endian.
 */
export type Parameter =
  | { readonly kind: "i32" | "u32" | "i64" | "u64" }
  /** In-buffer. `limit` is the most bytes it may have; beyond it the guest's stub answers `overflow` itself. */
  | { readonly kind: "bytes"; readonly limit: number; readonly overflow: "ENAMETOOLONG" | "E2BIG" | "clamp" }
  /** In-buffers named by a vector; data beyond MAX_DATA is left out (a short write). */
  | { readonly kind: "gather" }
  /** An in-array of `count` records of `size` bytes; `count` names the u32 parameter that holds the number. */
  | { readonly kind: "array"; readonly size: number; readonly count: string }
  /** Out-buffer; the stub clamps its capacity to MAX_DATA (a short read). */
  | { readonly kind: "buffer" }
  /** Out-buffer that is always filled whole: beyond MAX_DATA the stub repeats the operation. */
  | { readonly kind: "filled" }
  | { readonly kind: "scatter" }
  /** An out-array of at most `count` records of `size` bytes. */
  | { readonly kind: "slots"; readonly size: number; readonly count: string }
  /** A fixed number of bytes stored at the pointer; `shape` says what a handler gives for them. */
  | { readonly kind: "out"; readonly size: 1 | 2 | 4 | 8 | 16 | 24 | 32 | 64 | 88; readonly shape: Shape }
  /** A u32 stored at the pointer: how much was read, written or is there in all. */
  | { readonly kind: "count" }
  /** A list of strings: the data to the second pointer, a pointer to each string to the first. */
  | { readonly kind: "strings" };

/**
 * What stands in an out-parameter: an unsigned or signed integer (a number up to 4 bytes, a bigint of 8),
 * two i32 (`pair`), raw bytes, or a record of stat or statvfs (src/wire/records.ts).
 */
export type Shape = "integer" | "pair" | "bytes" | "stat" | "statvfs";

export type Parameters = Readonly<Record<string, Parameter>>;

type OutSize = Extract<Parameter, { kind: "out" }>["size"];

/** Most data bytes that one request or one answer may carry: 1 MiB. */
export const MAX_DATA = 1 << 20;
/** Most payload bytes of any frame: data plus room for the fixed parts and the paths. */
export const MAX_PAYLOAD = MAX_DATA + (1 << 16);
/** Longest path that travels, in bytes; Linux's PATH_MAX without its NUL. */
export const MAX_PATH = 4095;

export const i32 = { kind: "i32" } as const;
export const u32 = { kind: "u32" } as const;
export const i64 = { kind: "i64" } as const;
export const u64 = { kind: "u64" } as const;
export const path = { kind: "bytes", limit: MAX_PATH, overflow: "ENAMETOOLONG" } as const;
export const data = { kind: "bytes", limit: MAX_DATA, overflow: "clamp" } as const;
/** An in-buffer that must arrive whole or not at all. */
export const message = { kind: "bytes", limit: MAX_DATA, overflow: "E2BIG" } as const;
export const gather = { kind: "gather" } as const;
export const buffer = { kind: "buffer" } as const;
export const filled = { kind: "filled" } as const;
export const scatter = { kind: "scatter" } as const;
export const count = { kind: "count" } as const;
export const strings = { kind: "strings" } as const;
export const out = <const Size extends 1 | 2 | 4 | 8>(size: Size) =>
  ({ kind: "out", size, shape: "integer" }) as const;
export const record = <const Size extends OutSize>(size: Size) =>
  ({ kind: "out", size, shape: "bytes" }) as const;
export const pair = { kind: "out", size: 8, shape: "pair" } as const;
export const stat = { kind: "out", size: 88, shape: "stat" } as const;
export const statvfs = { kind: "out", size: 64, shape: "statvfs" } as const;
export const array = <const Size extends number, const Count extends string>(size: Size, count: Count) =>
  ({ kind: "array", size, count }) as const;
export const slots = <const Size extends number, const Count extends string>(size: Size, count: Count) =>
  ({ kind: "slots", size, count }) as const;
