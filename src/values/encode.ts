import { types } from "node:util";

import { FrozenSet, NamedTuple, Range, Tuple } from "./containers.js";
import { Obstacle } from "./errors.js";
import { markOf } from "./marks.js";
import { DateTime, formatDateTime, PlainDate, PlainTime, TimeDelta, TimeZone, type Zone } from "./moments.js";
import { type EncodeOptions, MAX_DEPTH, MAX_INTEGER, MAX_SIZE } from "./options.js";
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
import { TAG, TYPED_ARRAYS } from "./tags.js";
import { Writer } from "./writer.js";
import { isWellFormed, toWtf8 } from "./wtf8.js";

/**
 * CBOR of a value, for Python. TravelError (a TypeError) names the path of what cannot travel.
 *
 * See docs/values.md for what becomes what.
 */
export const encode = (value: unknown, options: EncodeOptions = {}): Uint8Array<ArrayBuffer> => {
  const encoder = new Encoder(options);
  try {
    encoder.item(value, options.depth ?? MAX_DEPTH);
    return encoder.out.finish();
  } catch (error) {
    encoder.undo();
    throw error instanceof Obstacle ? error.named(options.root ?? "value") : error;
  }
};

class Encoder {
  readonly out: Writer;
  readonly #options: EncodeOptions;
  readonly #holds: number[] = [];
  /** In a key or an element of a set, arrays are tuples and sets are frozensets: Python wants them hashable. */
  #hashable = false;

  constructor(options: EncodeOptions) {
    this.#options = options;
    this.out = new Writer(options.size ?? MAX_SIZE);
  }

  undo(): void {
    if (this.#holds.length > 0) this.#options.references?.drop(this.#holds);
  }

  item(value: unknown, depth: number): void {
    const { out } = this;
    switch (typeof value) {
      case "string":
        this.#string(value);
        return;
      case "number":
        out.number(value);
        return;
      case "boolean":
        out.byte(value ? 0xf5 : 0xf4);
        return;
      case "undefined":
        out.byte(0xf7);
        return;
      case "bigint":
        if (value >= HUGE || value <= -HUGE) {
          throw new Obstacle(`an integer of more than ${MAX_INTEGER} bytes cannot travel`);
        }
        out.bigint(value);
        return;
      case "object":
        if (value === null) out.byte(0xf6);
        else this.#object(value, depth);
        return;
      case "function":
        if (!this.#reference(value, depth)) throw new Obstacle("a function cannot travel");
        return;
      case "symbol":
        throw new Obstacle("a symbol cannot travel");
    }
  }

  #string(value: string): void {
    if (value.length < 4096 ? isWellFormed(value) : !SURROGATE.test(value) || isWellFormed(value)) {
      this.out.text(value);
      return;
    }
    this.out.head(6, TAG.wtf8);
    this.out.bytes(toWtf8(value));
  }

  #object(value: object, depth: number): void {
    if (depth <= 0) throw new Obstacle("nested too deeply to travel", true);
    const { out } = this;
    if (Array.isArray(value)) {
      if (value instanceof NamedTuple) this.#namedtuple(value, depth);
      else {
        if (value instanceof Tuple || this.#hashable) out.head(6, TAG.tuple);
        this.#items(value, value, depth);
      }
    } else if (ArrayBuffer.isView(value)) {
      this.#view(value);
    } else if (isPlain(value)) {
      this.#plain(value, depth);
    } else if (types.isMap(value)) {
      this.#map(value, depth);
    } else if (types.isSet(value)) {
      out.head(6, value instanceof FrozenSet || this.#hashable ? TAG.frozenset : TAG.set);
      out.head(4, value.size);
      for (const element of value) this.#key(element, depth, { element }, value);
    } else if (!this.#known(value, depth) && !this.#adapted(value, depth) && !this.#reference(value, depth)) {
      throw new Obstacle(cannot(value));
    }
  }

  #items(items: readonly unknown[], owner: object, depth: number): void {
    this.out.head(4, items.length);
    let index = 0;
    try {
      for (; index < items.length; index++) this.item(items[index], depth - 1);
    } catch (error) {
      throw error instanceof Obstacle ? error.at({ index }, owner) : error;
    }
  }

  #plain(value: object, depth: number): void {
    const type = markOf(value);
    const keys = Object.keys(value);
    if (type !== undefined) {
      this.out.head(6, TAG.dataclass);
      this.out.head(4, 2);
      this.out.text(type);
    } else if (this.#hashable) {
      throw new Obstacle("an object cannot be a key or an element of a set in Python");
    }
    this.out.head(5, keys.length);
    const outer = this.#hashable;
    this.#hashable = false;
    for (const key of keys) {
      this.#string(key);
      this.#member(Reflect.get(value, key), depth, key, value);
    }
    this.#hashable = outer;
  }

