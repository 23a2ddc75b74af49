import * as zlib from "node:zlib";

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ 0xedb8_8320;
  return value;
});

/** CRC-32 as zip and PNG have it, in plain code. */
export const plainCrc32 = (bytes: Uint8Array): number => {
  let crc = 0xffff_ffff;
  for (let at = 0; at < bytes.length; at += 1) {
    crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  }
  return (crc ^ 0xffff_ffff) >>> 0;
};

const native: unknown = Reflect.get(zlib, "crc32");

/** CRC-32: Node's own where it has one, as not every version that this runs on does. */
export const crc32: (bytes: Uint8Array) => number =
  typeof native === "function" ? (bytes) => Number(native(bytes)) : plainCrc32;
