import fc from "fast-check";
import { expect, test } from "vitest";
import { type Run, withBeneath } from "../../../src/snapshot/beneath.js";

const PAGE = 4096;
const PAGES = 24;

/** Runs of the pages that are marked, each of at most so many pages. */
const runsOf = (marked: readonly boolean[], value: (page: number) => number, most: number): Run[] => {
  const runs: Run[] = [];
  for (let page = 0; page < marked.length; ) {
    if (marked[page] !== true) {
      page++;
      continue;
    }
    let end = page;
    while (end < marked.length && marked[end] === true && end - page < most) end++;
    const bytes = new Uint8Array((end - page) * PAGE);
    for (let at = page; at < end; at++) bytes.fill(value(at), (at - page) * PAGE, (at - page + 1) * PAGE);
    runs.push([page * PAGE, bytes]);
    page = end;
  }
  return runs;
};

test("what was saved comes first, page by page; all else is what lies beneath", () => {
  const marks = fc.array(fc.boolean(), { minLength: PAGES, maxLength: PAGES });
  fc.assert(
    fc.property(marks, marks, fc.integer({ min: 1, max: 5 }), (saved, below, most) => {
      const beneath = {
        runs: runsOf(below, () => 1, 100).map(([address, { byteLength }]) => [address, byteLength] as const),
        read: (into: Uint8Array, address: number) => {
          for (let at = 0; at < into.byteLength; at += PAGE)
            into.fill(100 + (address + at) / PAGE, at, at + PAGE);
        },
      };
      const merged = withBeneath(
        runsOf(saved, (page) => page, most),
        beneath,
        (bytes) => bytes.map((byte) => byte + 50),
      );
      const seen = new Map<number, number>();
      let end = 0;
      for (const [address, bytes] of merged) {
        expect(address).toBeGreaterThanOrEqual(end);
        end = address + bytes.byteLength;
        for (let at = 0; at < bytes.byteLength; at += PAGE) seen.set((address + at) / PAGE, bytes[at] ?? -1);
      }
      for (let page = 0; page < PAGES; page++) {
        expect(seen.get(page)).toBe(
          saved[page] === true ? page : below[page] === true ? page + 150 : undefined,
        );
      }
    }),
  );
});