  #member(member: unknown, depth: number, key: unknown, owner: object): void {
    try {
      this.item(member, depth - 1);
    } catch (error) {
      throw error instanceof Obstacle ? error.at({ key }, owner) : error;
    }
  }

  #map(map: Map<unknown, unknown>, depth: number): void {
    if (this.#hashable) throw new Obstacle("a Map cannot be a key or an element of a set in Python");
    this.out.head(5, map.size);
    for (const [key, member] of map) {
      this.#key(key, depth, { key }, map);
      this.#member(member, depth, key, map);
    }
  }

  #key(key: unknown, depth: number, step: { key: unknown } | { element: unknown }, owner: object): void {
    const outer = this.#hashable;
    this.#hashable = true;
    try {
      this.item(key, depth - 1);
    } catch (error) {
      throw error instanceof Obstacle ? error.at(step, owner) : error;
    } finally {
      this.#hashable = outer;
    }
  }

  #namedtuple(value: NamedTuple, depth: number): void {
    this.#tagged(TAG.namedtuple, 3);
    this.out.text(value.type);
    this.#texts(value.fields);
    this.#items(value, value, depth);
  }

  #tagged(tag: number, parts: number): void {
    this.out.head(6, tag);
    this.out.head(4, parts);
  }

  #view(view: ArrayBufferView): void {
    const { out } = this;
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const type = markOf(view);
    if (types.isUint8Array(view) && type === undefined) {
      out.bytes(bytes);
    } else if (types.isDataView(view)) {
      out.bytes(bytes);
    } else if (type === "bytearray") {
      out.head(6, TAG.bytearray);
      out.bytes(bytes);
    } else {
      const name = Object.prototype.toString.call(view).slice(8, -1);
      const found = TYPED_ARRAYS.find((each) => each.name === name);
      if (found === undefined) throw new Obstacle(`${name} cannot travel`);
      if (type === "memoryview") out.head(6, TAG.memoryview);
      out.head(6, found.tag);
      out.bytes(bytes);
    }
  }

  /** Classes of JavaScript and of ours. */
  #known(value: object, depth: number): boolean {
    const { out } = this;
    if (types.isDate(value)) {
      this.#date(value);
    } else if (types.isRegExp(value)) {
      this.#tagged(TAG.regexp, 2);
      this.#string(value.source);
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
      this.#tagged(TAG.fraction, 2);
      this.item(value.numerator, 1);
      this.item(value.denominator, 1);
    } else if (value instanceof Complex) {
      this.#tagged(TAG.complex, 2);
      out.double(value.real);
      out.double(value.imaginary);
    } else if (value instanceof UUID) {
      out.head(6, TAG.uuid);
      out.bytes(Buffer.from(value.text.replaceAll("-", ""), "hex"));
    } else if (value instanceof Path) {
      this.#tagged(TAG.path, 2);
      out.text(value.type);
      this.#string(value.text);
    } else if (value instanceof Range) {
      this.#tagged(TAG.range, 3);
      for (const part of [value.start, value.stop, value.step]) this.item(part, 1);
    } else if (value instanceof PlainDate) {
      out.head(6, TAG.date);
      out.text(value.toString());
    } else if (value instanceof PlainTime) {
      this.#moment(TAG.time, value.toString(), value.fold, value.zone);
    } else if (value instanceof TimeDelta) {
      this.#tagged(TAG.timedelta, 3);
      for (const part of [value.days, value.seconds, value.microseconds]) this.item(part, 1);
    } else if (value instanceof TimeZone) {
      out.head(6, TAG.timezone);
      this.#zone(value);
    } else if (value instanceof EnumMember) {
      this.#tagged(TAG.enumMember, 3);
      out.text(value.type);
      this.item(value.memberName, 1);
      this.#member(value.value, depth, "value", value);
    } else if (value instanceof Pattern) {
      this.#tagged(TAG.pattern, 2);
      this.item(value.source, 1);
      out.number(value.flags);
    } else if (value instanceof Adapted) {
      this.#tagged(TAG.adapted, 2);
      this.#string(value.adapter);
      this.#member(value.value, depth, "value", value);
    } else if (types.isNativeError(value) || value instanceof Error) {
      this.#error(value, depth);
    } else {
      return false;
    }
    return true;
  }

  #date(value: Date): void {
    const text = formatDateTime(value);
    if (text === undefined) {
      throw new Obstacle(
        Number.isNaN(value.getTime())
          ? "an invalid Date cannot travel"
          : "a Date before year 1 or after year 9999 cannot travel",
      );
    }
    if (value instanceof DateTime) this.#moment(TAG.datetime, text, value.fold, value.zone);
    else this.#moment(TAG.datetime, text, 0, { offset: 0 });
  }

  #moment(tag: number, text: string, fold: number, zone: Zone | undefined): void {
    this.#tagged(tag, 3);
    this.out.text(text);
    this.out.number(fold);
    if (zone === undefined) this.out.byte(0xf6);
    else this.#zone(zone);
  }

  #zone(zone: Zone): void {
    const parts: unknown[] = [zone.offset];
    if (zone.key !== undefined) parts.push(zone.key, true);
    else if (zone.name !== undefined) parts.push(zone.name);
    // The array is part of the format, not a value that might have to be a tuple.
    this.out.head(4, parts.length);
    for (const part of parts) this.item(part, 1);
  }

  #texts(texts: readonly string[]): void {
    this.out.head(4, texts.length);
    for (const text of texts) this.#string(text);
  }

  #error(error: Error, depth: number): void {
    if (error instanceof PythonException) {
      const links = [["cause", error.cause] as const, ["context", error.context] as const].filter(
        ([, link]) => link !== undefined,
      );
      this.out.head(6, TAG.exception);
      this.out.head(5, 4 + links.length);
      this.out.text("type");
      this.out.text(error.type);
      this.out.text("message");
      this.#string(error.message);
      this.out.text("notes");
      this.#texts(error.notes);
      this.out.text("args");
      this.#items(error.args, error, depth);
      for (const [name, link] of links) {
        this.out.text(name);
        this.#member(link, depth, name, error);
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
    this.out.head(6, TAG.hostError);
    this.out.head(5, parts.size);
    for (const part of [...parts].flat()) this.#string(String(part));
  }

  #adapted(value: object, depth: number): boolean {
    const adapter = this.#options.adapters?.find((each) => value instanceof each.type);
    if (adapter === undefined) return false;
    this.#tagged(TAG.adapted, 2);
    this.#string(adapter.name);
    this.item(adapter.encode(value), depth - 1);
    return true;
  }

  #reference(value: object, depth: number): boolean {
    const { references } = this.#options;
    if (references === undefined) return false;
    const id = references.guestId(value);
    if (id !== undefined) {
      this.out.head(6, TAG.guestReference);
      this.item({ id }, 2);
      return true;
    }
    const parts = references.refer(value);
    if (parts === undefined) return false;
    this.#holds.push(parts.id);
    this.out.head(6, TAG.hostReference);
    const outer = this.#hashable;
    this.#hashable = false;
    this.item(withoutMissing(parts), depth + 8);
    this.#hashable = outer;
    return true;
  }
}

const HUGE = 1n << BigInt(MAX_INTEGER * 8);
const SURROGATE = /[\ud800-\udfff]/;

/** undefined would arrive as None; a property that is not there has no key. */
const withoutMissing = (parts: object): object =>
  Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined));

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || isRootPrototype(prototype);
};

/** Object.prototype of another realm. */
const isRootPrototype = (prototype: unknown): boolean =>
  typeof prototype === "object" &&
  prototype !== null &&
  Object.getPrototypeOf(prototype) === null &&
  Object.hasOwn(prototype, "hasOwnProperty");

const pythonClass = (error: Error): string => {
  if (error.name === "TimeoutError") return "TimeoutError";
  if (error instanceof TypeError) return "TypeError";
  return error instanceof RangeError ? "ValueError" : "HostError";
};

const cannot = (value: object): string => {
  if (types.isPromise(value)) return "a Promise cannot travel: await it first";
  if (types.isProxy(value)) return "a Proxy cannot travel";
  const made: unknown = Reflect.get(value, "constructor");
  const name = typeof made === "function" && made.name !== "" ? made.name : "this class";
  return `an instance of ${name} cannot travel: give an adapter for it, or make it a plain object`;
};
