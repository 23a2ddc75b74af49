import type { DirectoryEntry } from "../../fs/filesystem.js";
import { Errno } from "../../wire/errno.js";
import { directoryType } from "./attributes.js";

const HEADER = 20;

/**
 * Entries of a listing from a cookie (a position in it) on, as many as fit: cookie of the next u64, ino u64,
 * type u8, zero u8, length u16, name. Throws EINVAL when not even one fits.
 */
export const encodeEntries = (
  listing: readonly DirectoryEntry[],
  cookie: number,
  capacity: number,
): Uint8Array => {
  const bytes = Buffer.alloc(
    Math.min(capacity, (listing.length - Math.min(cookie, listing.length)) * (HEADER + 255)),
  );
  let end = 0;
  for (let index = cookie; index < listing.length; index += 1) {
    const entry = listing[index];
    if (entry === undefined) break;
    const length = Buffer.byteLength(entry.name);
    if (end + HEADER + length > capacity) {
      if (end === 0) throw new Errno("EINVAL");
      break;
    }
    bytes.writeBigUInt64LE(BigInt(index + 1), end);
    bytes.writeBigUInt64LE(BigInt(entry.ino), end + 8);
    bytes.writeUInt8(directoryType(entry.type), end + 16);
    bytes.writeUInt16LE(length, end + 18);
    bytes.write(entry.name, end + HEADER);
    end += HEADER + length;
  }
  return bytes.subarray(0, end);
};
