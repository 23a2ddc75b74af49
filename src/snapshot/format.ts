/**
 * Snapshot files: magic "SALLYSNP", version u32 (1), zero u32, length of the body u64, SHA-256 of all but itself (32
 * bytes), and the body, deflated: the snapshot's state as plain data. Little-endian.
 */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { constants, deflateRaw, inflateRaw } from "node:zlib";
import { SnapshotError } from "../errors.js";
import { decodeData, encodeData } from "./data.js";
import { parseSnapshot, type SnapshotState } from "./state.js";

const MAGIC = "SALLYSNP";
const VERSION = 1;
const LENGTH_AT = 16;
const HASH_AT = 24;
const HEADER = 56;
/** Most bytes of a body: what the largest guest can have, and its files. */
export const MAX_BODY = 2 ** 32 - 1;

const deflate = promisify<Uint8Array, { level: number }, Buffer>(deflateRaw);
const inflate = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflateRaw);

const hashOf = (header: Uint8Array, body: Uint8Array): Buffer =>
  createHash("sha256").update(header.subarray(0, HASH_AT)).update(body).digest();

/** The bytes of a snapshot file. */
export const encodeSnapshot = async (state: SnapshotState): Promise<Uint8Array> => {
  const body = Buffer.concat(encodeData(state));
  if (body.byteLength > MAX_BODY) throw new SnapshotError(`the snapshot would have ${body.byteLength} bytes`);
  const packed = await deflate(body, { level: constants.Z_BEST_SPEED });
  const header = Buffer.alloc(HEADER);
  header.write(MAGIC, "latin1");
  header.writeUInt32LE(VERSION, 8);
  header.writeBigUInt64LE(BigInt(body.byteLength), LENGTH_AT);
  header.set(hashOf(header, packed), HASH_AT);
  return Buffer.concat([header, packed]);
};

/**
 * The state in a snapshot file's bytes, completely checked.
 *
 * @param most the most bytes that the body may take once it is inflated
 * @throws SnapshotError for bytes that are no snapshot of this version, cut, changed, or larger than `most`
 */
export const decodeSnapshot = async (bytes: Uint8Array, most = MAX_BODY): Promise<SnapshotState> => {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.byteLength < HEADER || file.toString("latin1", 0, 8) !== MAGIC) {
    throw new SnapshotError("not a snapshot");
  }
  const version = file.readUInt32LE(8);
  if (version !== VERSION) throw new SnapshotError(`a snapshot of version ${version}, not ${VERSION}`);
  const packed = file.subarray(HEADER);
  if (!hashOf(file, packed).equals(file.subarray(HASH_AT, HEADER))) {
    throw new SnapshotError("the snapshot is damaged: its hash is another");
  }
  const length = Number(file.readBigUInt64LE(LENGTH_AT));
  if (file.readUInt32LE(12) !== 0 || length > most) {
    throw new SnapshotError(`the snapshot has ${length} bytes, at most ${most} may be`);
  }
  return parseSnapshot(decodeData(await unpack(packed, length)));
};

const unpack = async (packed: Uint8Array, length: number): Promise<Uint8Array> => {
  let body: Buffer;
  try {
    body = await inflate(packed, { maxOutputLength: Math.max(1, length) });
  } catch (error) {
    throw new SnapshotError("the snapshot is damaged: it cannot be inflated", { cause: error });
  }
  if (body.byteLength !== length) throw new SnapshotError("the snapshot is damaged: its length is another");
  return body;
};
