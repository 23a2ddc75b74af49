import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ProtocolError } from "../../../src/errors.js";
import { decode, encode, TravelError } from "../../../src/values/index.js";
import { PlainDate } from "../../../src/values/moments.js";
import { value } from "./arbitrary.js";

/** Decoding either works or fails in one of the two ways that its callers know. */
const attempt = (bytes: Uint8Array): unknown => {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof TravelError) return error;
    throw error;
  }
};

const cbor = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(" ", ""), "hex");

describe("bytes of a hostile guest", () => {
  it("fail in known ways only", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        attempt(bytes);
      }),
      { numRuns: 5000 },
    );
  });

  it("fail in known ways only where they are nearly right", () => {
    const change = fc.record({ at: fc.nat(), to: fc.nat(255) });
    fc.assert(
      fc.property(value, fc.array(change, { minLength: 1, maxLength: 3 }), (given, changes) => {
        const bytes = encode(given);
        for (const { at, to } of changes) bytes[at % bytes.length] = to;
        attempt(bytes);
      }),
      { numRuns: 3000 },
    );
  });

  it("cannot announce more than they bring", () => {
    for (const hex of [
      "9b 00ffffffffffffff",
      "bb 00000000ffffffff",
      "5a ffffffff",
      "7b ffffffffffffffff",
      "9a 7fffffff f6",
    ]) {
      expect(() => decode(cbor(hex))).toThrow(ProtocolError);
    }
  });

  it("cannot bring dates and times that there are not", () => {
    const tagged = (tag: string, text: string): Uint8Array =>
      Buffer.concat([cbor(tag), Buffer.of(0x60 + text.length), Buffer.from(text)]);
    for (const text of ["2024-02-30", "2024-13-01", "2024-00-01", "0000-01-01", "2023-02-29", "2024-04-31"]) {
      expect(() => decode(tagged("d9 03ec", text)), text).toThrow(ProtocolError);
    }
    expect(decode(tagged("d9 03ec", "2024-02-29"))).toEqual(new PlainDate(2024, 2, 29));
    expect(decode(tagged("d9 03ec", "0001-01-01"))).toEqual(new PlainDate(1, 1, 1));
    const moment = (tag: string, text: string, zone = "f6"): Uint8Array =>
      Buffer.concat([tagged(`${tag} 83`, text), cbor(`00 ${zone}`)]);
    expect(decode(moment("d9 ea64", "2024-02-29T23:59:59", "81 00"))).toEqual(
      new Date("2024-02-29T23:59:59Z"),
    );
    expect(decode(moment("d9 ea66", "23:59:59"))).toMatchObject({ hour: 23, minute: 59, second: 59 });
    for (const text of ["24:00:00", "12:60:00", "12:00:60", "99:99:99"]) {
      expect(() => decode(moment("d9 ea66", text)), text).toThrow(ProtocolError);
    }
    for (const [text, zone] of [
      ["2024-02-30T00:00:00", "f6"],
      ["2024-01-01T24:00:00", "f6"],
      ["2024-01-01T00:00:00", "81 1b 001fffffffffffff"],
      ["2024-01-01T00:00:00", "81 3b 001ffffffffffffe"],
    ] as const) {
      expect(() => decode(moment("d9 ea64", text, zone)), text).toThrow(ProtocolError);
    }
  });

  it("cannot nest too deeply", () => {
    expect(() => decode(Buffer.alloc(100_000, 0x81))).toThrow(/nested too deeply/);
    expect(() => decode(Buffer.alloc(99_999, 0xd9))).toThrow(ProtocolError);
    expect(() => decode(cbor("d9 ea 6f".repeat(5000)))).toThrow(/nested too deeply/);
  });

  it("cannot take more memory than was allowed", () => {
    const many = Buffer.concat([cbor("9a 00010000"), Buffer.alloc(65_536, 0xf6)]);
    expect(decode(many)).toHaveLength(65_536);
    expect(() => decode(many, { items: 65_000 })).toThrow(/more items than may travel/);
    const containers = Buffer.concat([cbor("99 1000"), Buffer.alloc(4096, 0x80)]);
    expect(() => decode(containers, { items: 20_000 })).toThrow(/more items than may travel/);
  });

  it("reach no prototype", () => {
    const object = decode(
      encode(JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2, "toString": 3}')),
    );
    expect(Object.getPrototypeOf(object)).toBeNull();
    expect(Object.keys(object as object)).toEqual(["__proto__", "constructor", "toString"]);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  it("have no two keys that are one", () => {
    expect(() => decode(cbor("a2 6161 01 6161 02"))).toThrow(/two keys are equal/);
    expect(() => decode(cbor("d90102 82 f97e00 fb7ff8000000000001"))).toThrow(/two elements are equal/);
  });

  it("end where their value ends", () => {
    expect(() => decode(cbor("01 02"))).toThrow(ProtocolError);
    expect(() => decode(cbor(""))).toThrow(ProtocolError);
    expect(() => decode(cbor("ff"))).toThrow(ProtocolError);
    expect(() => decode(cbor("9f ff"))).toThrow(ProtocolError);
  });

  it("cannot refer to what was never handed over", () => {
    expect(() => decode(cbor("d9ea75 a1 62 6964 01"))).toThrow(TravelError);
    expect(() =>
      decode(cbor("d9ea76 a3 62 6964 01 64 6b696e64 68 66756e6374696f6e 64 6e616d65 61 66")),
    ).toThrow(TravelError);
  });
});
