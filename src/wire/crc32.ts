import * as zlib from "node:zlib";

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ 0xedb8_8320;
  return value;
});

/** CRC-32 as zip and PNG have it, in plain code. */
export const plainCrc32 = (bytes: Uint8Array, before = 0): number => {
  let crc = ~before;
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0);
  return ~crc >>> 0;
};

const native: unknown = Reflect.get(zlib, "crc32");

/** CRC-32 of some bytes, going on from that of those before. Node's own where it has one: it is many times as fast. */
export const crc32: (bytes: Uint8Array, before?: number) => number =
  typeof native === "function" ? (bytes, before = 0) => Number(native(bytes, before)) : plainCrc32;
