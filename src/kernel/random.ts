import { createCipheriv, createHash, randomFillSync } from "node:crypto";

/** Fills a buffer with random bytes. */
export type Random = (into: Uint8Array) => void;

const POOL = 4096;

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

/**
 * A stream of random bytes that a seed determines: the AES-256-CTR key stream, from counter 0, of the key
 * SHA-256("sallyport random\0" + seed). The same on every machine; not for secrets unless the seed is one.
 */
export const seededRandom = (seed: string | number | bigint | Uint8Array): Random => {
  const key = createHash("sha256")
    .update("sallyport random\0")
    .update(typeof seed === "object" ? seed : String(seed))
    .digest();
  const cipher = createCipheriv("aes-256-ctr", key, new Uint8Array(16));
  return (into) => {
    into.set(cipher.update(new Uint8Array(into.length)));
  };
};
