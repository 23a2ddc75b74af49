import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ByteReader, ByteWriter } from "../../src/wire/bytes.js";
import { crc32, plainCrc32 } from "../../src/wire/crc32.js";

const broken = (what: string): Error => new Error(`broken: ${what}`);
const read = (bytes: Uint8Array): ByteReader => new ByteReader(bytes, broken);

test("bytes are read as they were written, however little room there was", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 64 }),
      fc.maxSafeNat(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.string(),
      fc.uint8Array(),
      (room, number, large, text, data) => {
        const written = new ByteWriter(room);
        written
          .number(number)
          .i64(large)
          .text(text)
          .data(data)
          .u8(7)
          .u16(65_535)
          .u32(4_000_000_000)
          .raw(data);
        const reader = read(written.bytes);
        expect(reader.number()).toBe(number);
        expect(reader.i64()).toBe(large);
        expect(reader.text()).toBe(Buffer.from(text).toString());
        expect(Buffer.compare(reader.data(), data)).toBe(0);
        expect([reader.u8(), reader.u16(), reader.u32()]).toEqual([7, 65_535, 4_000_000_000]);
        expect(reader.ended).toBe(data.length === 0);
        expect(Buffer.compare(reader.rest(), data)).toBe(0);
        reader.end();
      },
    ),
  );
});

test("numbers of all sizes are, and those that are none become the next that is", () => {
  const sizes = Array.from({ length: 54 }, (_, bits) => 2 ** bits - 1);
  for (const value of sizes) expect(read(new ByteWriter().number(value).bytes).number()).toBe(value);
  const odd = [Number.NaN, -1, 1.5, Number.POSITIVE_INFINITY, 2 ** 60];
  const found = odd.map((value) => read(new ByteWriter().number(value).bytes).number());
  expect(found).toEqual([0, 0, 1, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]);
});

test("room is used again, and what was written before is not in it", () => {
  const written = new ByteWriter();
  written.raw(Buffer.alloc(3 << 20, 1));
  written.clear();
  expect([written.length, written.u8(5).bytes]).toEqual([0, Buffer.of(5)]);
});

test("what is cut, too long or too large is refused as the reader's owner says", () => {
  const whole = new ByteWriter()
    .text("text")
    .u32(1)
    .i64(1n)
    .data(Buffer.of(1, 2, 3)).bytes;
  const readAll = (bytes: Uint8Array): void => {
    const reader = read(bytes);
    reader.text();
    reader.u32();
    reader.i64();
    reader.data();
    reader.end();
  };
  readAll(whole);
  for (let length = 0; length < whole.length; length++) {
    expect(() => readAll(whole.subarray(0, length))).toThrow(/^broken: a part of it ends too soon$/);
  }
  expect(() => readAll(Buffer.concat([whole, Buffer.of(0)]))).toThrow(/^broken: .*longer than it should be$/);
  expect(() => read(Buffer.alloc(20, 0xff)).number()).toThrow(/^broken: a number in it is too large$/);
  expect(() => read(Buffer.of(1, 0xff)).text()).toThrow(/^broken: a text in it is not UTF-8$/);
});

test("a checksum is the same of the whole and in parts", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (one, other) => {
      expect(crc32(other, crc32(one))).toBe(plainCrc32(Buffer.concat([one, other])));
    }),
  );
});
