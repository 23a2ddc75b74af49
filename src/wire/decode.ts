/**
 * From a request's bytes to its arguments: an interpreter of parameter kinds, prepared once per operation.
 *
 * Nothing is handed on before the whole payload has been checked: every length against its limit, the sum of the
 * lengths against the payload (so nothing is left over), and counts against the arrays they belong to.
 */
import { breach, HEADER_SIZE, type Request } from "./frame.js";
import { MAX_DATA, type Parameter, type Parameters } from "./parameters.js";
import { decodePath } from "./text.js";
import type { ArgumentsOf } from "./types.js";

export type Decoder<P extends Parameters> = (request: Request) => ArgumentsOf<P>;

type Value = number | bigint | string | Uint8Array;

interface Step {
  readonly name: string;
  readonly read: "i32" | "u32" | "i64" | "u64" | "path" | "data" | "capacity";
  /** Offset of the field among the fixed parts. */
  readonly offset: number;
  /** Most bytes. */
  readonly limit: number;
  /** For arrays and slots: where the number of records is, and the size of one. */
  readonly counter: { readonly offset: number; readonly size: number } | undefined;
}

const WIDTH = { i32: 4, u32: 4, i64: 8, u64: 8 } as const;

/** The name under which a parameter appears in the arguments. */
export const argumentName = (name: string, parameter: Parameter): string | undefined => {
  switch (parameter.kind) {
    case "out":
    case "count":
    case "strings":
      return undefined;
    case "buffer":
    case "filled":
    case "scatter":
    case "slots":
      return name === "address" ? "address_capacity" : "capacity";
    default:
      return name;
  }
};

/** Bytes that a parameter takes among a request's fixed parts. */
export const requestWidth = (parameter: Parameter): number => {
  switch (parameter.kind) {
    case "i32":
    case "u32":
    case "i64":
    case "u64":
      return WIDTH[parameter.kind];
    case "out":
    case "count":
    case "strings":
      return 0;
    default:
      return 4;
  }
};

const readKind = (parameter: Parameter): Step["read"] => {
  switch (parameter.kind) {
    case "i32":
    case "u32":
    case "i64":
    case "u64":
      return parameter.kind;
    case "bytes":
      return parameter.overflow === "ENAMETOOLONG" ? "path" : "data";
    case "gather":
    case "array":
      return "data";
    default:
      return "capacity";
  }
};

const plan = (parameters: Parameters): { readonly steps: readonly Step[]; readonly fixed: number } => {
  const offsets = new Map<string, number>();
  let fixed = 0;
  for (const [name, parameter] of Object.entries(parameters)) {
    offsets.set(name, fixed);
    fixed += requestWidth(parameter);
  }
  const steps: Step[] = [];
  for (const [parameterName, parameter] of Object.entries(parameters)) {
    const name = argumentName(parameterName, parameter);
    if (name === undefined) continue;
    const counted = parameter.kind === "array" || parameter.kind === "slots" ? parameter : undefined;
    steps.push({
      name,
      read: readKind(parameter),
      offset: offsets.get(parameterName) ?? 0,
      limit: parameter.kind === "bytes" ? parameter.limit : MAX_DATA,
      counter: counted && { offset: offsets.get(counted.count) ?? 0, size: counted.size },
    });
  }
  return { steps, fixed };
};

/**
 * Prepares the decoder of one operation. `label` names it in errors.
 *
 * The decoder throws `ProtocolError` for what an honest guest never sends, and `Errno` for a path that cannot be
 * one (EILSEQ, EINVAL), which is the operation's answer.
 */
export const compileDecoder = <P extends Parameters>(label: string, parameters: P): Decoder<P> => {
  const { steps, fixed } = plan(parameters);

  const broken = (what: string) => breach(`${label}: ${what}`);

  const check = (request: Request): void => {
    const { view, start, end } = request;
    if (end - start < fixed) {
      throw broken(`a payload of ${end - start} bytes, where the fixed parts alone need ${fixed}`);
    }
    let total = fixed;
    for (const step of steps) {
      if (step.read !== "path" && step.read !== "data" && step.read !== "capacity") continue;
      const length = view.getUint32(start + step.offset, true);
      if (length > step.limit) throw broken(`${step.name} of ${length} bytes, at most ${step.limit} may be`);
      if (step.counter !== undefined) {
        const records = view.getUint32(start + step.counter.offset, true);
        const expected = records * step.counter.size;
        // The guest's stub clamps capacities, never data.
        if (length !== (step.read === "capacity" ? Math.min(expected, MAX_DATA) : expected)) {
          throw broken(`${step.name} of ${length} bytes for ${records} records of ${step.counter.size}`);
        }
      }
      if (step.read !== "capacity") total += length;
    }
    if (total !== end - start) {
      throw broken(`a payload of ${end - start} bytes, where its parts have ${total}`);
    }
  };

  const decode = (request: Request): Record<string, Value> => {
    check(request);
    const { view, bytes, start } = request;
    const values: Record<string, Value> = {};
    let at = start + fixed;
    for (const step of steps) {
      const field = start + step.offset;
      switch (step.read) {
        case "i32":
          values[step.name] = view.getInt32(field, true);
          break;
        case "u32":
        case "capacity":
          values[step.name] = view.getUint32(field, true);
          break;
        case "i64":
          values[step.name] = view.getBigInt64(field, true);
          break;
        case "u64":
          values[step.name] = view.getBigUint64(field, true);
          break;
        case "path": {
          const length = view.getUint32(field, true);
          values[step.name] = decodePath(bytes, at, at + length);
          at += length;
          break;
        }
        case "data": {
          const length = view.getUint32(field, true);
          // A plain Uint8Array, whose `slice` copies; a Buffer's would not.
          values[step.name] = new Uint8Array(bytes.buffer, bytes.byteOffset + at, length);
          at += length;
          break;
        }
      }
    }
    return values;
  };

  // The plan follows the same table as the type does, which the compiler cannot see.
  return decode as Decoder<P>;
};

/** The header's part of the check: the operation's number, or what is wrong with the eight bytes. */
export const checkHeader = (
  view: DataView,
  at: number,
  maximum: number,
): { length: number; number: number } => {
  const length = view.getUint32(at, true);
  const number = view.getUint16(at + 4, true);
  const reserved = view.getUint16(at + 6, true);
  if (reserved !== 0) throw breach(`a header with ${reserved} where zero must be`);
  if (length > maximum - HEADER_SIZE) {
    throw breach(`a frame of ${length} payload bytes, at most ${maximum - HEADER_SIZE} may be`);
  }
  return { length, number };
};
