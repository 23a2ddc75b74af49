/**
 * Snapshot files: magic "SALLYSNP", version u32 (2), zero u32, length of the body u64, SHA-256 of all but itself (32
 * bytes); then the body (the snapshot's state as plain data) in blocks, each by itself, so that all processors take part:
 * its length u32, its stored length u32, and what is stored: deflated, or, where that would not be shorter, as it is.
 * Little-endian.
 */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { constants, deflateRaw, inflateRaw } from "node:zlib";
import { SnapshotError } from "../errors.js";
import { decodeData, encodeData } from "./data.js";
import { inParallel } from "./parallel.js";
import { parseSnapshot, type SnapshotState } from "./state.js";

const MAGIC = "SALLYSNP";
const VERSION = 2;
const LENGTH_AT = 16;
const HASH_AT = 24;
const HEADER = 56;
const BLOCK_HEADER = 8;
const BLOCK = 1 << 20;
/** Parts of this size are blocks of their own, and not copied. */
const LARGE = 1 << 16;
/** Deflate makes nothing shorter than by this factor. */
const MOST_SHRUNK = 1032;
/** Blocks that are worked on at a time: as many as Node has threads for it. */
const AT_A_TIME = 4;
/** Most bytes of a body: what the largest guest can have, and its files. */
const MAX_BODY = 2 ** 32 - 1;

const deflate = promisify<Uint8Array, { level: number; memLevel: number }, Buffer>(deflateRaw);
const inflate = promisify<Uint8Array, { maxOutputLength: number; chunkSize: number }, Buffer>(inflateRaw);

const hashOf = (header: Uint8Array, parts: readonly Uint8Array[]): Buffer => {
  const sum = createHash("sha256").update(header.subarray(0, HASH_AT));
  for (const part of parts) sum.update(part);
  return sum.digest();
};

/** The same bytes in blocks. */
function* blocksOf(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  let small: Uint8Array[] = [];
  let size = 0;
  for (const part of parts) {
    const large = part.byteLength >= LARGE;
    if (size > 0 && (large || size + part.byteLength > BLOCK)) {
      yield Buffer.concat(small);
      small = [];
      size = 0;
    }
    if (large) {
      for (let at = 0; at < part.byteLength; at += BLOCK) yield part.subarray(at, at + BLOCK);
    } else {
      small.push(part);
      size += part.byteLength;
    }
  }
  if (size > 0) yield Buffer.concat(small);
}

const pack = async (block: Uint8Array): Promise<readonly [Uint8Array, Uint8Array]> => {
  const deflated = await deflate(block, { level: constants.Z_BEST_SPEED, memLevel: 9 });
  const stored = deflated.byteLength < block.byteLength ? deflated : block;
  const header = Buffer.alloc(BLOCK_HEADER);
  header.writeUInt32LE(block.byteLength, 0);
  header.writeUInt32LE(stored.byteLength, 4);
  return [header, stored];
};

/** The bytes of a snapshot file. */
export const encodeSnapshot = async (state: SnapshotState): Promise<Uint8Array> => {
  const parts = encodeData(state);
  const length = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (length > MAX_BODY) throw new SnapshotError(`the snapshot would have ${length} bytes`);
  const packed = (await inParallel(blocksOf(parts), AT_A_TIME, pack)).flat();
  const header = Buffer.alloc(HEADER);
  header.write(MAGIC, "latin1");
  header.writeUInt32LE(VERSION, 8);
  header.writeBigUInt64LE(BigInt(length), LENGTH_AT);
  header.set(hashOf(header, packed), HASH_AT);
  return Buffer.concat([header, ...packed]);
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
  if (!hashOf(file, [packed]).equals(file.subarray(HASH_AT, HEADER))) {
    throw new SnapshotError("the snapshot is damaged: its hash is another");
  }
  const length = Number(file.readBigUInt64LE(LENGTH_AT));
  if (file.readUInt32LE(12) !== 0 || length > most) {
    throw new SnapshotError(`the snapshot has ${length} bytes, at most ${most} may be`);
  }
  return parseSnapshot(decodeData(await unpack(readBlocks(packed, length), length)));
};

interface Block {
  readonly at: number;
  readonly length: number;
  readonly stored: Buffer;
}

/** Where the blocks are; all lengths are checked before anything is made of them. */
const readBlocks = (packed: Buffer, length: number): readonly Block[] => {
  const blocks: Block[] = [];
  let at = 0;
  for (let from = 0; from < packed.byteLength; ) {
    if (packed.byteLength - from < BLOCK_HEADER) throw damaged("it ends in the middle of a block");
    const size = packed.readUInt32LE(from);
    const stored = packed.readUInt32LE(from + 4);
    from += BLOCK_HEADER;
    if (stored > packed.byteLength - from || stored > size || size > BLOCK || size === 0) {
      throw damaged("a block cannot be");
    }
    if (size > (stored + BLOCK_HEADER) * MOST_SHRUNK) throw damaged("it cannot be inflated");
    blocks.push({ at, length: size, stored: packed.subarray(from, from + stored) });
    from += stored;
    at += size;
  }
  if (at !== length) throw damaged("its length is another");
  return blocks;
};

const unpack = async (blocks: readonly Block[], length: number): Promise<Uint8Array> => {
  const body = Buffer.allocUnsafeSlow(length);
  await inParallel(blocks, AT_A_TIME, async ({ at, length: size, stored }) => {
    const block = stored.byteLength === size ? stored : await inflateBlock(stored, size);
    body.set(block, at);
  });
  return body;
};

const inflateBlock = async (stored: Uint8Array, size: number): Promise<Uint8Array> => {
  let block: Buffer;
  try {
    block = await inflate(stored, { maxOutputLength: size, chunkSize: Math.max(64, size) });
  } catch (error) {
    throw damaged("it cannot be inflated", { cause: error });
  }
  if (block.byteLength !== size) throw damaged("its length is another");
  return block;
};

const damaged = (what: string, options?: ErrorOptions): SnapshotError =>
  new SnapshotError(`the snapshot is damaged: ${what}`, options);
