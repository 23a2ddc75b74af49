import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ProtocolError } from "../../src/errors.js";
import { compileDecoder } from "../../src/wire/decode.js";
import { Errno } from "../../src/wire/errno.js";
import { type OperationShape, sallyport } from "../../src/wire/operations.js";
import { MAX_DATA, MAX_PATH } from "../../src/wire/parameters.js";
import { wasi } from "../../src/wire/wasi-functions.js";
import { argumentsOf, encodeArguments, requestOf, type Values } from "../support/requests.js";

const all: [string, OperationShape][] = [...Object.entries(sallyport), ...Object.entries(wasi)];

const decode = (shape: OperationShape, payload: Uint8Array): Values =>
  ({ ...compileDecoder("test", shape.parameters)(requestOf(shape.number, payload)) }) as Values;

/** Decodes, or gives the refusal; anything but a refusal is a failure of the test. */
const attempt = (shape: OperationShape, payload: Uint8Array): Values | Error => {
  try {
    return decode(shape, payload);
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof Errno) return error;
    throw error;
  }
};

const plain = (values: Values): Values =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      value instanceof Uint8Array ? Buffer.from(value) : value,
    ]),
  );

test("numbers and names of operations are unique", () => {
  expect(new Set(all.map(([, { number }]) => number)).size).toBe(all.length);
  expect(new Set(all.map(([name]) => name)).size).toBe(all.length);
});

describe.each(all)("%s", (_name, shape) => {
  test("what an honest guest sends is decoded to what it meant", () => {
    fc.assert(
      fc.property(argumentsOf(shape.parameters), (values) => {
        expect(plain(decode(shape, encodeArguments(shape.parameters, values)))).toEqual(plain(values));
      }),
      { numRuns: 30 },
    );
  });

  test("any bytes are refused, or are exactly what their meaning encodes to", () => {
    const honest = argumentsOf(shape.parameters).map((values) => encodeArguments(shape.parameters, values));
    const mutated = fc
      .tuple(
        honest,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
        fc.nat(3),
      )
      .map(([payload, changes, cut]) => {
        for (const [at, byte] of changes) if (payload.byteLength > 0) payload[at % payload.byteLength] = byte;
        return cut === 0 ? payload.subarray(0, Math.max(0, payload.byteLength - 1)) : payload;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 120 })), (payload) => {
        const values = attempt(shape, payload);
        if (values instanceof Error) return;
        expect(encodeArguments(shape.parameters, values).equals(payload)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test("a byte less or a byte more is refused", () => {
    fc.assert(
      fc.property(argumentsOf(shape.parameters), (values) => {
        const payload = encodeArguments(shape.parameters, values);
        expect(() => decode(shape, Buffer.concat([payload, Buffer.alloc(1)]))).toThrow(ProtocolError);
        if (payload.byteLength === 0) return;
        expect(() => decode(shape, payload.subarray(0, -1))).toThrow(ProtocolError);
      }),
      { numRuns: 10 },
    );
  });
});

const { access, read, rename, write } = sallyport;

test("lengths beyond their limits are refused, whatever follows", () => {
  const long = encodeArguments(access.parameters, {
    at: 0,
    path: "a".repeat(MAX_PATH + 1),
    mode: 0,
    flags: 0,
  });
  expect(() => decode(access, long)).toThrow(/path of 4096 bytes, at most 4095/);
  const big = encodeArguments(write.parameters, { fd: 1, data: new Uint8Array(MAX_DATA + 1) });
  expect(() => decode(write, big)).toThrow(/data of 1048577 bytes/);
  const wide = encodeArguments(read.parameters, { fd: 1, capacity: MAX_DATA + 1 });
  expect(() => decode(read, wide)).toThrow(/capacity of 1048577 bytes/);
});

test("lengths whose sum is not the payload's are refused, also where a sum of 32 bits would wrap", () => {
  const payload = encodeArguments(rename.parameters, { at: 0, path: "a", to_at: 0, to_path: "b", flags: 0 });
  payload.writeUInt32LE(0xffffffff, 4);
  expect(() => decode(rename, payload)).toThrow(ProtocolError);
  payload.writeUInt32LE(2, 4);
  expect(() => decode(rename, payload)).toThrow(/its parts have/);
});

test("counts must agree with the arrays they count", () => {
  const { poll_oneoff } = wasi;
  const values = { subscriptions: Buffer.alloc(96), capacity: 64, nsubscriptions: 2 };
  const payload = encodeArguments(poll_oneoff.parameters, values);
  expect(decode(poll_oneoff, payload)["nsubscriptions"]).toBe(2);
  for (const records of [0, 1, 3, 0x5555_5556, 0xffff_ffff]) {
    payload.writeUInt32LE(records, 8);
    expect(() => decode(poll_oneoff, payload)).toThrow(/records of/);
  }
});

test("paths are UTF-8 without NUL, or the operation fails", () => {
  const sent = (path: Uint8Array): Values | Error => {
    const payload = encodeArguments(access.parameters, {
      at: 0,
      path: "x".repeat(path.byteLength),
      mode: 0,
      flags: 0,
    });
    payload.set(path, payload.byteLength - path.byteLength);
    return attempt(access, payload);
  };
  expect(sent(Buffer.from("/tmp/ä/\u{1f600}"))).toMatchObject({ path: "/tmp/ä/\u{1f600}" });
  expect(sent(Buffer.from("\ufeffa"))).toMatchObject({ path: "\ufeffa" });
  for (const bad of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]]) {
    expect(sent(Uint8Array.from(bad))).toMatchObject({ code: "EILSEQ" });
  }
  expect(sent(Buffer.from("a\0b"))).toMatchObject({ code: "EINVAL" });
});
