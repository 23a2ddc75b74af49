import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatG17,
  MarshalError,
  type Marshalled,
  MarshalReader,
  marshal,
} from "../../src/dialects/rpython/marshal.js";

const bytes = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));

function readAll(data: Uint8Array, cuts: readonly number[] = []): Marshalled {
  const reader = new MarshalReader();
  const edges = [...new Set(cuts.map((cut) => cut % (data.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const edge of [...edges, data.length]) {
    const { value, at } = reader.take(data.subarray(from, edge));
    if (value !== undefined) {
      expect(from + at).toBe(data.length);
      return value;
    }
    from = edge;
  }
  throw new Error("incomplete");
}

const scalar: fc.Arbitrary<Marshalled> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.uint8Array({ maxLength: 300 }),
);
const value = fc.letrec<{ v: Marshalled }>((tie) => ({
  v: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie("v"), { maxLength: 5 }).map((tuple) => ({ tuple })),
    fc.array(tie("v"), { maxLength: 5 }).map((list) => ({ list })),
    fc.array(fc.tuple(scalar, tie("v")), { maxLength: 3 }).map((dict) => ({ dict })),
  ),
})).v;

describe("marshal", () => {
  it("encodes the recorded first request's parts", () => {
    const name = bytes("ll_os.ll_os_getenv");
    expect(Buffer.from(marshal(name)).toString("latin1")).toBe("s\x12\0\0\0ll_os.ll_os_getenv");
    expect(Buffer.from(marshal({ tuple: [bytes("PYPY")] })).toString("latin1")).toBe(
      "(\x01\0\0\0s\x04\0\0\0PYPY",
    );
  });

  it("brings every value back, in whatever pieces it arrives", () => {
    fc.assert(
      fc.property(value, fc.array(fc.nat(2000), { maxLength: 6 }), (input, cuts) => {
        expect(readAll(marshal(input), cuts)).toEqual(input);
      }),
      { numRuns: 2000 },
    );
  });

  it("answers a value or a MarshalError for arbitrary bytes, never anything else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (data) => {
        const reader = new MarshalReader({ kept: 1024 });
        try {
          reader.take(data);
        } catch (error) {
          expect(error).toBeInstanceOf(MarshalError);
          if (error instanceof MarshalError) expect(error.offset).toBeLessThanOrEqual(data.length);
        }
      }),
      { numRuns: 20_000 },
    );
  });

  it("keeps only the beginning of a string beyond the limit, and says how long it was", () => {
    const reader = new MarshalReader({ kept: 10 });
    const { value } = reader.take(marshal(new Uint8Array(100).fill(7)));
    expect(value).toEqual(new Uint8Array(10).fill(7));
    if (value instanceof Uint8Array) expect(reader.fullLength(value)).toBe(100);
  });

  it("keeps so much of all strings of a value together", () => {
    const strings = (count: number) => marshal({ tuple: Array(count).fill(new Uint8Array(5)) });
    const limits = { kept: 4, total: 8 };
    expect(() => new MarshalReader(limits).take(strings(2))).not.toThrow();
    expect(() => new MarshalReader(limits).take(strings(3))).toThrow(
      /more than 8 bytes of strings at offset/,
    );
    const reader = new MarshalReader(limits);
    for (let value = 0; value < 3; value++) expect(reader.take(strings(2)).value).toBeDefined();
  });

  it.each([
    ["t\x01\0\0\0x", /unknown type code 0x74 at offset 0/],
    ["s\xff\xff\xff\xff", /negative length -1 at offset 1/],
    ["(\xff\xff\xff\x7f", /more than 65536 items at offset 1/],
    ["f\x03inf", /malformed float at offset 2/],
    ["(\x01\0\0\0".repeat(9), /nested deeper than 8/],
  ])("refuses %j with the offset", (text, message) => {
    expect(() => new MarshalReader().take(bytes(text))).toThrow(message);
  });

  it.each([
    [0, "0"],
    [-0, "-0"],
    [1, "1"],
    [0.1, "0.10000000000000001"],
    [1e16, "10000000000000000"],
    [1e17, "1e+17"],
    [123456.789, "123456.789"],
    [1e-5, "1.0000000000000001e-05"],
    [1.5e300, "1.5000000000000001e+300"],
    [-2.5, "-2.5"],
  ])("formats %d as C's %%.17g does", (input, text) => {
    expect(formatG17(input)).toBe(text);
  });

  it("keeps every float's value in its text", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) =>
        Object.is(Number(formatG17(x)), x),
      ),
    );
  });
});
