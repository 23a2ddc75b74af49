import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { decode, encode, FrozenSet, NamedTuple, Range, Tuple, tuple } from "../../../src/values/index.js";
import { value } from "./arbitrary.js";
import { canonical } from "./canonical.js";

const back = (given: unknown): unknown => decode(encode(given));

describe("values", () => {
  it("come back as they were", () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(canonical(back(given))).toEqual(canonical(given));
      }),
      { numRuns: 2000 },
    );
  });

  it("keep what JavaScript tells apart only barely", () => {
    expect(back(-0)).toBe(-0);
    expect(back(Number.NaN)).toBeNaN();
    expect(back(2 ** 53)).toBe(2 ** 53);
    expect(back(2n ** 53n)).toBe(2n ** 53n);
    expect(back(5n)).toBe(5);
    expect(back(-(2n ** 64n))).toBe(-(2n ** 64n));
    expect(back(-(2n ** 64n) - 1n)).toBe(-(2n ** 64n) - 1n);
    expect(back("\ud83d\ude00 \ud83d")).toBe("\ud83d\ude00 \ud83d");
    expect(back("\ufeffx")).toBe("\ufeffx");
    expect(back(undefined)).toBeUndefined();
  });

  it("are arrays to all that only look at them as such", () => {
    const made = tuple(1, "a", [2]);
    expect(Array.isArray(back(made))).toBe(true);
    expect(back(made)).toBeInstanceOf(Tuple);
    expect(made.map(String)).not.toBeInstanceOf(Tuple);
    expect(JSON.stringify(new NamedTuple("m:P", ["x", "y"], [1, 2]))).toBe("[1,2]");
    expect(new NamedTuple("m:P", ["x", "y"], [1, 2]).get("y")).toBe(2);
  });

  it("make keys and elements hashable", () => {
    expect(back(new Map([[[1, [2]], "x"]]))).toEqual(new Map([[tuple(1, tuple(2)), "x"]]));
    const [inner] = back(new Set([new Set([1])])) as Set<unknown>;
    expect(inner).toBeInstanceOf(FrozenSet);
  });

  it("count as Python does", () => {
    expect([...new Range(0, 10, 3)]).toEqual([0, 3, 6, 9]);
    expect([...new Range(3, 0, -1)]).toEqual([3, 2, 1]);
    expect([...new Range(2n ** 60n, 2n ** 60n + 1n)]).toEqual([2n ** 60n]);
  });
});
