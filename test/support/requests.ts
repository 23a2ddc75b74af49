/**
 * An honest guest's side of the wire, written apart from both the decoder and the guest: what the tests hold
 * these against.
 */
import * as fc from "fast-check";
import { argumentName } from "../../src/wire/decode.js";
import type { Request } from "../../src/wire/frame.js";
import type { OperationShape } from "../../src/wire/operations.js";
import { MAX_DATA, type Parameter, type Parameters } from "../../src/wire/parameters.js";

export type Value = number | bigint | string | Uint8Array;
export type Values = Readonly<Record<string, Value>>;

const fixed = (size: number, write: (bytes: Buffer) => void): Buffer => {
  const bytes = Buffer.alloc(size);
  write(bytes);
  return bytes;
};

const bigintOf = (value: Value | undefined): bigint => (typeof value === "bigint" ? value : 0n);

const dataOf = (value: Value | undefined): Buffer => {
  if (typeof value === "string") return Buffer.from(value, "utf8");
  return value instanceof Uint8Array ? Buffer.from(value) : Buffer.alloc(0);
};

/** The payload of a request with these arguments. */
export const encodeArguments = (parameters: Parameters, values: Values): Buffer => {
  const parts: Buffer[] = [];
  const tails: Buffer[] = [];
  for (const [name, parameter] of Object.entries(parameters)) {
    const argument = argumentName(name, parameter);
    if (argument === undefined) continue;
    const value = values[argument];
    switch (parameter.kind) {
      case "i32":
        parts.push(fixed(4, (bytes) => bytes.writeInt32LE(Number(value))));
        break;
      case "i64":
      case "u64":
        parts.push(fixed(8, (bytes) => bytes.writeBigUInt64LE(BigInt.asUintN(64, bigintOf(value)))));
        break;
      case "u32":
      case "buffer":
      case "filled":
      case "scatter":
      case "slots":
        parts.push(fixed(4, (bytes) => bytes.writeUInt32LE(Number(value))));
        break;
      default: {
        const data = dataOf(value);
        parts.push(fixed(4, (bytes) => bytes.writeUInt32LE(data.byteLength)));
        tails.push(data);
      }
    }
  }
  return Buffer.concat([...parts, ...tails]);
};

/** A whole frame. */
export const frame = (number: number, payload: Uint8Array): Buffer => {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(payload.byteLength, 0);
  header.writeUInt16LE(number, 4);
  return Buffer.concat([header, payload]);
};

export const requestFrame = (shape: OperationShape, values: Values): Buffer =>
  frame(shape.number, encodeArguments(shape.parameters, values));

/** A request as the channel hands it on, somewhere in a larger buffer. */
export const requestOf = (number: number, payload: Uint8Array): Request => {
  const bytes = Buffer.alloc(payload.byteLength + 24, 0xa5);
  bytes.set(payload, 16);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { number, bytes, view, start: 16, end: 16 + payload.byteLength };
};

const path = fc.string({ unit: "binary", maxLength: 40 }).map((text) => text.replaceAll("\0", "/"));
const bytes = fc.uint8Array({ maxLength: 200 });

const argument = (parameter: Parameter): fc.Arbitrary<Value> => {
  switch (parameter.kind) {
    case "i32":
      return fc.integer();
    case "u32":
      return fc.integer({ min: 0, max: 2 ** 32 - 1 });
    case "i64":
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case "u64":
      return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    case "bytes":
      return parameter.overflow === "ENAMETOOLONG" ? path : bytes;
    case "gather":
      return bytes;
    default:
      return fc.integer({ min: 0, max: MAX_DATA });
  }
};

/** Arguments that an honest guest may send. */
export const argumentsOf = (parameters: Parameters): fc.Arbitrary<Values> => {
  const entries: Record<string, fc.Arbitrary<Value>> = {};
  for (const [name, parameter] of Object.entries(parameters)) {
    const key = argumentName(name, parameter);
    if (key !== undefined) entries[key] = argument(parameter);
  }
  const counted = Object.entries(parameters).filter(([, { kind }]) => kind === "array" || kind === "slots");
  if (counted.length === 0) return fc.record(entries);
  // Arrays and slots follow the counter.
  return fc.tuple(fc.record(entries), fc.integer({ min: 0, max: 8 })).map(([values, records]) => {
    const made: Record<string, Value> = { ...values };
    for (const [name, parameter] of counted) {
      if (parameter.kind !== "array" && parameter.kind !== "slots") continue;
      made[parameter.count] = records;
      const key = argumentName(name, parameter) ?? name;
      const size = records * parameter.size;
      made[key] = parameter.kind === "array" ? Buffer.alloc(size, 7) : size;
    }
    return made;
  });
};
