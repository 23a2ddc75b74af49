/**
 * Randomness that a seed repeats, for the fuzzers.
 */
export interface Generator {
  /** An integer from 0 to below `limit` (which is at most 2^32). */
  below(limit: number): number;
  pick<T>(list: readonly T[]): T;
  /** True once in so many times. */
  chance(times: number): boolean;
}

/** xorshift32. */
export const generator = (seed: number): Generator => {
  let state = seed >>> 0 || 1;
  const below = (limit: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  const pick = <T>(list: readonly T[]): T => {
    const item = list[below(list.length)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  };
  return { below, pick, chance: (times) => below(times) === 0 };
};
