/**
 * Bytes of a guest that has been taken over, to its output and from its input.
 */
import { readSync, writeSync } from "node:fs";

export const frame = (number, payload, reserved = 0) => {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(payload.length, 0);
  header.writeUInt16LE(number, 4);
  header.writeUInt16LE(reserved, 6);
  return Buffer.concat([header, payload]);
};

export const u32 = (...values) => {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, 4 * index);
  return bytes;
};

const again = (call) => {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (error.code !== "EAGAIN") process.exit(99);
    }
  }
};

export const send = (bytes) => {
  for (let at = 0; at < bytes.length; ) at += again(() => writeSync(1, bytes, at));
};

const receive = (length) => {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const count = again(() => readSync(0, bytes, at, length - at, null));
    if (count === 0) process.exit(98);
    at += count;
  }
  return bytes;
};

export const answer = () => {
  const header = receive(8);
  return { errno: header.readUInt16LE(4), payload: receive(header.readUInt32LE(0)) };
};
