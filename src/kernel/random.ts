import { createCipheriv, createHash, randomFillSync } from "node:crypto";

/** Fills a buffer with random bytes. */
export type Random = (into: Uint8Array) => void;

const POOL = 4096;
/** Bytes of a block of AES. */
const BLOCK = 16;

/** Random bytes of the system, drawn in larger portions than they are asked for. */
export const systemRandom = (): Random => {
  const pool = new Uint8Array(POOL);
  let used = POOL;
  return (into) => {
    if (into.length > POOL / 4) {
      randomFillSync(into);
      return;
    }
    if (used + into.length > POOL) {
      randomFillSync(pool);
      used = 0;
    }
    into.set(pool.subarray(used, used + into.length));
    // What was given out is not kept.
    pool.fill(0, used, used + into.length);
    used += into.length;
  };
};

/** Randomness of a seed: how much was drawn is all there is to know of it. */
export interface SeededRandom extends Random {
  /** Bytes drawn so far. */
  readonly drawn: () => number;
  /** Goes on as if so many bytes had been drawn: 0 to 2^53 - 1. */
  readonly goOn: (drawn: number) => void;
}

/**
 * A stream of random bytes that a seed determines: the AES-256-CTR key stream, from counter 0, of the key
 * SHA-256("sallyport random\0" + seed). The same on every machine; not for secrets unless the seed is one.
 */
export const seededRandom = (seed: string | number | bigint | Uint8Array): SeededRandom => {
  const key = createHash("sha256")
    .update("sallyport random\0")
    .update(typeof seed === "object" ? seed : String(seed))
    .digest();
  let drawn = 0;
  let cipher = createCipheriv("aes-256-ctr", key, new Uint8Array(16));
  const draw = (into: Uint8Array): void => {
    into.set(cipher.update(new Uint8Array(into.length)));
    drawn += into.length;
  };
  const goOn = (from: number): void => {
    const counter = new Uint8Array(16);
    new DataView(counter.buffer).setBigUint64(8, BigInt(Math.floor(from / BLOCK)));
    cipher = createCipheriv("aes-256-ctr", key, counter);
    cipher.update(new Uint8Array(from % BLOCK));
    drawn = from;
  };
  return Object.assign(draw, { drawn: () => drawn, goOn });
};
