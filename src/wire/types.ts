/**
 * What handlers of operations see, derived from the tables: arguments in, results out.
 *
 * | kind                           | in the arguments                    | in the results                   |
 * |--------------------------------|-------------------------------------|----------------------------------|
 * | i32 u32 / i64 u64              | number / bigint                     |                                  |
 * | bytes that are a path          | string                              |                                  |
 * | bytes, gather, array           | Uint8Array                          |                                  |
 * | buffer, filled, scatter, slots | `capacity` (`address_capacity`)     | Uint8Array, at most the capacity |
 * | out                            |                                     | by shape: number, bigint, bytes… |
 * | count                          |                                     | number; see below                |
 * | strings                        |                                     | Uint8Array: NUL-ended strings    |
 *
 * A count may be left out where the operation has a buffer: it is then the number of bytes (or records) in it.
 *
 * Lifetimes: a Uint8Array in the arguments is a view of the receive buffer. It is valid until the handler
 * returns, or, if it returns a promise, until that promise settles; who keeps data longer copies it.
 * A Uint8Array in the results is used before any other handler of the same guest is called: a handler may give a
 * view of a buffer that it uses again.
 */
import type { Awaitable } from "./awaitable.js";
import type { OperationName, sallyport } from "./operations.js";
import type { Parameters } from "./parameters.js";
import type { StatRecord, StatvfsRecord } from "./records.js";
import type { WasiFunctionName, wasi } from "./wasi-functions.js";

export type { Awaitable };

type Kind<P> = P extends { readonly kind: infer K } ? K : never;
type BufferKind = "buffer" | "filled" | "scatter" | "slots";

type ArgumentName<Name, P> =
  Kind<P> extends "out" | "count" | "strings"
    ? never
    : Kind<P> extends BufferKind
      ? Name extends "address"
        ? "address_capacity"
        : "capacity"
      : Name;

type Argument<P> = P extends { readonly kind: "i32" | "u32" | BufferKind }
  ? number
  : P extends { readonly kind: "i64" | "u64" }
    ? bigint
    : P extends { readonly kind: "bytes"; readonly overflow: "ENAMETOOLONG" }
      ? string
      : Uint8Array;

type ByShape = {
  pair: readonly [number, number];
  bytes: Uint8Array;
  stat: StatRecord;
  statvfs: StatvfsRecord;
};

type Result<P> = P extends { readonly kind: "out"; readonly size: infer Size; readonly shape: infer Shape }
  ? Shape extends keyof ByShape
    ? ByShape[Shape]
    : Size extends 8
      ? bigint
      : number
  : P extends { readonly kind: "count" }
    ? number
    : Uint8Array;

type RequiredNames<P extends Parameters> = {
  [N in keyof P]: Kind<P[N]> extends "out" | BufferKind | "strings" ? N : never;
}[keyof P];

type CountNames<P extends Parameters> = { [N in keyof P]: Kind<P[N]> extends "count" ? N : never }[keyof P];

type HasBuffer<P extends Parameters> = Extract<Kind<P[keyof P]>, BufferKind> extends never ? false : true;

type Plain<T> = { readonly [N in keyof T]: T[N] };

type ResultObject<P extends Parameters> = Plain<
  { [N in RequiredNames<P>]: Result<P[N]> } & (HasBuffer<P> extends true
    ? { [N in CountNames<P>]?: number }
    : { [N in CountNames<P>]: number })
>;

/** The arguments of an operation with the given parameters. */
export type ArgumentsOf<P extends Parameters> = {
  readonly [N in keyof P as ArgumentName<N, P[N]>]: Argument<P[N]>;
};

/** Its results; `undefined` where it has none. */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler without results is a function that returns nothing.
export type ResultsOf<P extends Parameters> = keyof ResultObject<P> extends never ? void : ResultObject<P>;

type Table<T> = { readonly [N in keyof T]: { readonly parameters: Parameters } };

/** A function for each operation of a table, which answers at once or by a promise, and throws `Errno`. */
export type HandlersOf<T extends Table<T>> = {
  readonly [N in keyof T]: (
    args: ArgumentsOf<T[N]["parameters"]>,
  ) => Awaitable<ResultsOf<T[N]["parameters"]>>;
};

export type Arguments<Name extends OperationName> = ArgumentsOf<(typeof sallyport)[Name]["parameters"]>;
export type Results<Name extends OperationName> = ResultsOf<(typeof sallyport)[Name]["parameters"]>;
export type WasiArguments<Name extends WasiFunctionName> = ArgumentsOf<(typeof wasi)[Name]["parameters"]>;
export type WasiResults<Name extends WasiFunctionName> = ResultsOf<(typeof wasi)[Name]["parameters"]>;

/** All of `sallyport`, but what the guest runtime itself asks (numbers below 16). */
export type GuestOperationName = Exclude<OperationName, RuntimeOperationName>;
export type RuntimeOperationName =
  | "hello"
  | "next"
  | "died"
  | "save_page"
  | "save_state"
  | "load_page"
  | "load_state";

export type Handlers = HandlersOf<typeof sallyport>;
export type WasiHandlers = HandlersOf<typeof wasi>;
