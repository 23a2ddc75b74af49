/**
 * Paths on the wire: UTF-8 without NUL.
 */
import { Errno } from "./errno.js";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The path in a range of a buffer.
 *
 * @throws Errno EILSEQ where it is not well-formed UTF-8, EINVAL where it has a NUL.
 */
export const decodePath = (bytes: Buffer, start: number, end: number): string => {
  let above = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0) throw new Errno("EINVAL", "a path has a NUL");
    above |= byte;
  }
  if (above < 0x80) return bytes.toString("latin1", start, end);
  try {
    return utf8.decode(bytes.subarray(start, end));
  } catch {
    throw new Errno("EILSEQ", "a path is not UTF-8");
  }
};
