import { types } from "node:util";
import { Range } from "./containers.js";
import { Obstacle } from "./errors.js";
import { DateTime, formatDateTime, PlainDate, PlainTime, TimeDelta, TimeZone, type Zone } from "./moments.js";
import {
  Adapted,
  Complex,
  Decimal,
  EnumMember,
  Fraction,
  Path,
  Pattern,
  PythonException,
  UUID,
} from "./scalars.js";
import { TAG } from "./tags.js";
import type { Writer } from "./writer.js";

/** What the writer of a class needs of the encoder. */
export interface Encoding {
  readonly out: Writer;
  item(value: unknown, depth: number): void;
  items(items: readonly unknown[], owner: object, depth: number): void;
  /** A value within another, under a name that an obstacle in it is told by. */
  member(member: unknown, depth: number, key: unknown, owner: object): void;
  string(value: string): void;
  /** An array of texts, whatever it stands in. */
  texts(texts: readonly string[]): void;
  /** The head of a tag for an array of so many parts. */
  tagged(tag: number, parts: number): void;
}

/** Writes an object of a class of JavaScript's, or of ours, which Python has as well. Answers whether it is one. */
export const writeKnown = (to: Encoding, value: object, depth: number): boolean => {
  const { out } = to;
  if (types.isDate(value)) {
    writeDate(to, value);
  } else if (types.isRegExp(value)) {
    to.tagged(TAG.regexp, 2);
    to.string(value.source);
    out.text(value.flags);
  } else if (value instanceof URL) {
    out.head(6, TAG.url);
    out.text(value.href);
  } else if (types.isAnyArrayBuffer(value)) {
    out.bytes(new Uint8Array(value));
  } else if (value instanceof Decimal) {
    out.head(6, TAG.decimal);
    out.text(value.text);
  } else if (value instanceof Fraction) {
    to.tagged(TAG.fraction, 2);
    to.item(value.numerator, 1);
    to.item(value.denominator, 1);
  } else if (value instanceof Complex) {
    to.tagged(TAG.complex, 2);
    out.double(value.real);
    out.double(value.imaginary);
  } else if (value instanceof UUID) {
    out.head(6, TAG.uuid);
    out.bytes(Buffer.from(value.text.replaceAll("-", ""), "hex"));
  } else if (value instanceof Path) {
    to.tagged(TAG.path, 2);
    out.text(value.type);
    to.string(value.text);
  } else if (value instanceof Range) {
    to.tagged(TAG.range, 3);
    for (const part of [value.start, value.stop, value.step]) to.item(part, 1);
  } else if (value instanceof PlainDate) {
    out.head(6, TAG.date);
    out.text(value.toString());
  } else if (value instanceof PlainTime) {
    writeMoment(to, TAG.time, value.toString(), value.fold, value.zone);
  } else if (value instanceof TimeDelta) {
    to.tagged(TAG.timedelta, 3);
    for (const part of [value.days, value.seconds, value.microseconds]) to.item(part, 1);
  } else if (value instanceof TimeZone) {
    out.head(6, TAG.timezone);
    writeZone(to, value);
  } else if (value instanceof EnumMember) {
    to.tagged(TAG.enumMember, 3);
    out.text(value.type);
    to.item(value.memberName, 1);
    to.member(value.value, depth, "value", value);
  } else if (value instanceof Pattern) {
    to.tagged(TAG.pattern, 2);
    to.item(value.source, 1);
    out.number(value.flags);
  } else if (value instanceof Adapted) {
    to.tagged(TAG.adapted, 2);
    to.string(value.adapter);
    to.member(value.value, depth, "value", value);
  } else if (types.isNativeError(value) || value instanceof Error) {
    writeError(to, value, depth);
  } else {
    return false;
  }
  return true;
};

const writeDate = (to: Encoding, value: Date): void => {
  const text = formatDateTime(value);
  if (text === undefined) {
    throw new Obstacle(
      Number.isNaN(value.getTime())
        ? "an invalid Date cannot travel"
        : "a Date before year 1 or after year 9999 cannot travel",
    );
  }
  if (value instanceof DateTime) writeMoment(to, TAG.datetime, text, value.fold, value.zone);
  else writeMoment(to, TAG.datetime, text, 0, { offset: 0 });
};

const writeMoment = (to: Encoding, tag: number, text: string, fold: number, zone: Zone | undefined): void => {
  to.tagged(tag, 3);
  to.out.text(text);
  to.out.number(fold);
  if (zone === undefined) to.out.byte(0xf6);
  else writeZone(to, zone);
};

const writeZone = (to: Encoding, zone: Zone): void => {
  const parts: unknown[] = [zone.offset];
  if (zone.key !== undefined) parts.push(zone.key, true);
  else if (zone.name !== undefined) parts.push(zone.name);
  // The array is part of the format, not a value that might have to be a tuple.
  to.out.head(4, parts.length);
  for (const part of parts) to.item(part, 1);
};

const writeError = (to: Encoding, error: Error, depth: number): void => {
  if (error instanceof PythonException) {
    const links = [["cause", error.cause] as const, ["context", error.context] as const].filter(
      ([, link]) => link !== undefined,
    );
    to.out.head(6, TAG.exception);
    to.out.head(5, 4 + links.length);
    to.out.text("type");
    to.out.text(error.type);
    to.out.text("message");
    to.string(error.message);
    to.out.text("notes");
    to.texts(error.notes);
    to.out.text("args");
    to.items(error.args, error, depth);
    for (const [name, link] of links) {
      to.out.text(name);
      to.member(link, depth, name, error);
    }
    return;
  }
  const code: unknown = "code" in error ? error.code : undefined;
  const parts = new Map([
    ["name", error.name],
    ["message", error.message],
    ["type", pythonClass(error)],
  ]);
  if (typeof code === "string") parts.set("code", code);
  to.out.head(6, TAG.hostError);
  to.out.head(5, parts.size);
  for (const part of [...parts].flat()) to.string(String(part));
};

const pythonClass = (error: Error): string => {
  if (error.name === "TimeoutError") return "TimeoutError";
  if (error instanceof TypeError) return "TypeError";
  return error instanceof RangeError ? "ValueError" : "HostError";
};
