/**
 * The operations that a module can import, prepared for marshalling.
 */
import { type ErrnoName, linuxErrno, wasiErrno } from "../../wire/errno.js";
import { type OperationShape, sallyport } from "../../wire/operations.js";
import type { Parameter } from "../../wire/parameters.js";
import { slotsOf } from "../../wire/signature.js";
import { wasi } from "../../wire/wasi-functions.js";

/** A parameter, and where its WebAssembly arguments are. */
export interface Part {
  readonly parameter: Parameter;
  readonly slot: number;
  /** array, slots: the slot with the number of records. */
  readonly counter: number;
}

/** An operation as the marshaller needs it. */
export interface Importable {
  readonly number: number;
  /** Never answered: the guest leaves. */
  readonly final: boolean;
  readonly parts: readonly Part[];
  /** The part that is filled whole, however many exchanges that takes. */
  readonly filled: Part | undefined;
}

const layout = (shape: OperationShape): readonly Part[] => {
  const first = new Map<string, number>();
  let slot = 0;
  for (const [name, parameter] of Object.entries(shape.parameters)) {
    first.set(name, slot);
    slot += slotsOf(parameter).length;
  }
  return Object.entries(shape.parameters).map(([name, parameter]) => ({
    parameter,
    slot: first.get(name) ?? 0,
    counter: parameter.kind === "array" || parameter.kind === "slots" ? (first.get(parameter.count) ?? 0) : 0,
  }));
};

/** Numbers below are the runtime's own, which no module imports. */
const FIRST_IMPORT = 16;

const TABLES: ReadonlyMap<string, ReadonlyMap<string, OperationShape>> = new Map([
  ["sallyport", new Map<string, OperationShape>(Object.entries(sallyport))],
  ["wasi_snapshot_preview1", new Map<string, OperationShape>(Object.entries(wasi))],
]);

/** The errno's number in the dialect of a module. */
export const errnoOf = (module: string): ((name: ErrnoName) => number) =>
  module === "sallyport" ? linuxErrno : wasiErrno;

/** The operation behind an import, or undefined where there is none. */
export const importable = (module: string, name: string): Importable | undefined => {
  const shape = TABLES.get(module)?.get(name);
  if (shape === undefined || shape.number < FIRST_IMPORT) return undefined;
  const parts = layout(shape);
  const filled = parts.find(({ parameter }) => parameter.kind === "filled");
  return { number: shape.number, final: shape.final === true, parts, filled };
};

export const receivesData = ({ kind }: Parameter): boolean =>
  kind === "buffer" || kind === "filled" || kind === "scatter" || kind === "slots" || kind === "strings";
