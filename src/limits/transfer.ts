const LEAST = 30_000;
/** Sound guests are some fifty times as fast, on a machine that does nothing else. */
const BYTES_PER_MS = (32 * 2 ** 20) / 1000;

/**
 * For how long a guest that may have so many bytes of memory can take to hand them over, or to take them, in milliseconds: beyond
 * that it does not mean to.
 */
export const transferTime = (memory: number): number => LEAST + Math.ceil(memory / BYTES_PER_MS);
