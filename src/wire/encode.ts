/**
 * From an operation's results to its answer: an interpreter of parameter kinds, prepared once per operation.
 *
 * What a handler gives is checked against the table and the capacities that the guest offered, so that an answer
 * is either right or an error of the controller, never something the guest could trip over.
 */
import { type Answer, INLINE } from "./answer.js";
import { argumentName } from "./decode.js";
import { HEADER_SIZE } from "./frame.js";
import { MAX_DATA, type Parameter, type Parameters } from "./parameters.js";
import { type StatRecord, type StatvfsRecord, writeStat, writeStatvfs } from "./records.js";
import type { ArgumentsOf, ResultsOf } from "./types.js";

/** Fills and sends an answer. Throws `TypeError` or `RangeError`, with nothing sent, for results that do not fit. */
export type Encoder<P extends Parameters> = (
  answer: Answer,
  args: ArgumentsOf<P>,
  results: ResultsOf<P>,
  signal: number,
) => void;

/** Bytes that a parameter takes among an answer's fixed parts. */
export const answerWidth = (parameter: Parameter): number => {
  switch (parameter.kind) {
    case "out":
      return parameter.size;
    case "count":
    case "buffer":
    case "filled":
    case "scatter":
    case "slots":
    case "strings":
      return 4;
    default:
      return 0;
  }
};

type Values = Readonly<Record<string, unknown>>;

interface Step {
  readonly name: string;
  readonly parameter: Parameter;
  readonly offset: number;
  /** Buffers: the argument with the capacity. Counts: the buffer whose size is the default. */
  readonly partner: string | undefined;
  /** Counts: the size of one of the partner's records. */
  readonly unit: number;
}

const isBuffer = (parameter: Parameter): boolean =>
  parameter.kind === "buffer" ||
  parameter.kind === "filled" ||
  parameter.kind === "scatter" ||
  parameter.kind === "slots";

const plan = (parameters: Parameters): { readonly steps: readonly Step[]; readonly end: number } => {
  const entries = Object.entries(parameters);
  const buffers = entries.filter(([, parameter]) => isBuffer(parameter));
  const steps: Step[] = [];
  let offset = HEADER_SIZE;
  let counts = 0;
  for (const [name, parameter] of entries) {
    const width = answerWidth(parameter);
    if (width === 0) continue;
    const counted = parameter.kind === "count" ? buffers[counts++] : undefined;
    const unit = counted?.[1].kind === "slots" ? counted[1].size : 1;
    const partner = isBuffer(parameter) ? argumentName(name, parameter) : counted?.[0];
    steps.push({ name, parameter, offset, partner, unit });
    offset += width;
  }
  return { steps, end: offset };
};

const bytesOf = (label: string, name: string, value: unknown): Uint8Array => {
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`${label}: ${name} must be a Uint8Array, not ${typeof value}`);
};

const integerOf = (label: string, name: string, value: unknown, low: number, high: number): number => {
  if (typeof value === "number" && Number.isInteger(value) && value >= low && value <= high) return value;
  throw new RangeError(`${label}: ${name} must be an integer of ${low} to ${high}, not ${String(value)}`);
};

const writeOut = (
  label: string,
  answer: Answer,
  { name, offset, parameter }: Step & { readonly parameter: Extract<Parameter, { kind: "out" }> },
  value: unknown,
): void => {
  switch (parameter.shape) {
    case "integer":
      if (parameter.size === 8) {
        if (typeof value !== "bigint") throw new TypeError(`${label}: ${name} must be a bigint`);
        answer.view.setBigUint64(offset, BigInt.asUintN(64, value), true);
        return;
      }
      writeInteger(answer, offset, parameter.size, integerOf(label, name, value, -(2 ** 31), 2 ** 32 - 1));
      return;
    case "pair": {
      if (!Array.isArray(value) || value.length !== 2)
        throw new TypeError(`${label}: ${name} must be a pair`);
      const pair: readonly unknown[] = value;
      for (const index of [0, 1]) {
        const element = integerOf(label, name, pair[index], -(2 ** 31), 2 ** 31 - 1);
        answer.view.setInt32(offset + 4 * index, element, true);
      }
      return;
    }
    case "bytes": {
      const bytes = bytesOf(label, name, value);
      if (bytes.byteLength !== parameter.size) {
        throw new RangeError(`${label}: ${name} must have ${parameter.size} bytes, not ${bytes.byteLength}`);
      }
      answer.bytes.set(bytes, offset);
      return;
    }
    case "stat":
      writeStat(answer.view, offset, value as StatRecord);
      return;
    case "statvfs":
      writeStatvfs(answer.view, offset, value as StatvfsRecord);
      return;
  }
};

const writeInteger = (answer: Answer, offset: number, size: number, value: number): void => {
  if (size === 4) answer.view.setUint32(offset, value, true);
  else if (size === 2) answer.view.setUint16(offset, value, true);
  else answer.view.setUint8(offset, value);
};

/** Prepares the encoder of one operation. `label` names it in errors. */
export const compileEncoder = <P extends Parameters>(label: string, parameters: P): Encoder<P> => {
  const { steps, end } = plan(parameters);

  const lengthOf = (step: Step, data: Uint8Array, args: Values): number => {
    const length = data.byteLength;
    const capacity = step.partner === undefined ? MAX_DATA : Number(args[step.partner]);
    const whole = step.parameter.kind === "filled";
    if (length > capacity || (whole && length !== capacity)) {
      throw new RangeError(`${label}: ${step.name} has ${length} bytes for a capacity of ${capacity}`);
    }
    return length;
  };

  const encode = (answer: Answer, args: Values, results: Values, signal: number): void => {
    let at = end;
    let tails: Uint8Array[] | undefined;
    for (const step of steps) {
      const { name, parameter, offset } = step;
      const value = results[name];
      if (parameter.kind === "out") {
        writeOut(label, answer, { ...step, parameter }, value);
      } else if (parameter.kind === "count") {
        const partner = value === undefined && step.partner !== undefined ? results[step.partner] : undefined;
        const count = partner instanceof Uint8Array ? partner.byteLength / step.unit : value;
        answer.view.setUint32(offset, integerOf(label, name, count, 0, 2 ** 32 - 1), true);
      } else {
        const data = bytesOf(label, name, value);
        const length = lengthOf(step, data, args);
        answer.view.setUint32(offset, length, true);
        if (length > INLINE || tails !== undefined) {
          tails ??= [];
          tails.push(data);
        } else {
          answer.bytes.set(data, at);
          at += length;
        }
      }
    }
    answer.send(at, tails, signal);
  };

  return (answer, args, results, signal) => encode(answer, args, results ?? NOTHING, signal);
};

const NOTHING: Values = Object.freeze({});
