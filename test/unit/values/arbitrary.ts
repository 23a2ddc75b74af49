import fc from "fast-check";

import {
  bytearray,
  Complex,
  DateTime,
  Decimal,
  Fraction,
  FrozenSet,
  mark,
  Path,
  Pattern,
  PlainDate,
  PlainTime,
  PythonException,
  Range,
  TimeDelta,
  TimeZone,
  Tuple,
  UUID,
} from "../../../src/values/index.js";

const integer = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }).map((value) => normal(value)),
);
const normal = (value: bigint): number | bigint =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value;

// Python cannot tell the float 3.0 from 3 in JavaScript's eyes: whole floats come back as ints.
const float = fc.double().filter((value) => !Number.isSafeInteger(value) || Object.is(value, -0));
const string = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom("\ud800", "a\udfffb", "__proto__"),
);

const offset = fc.integer({ min: -86_399, max: 86_399 }).map((seconds) => seconds * 1_000_000);
const zone = fc.oneof(
  offset.map((value) => ({ offset: value })),
  fc.record({ offset, name: fc.string({ minLength: 1 }) }, { noNullPrototype: true }),
);
const moment = fc.date({ min: new Date("0002-01-01"), max: new Date("9998-12-31"), noInvalidDate: true });
const dateTime = fc
  .record({
    moment,
    microseconds: fc.integer({ min: 1, max: 999 }),
    zone: fc.option(zone, { nil: undefined }),
  })
  .map(
    (parts) =>
      new DateTime(parts.moment, {
        microseconds: parts.microseconds,
        ...(parts.zone === undefined ? {} : { zone: parts.zone }),
      }),
  );

const bytes = fc.uint8Array();
const typedArrays = fc.oneof(
  fc.int8Array(),
  fc.uint8ClampedArray().map((value) => mark(Uint8Array.from(value), "array")),
  fc.int16Array(),
  fc.uint16Array(),
  fc.int32Array(),
  fc.uint32Array(),
  fc.bigInt64Array(),
  fc.bigUint64Array(),
  fc.float32Array({ noNaN: true }),
  fc.float64Array({ noNaN: true }),
  fc.int16Array().map((value) => mark(value, "memoryview")),
);

/** Scalars that Python can hash. */
export const scalar = fc.oneof(
  { weight: 3, arbitrary: string },
  { weight: 3, arbitrary: integer },
  float,
  fc.boolean(),
  fc.constant(null),
  bytes,
  fc.tuple(fc.integer(), fc.nat(999)).map(([whole, part]) => new Decimal(`${whole}.${part}`)),
  fc
    .tuple(fc.integer({ min: -99, max: 99 }), fc.constantFrom(7, 101))
    .map(([top, bottom]) => new Fraction(top * bottom + 1, bottom)),
  fc
    .tuple(fc.double({ noNaN: true }), fc.double({ noNaN: true }))
    .map(([real, imaginary]) => new Complex(real, imaginary)),
  fc.uuid().map((text) => new UUID(text)),
  fc.constantFrom("/a/b", "rel/x", "é").map((text) => new Path(text)),
  moment,
  dateTime,
  fc
    .date({ min: new Date("1000-01-01"), max: new Date("9998-12-31"), noInvalidDate: true })
    .map((date) => new PlainDate(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate())),
  fc
    .record({ hour: fc.nat(23), minute: fc.nat(59), second: fc.nat(59), micro: fc.nat(999_999) })
    .map(({ hour, minute, second, micro }) => new PlainTime(hour, minute, second, micro)),
  fc
    .record({ days: fc.integer({ min: -9999, max: 9999 }), seconds: fc.nat(86_399), micro: fc.nat(999_999) })
    .map(({ days, seconds, micro }) => new TimeDelta(days, seconds, micro)),
  zone.map((value) => new TimeZone(value)),
  fc
    .tuple(fc.integer(), fc.integer(), fc.integer({ min: 1 }))
    .map(([start, stop, step]) => new Range(start, stop, step)),
  fc.constantFrom(/a+b/gi, /^x$/m, /[/]\d{2}/u),
  fc.constantFrom("a(?P<n>b)", "x+").map((source) => new Pattern(source, 34)),
  fc.webUrl().map((text) => new URL(text)),
);

const unhashable = fc.oneof(
  typedArrays,
  bytes.map(bytearray),
  fc.tuple(fc.stringMatching(/^\w*$/), fc.integer()).map(
    (args) =>
      new PythonException("builtins:ValueError", args, {
        message: `('${args[0]}', ${args[1]})`,
        notes: ["n"],
      }),
  ),
  fc.string().map((message) => new TypeError(message)),
);

const keys = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.tuple(fc.string(), fc.nat()).map((items) => Tuple.from(items)),
);

/** Any value that travels from JavaScript to Python and comes back the same. */
export const value: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar,
    unhashable,
    fc.array(tie("value"), { maxLength: 6 }),
    fc.array(tie("value"), { maxLength: 6 }).map((items) => {
      const made = new Tuple();
      made.push(...items);
      return made;
    }),
    fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "toString")),
      tie("value"),
      {
        maxKeys: 6,
        noNullPrototype: false,
      },
    ),
    fc
      .uniqueArray(fc.tuple(keys, tie("value")), { maxLength: 5, selector: ([key]) => JSON.stringify(key) })
      .filter((entries) => entries.some(([key]) => typeof key !== "string"))
      .map((entries) => new Map(entries)),
    fc.uniqueArray(fc.oneof(fc.string(), fc.integer()), { maxLength: 6 }).map((items) => new Set(items)),
    fc
      .uniqueArray(fc.oneof(fc.string(), fc.integer()), { maxLength: 6 })
      .map((items) => new FrozenSet(items)),
  ),
})).value;
