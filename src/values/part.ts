/**
 * What comes behind a tag, read as what it has to be: anything else is a breach.
 */
import type { ProtocolError } from "../errors.js";
import type { Zone } from "./moments.js";
import type { DecodeOptions } from "./options.js";

/** What the reader of a tag needs of the decoder. */
export interface Part {
  readonly options: DecodeOptions;
  malformed(what?: string): ProtocolError;
  item(depth: number): unknown;
}

export const array = (part: Part, depth: number, ...lengths: number[]): readonly unknown[] => {
  const value = part.item(depth);
  if (!Array.isArray(value) || (lengths.length > 0 && !lengths.includes(value.length)))
    throw part.malformed();
  return value;
};

const isInteger = (value: unknown): value is number | bigint =>
  typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value));

export const text = (part: Part, value: unknown): string => {
  if (typeof value !== "string") throw part.malformed();
  return value;
};

export const number = (part: Part, value: unknown): number => {
  if (typeof value !== "number") throw part.malformed();
  return value;
};

export const integer = (part: Part, value: unknown): number | bigint => {
  if (!isInteger(value)) throw part.malformed();
  return value;
};

export const bytes = (part: Part): Uint8Array<ArrayBuffer> => {
  const value = part.item(1);
  if (!(value instanceof Uint8Array)) throw part.malformed();
  // A copy, on a buffer of its own: it can be the memory of a typed array.
  return new Uint8Array(value);
};

/** The members of a map with string keys. */
export const members = (part: Part, depth: number): ReadonlyMap<string, unknown> => {
  const value = part.item(depth);
  if (typeof value !== "object" || value === null || value instanceof Map || Array.isArray(value)) {
    throw part.malformed();
  }
  return new Map(Object.entries(value));
};

/** An offset is less than a day, in microseconds. */
const DAY = 86_400_000_000;

export const zone = (part: Part, value: unknown): Zone | undefined => {
  if (value === null) return undefined;
  if (!Array.isArray(value) || value.length < 1 || value.length > 3) throw part.malformed();
  const [offset, name]: unknown[] = value;
  if (offset !== null && (typeof offset !== "number" || !Number.isInteger(offset) || Math.abs(offset) >= DAY))
    throw part.malformed();
  if (value.length === 1) return { offset };
  return value.length === 3 ? { offset, key: text(part, name) } : { offset, name: text(part, name) };
};

export const moment = <T>(
  part: Part,
  parse: (text: string, fold: 0 | 1, zone: Zone | undefined) => T | undefined,
): T => {
  const [written, fold, place] = array(part, 3, 3);
  if (fold !== 0 && fold !== 1) throw part.malformed();
  const value = parse(text(part, written), fold, zone(part, place));
  if (value === undefined) throw part.malformed("a time that is none");
  return value;
};

export const checked = <T>(part: Part, make: () => T): T => {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) throw part.malformed(error.message);
    throw error;
  }
};

/** [type, …] of an enum member or a dataclass: the array's head comes as one item, so it is read whole. */
export const typed = (part: Part, depth: number, length: number): readonly unknown[] =>
  array(part, depth + 1, length);
