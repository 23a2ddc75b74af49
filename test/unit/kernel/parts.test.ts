import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Description } from "../../../src/kernel/description.js";
import { Descriptors } from "../../../src/kernel/descriptors.js";
import { Glob } from "../../../src/kernel/glob.js";
import { ENTRIES_MAX, Listings } from "../../../src/kernel/listings.js";
import { anonymous } from "../../../src/kernel/vfs/attributes.js";
import { Errno } from "../../../src/wire/errno.js";
import { chain, get, run, type Steps } from "../../../src/wire/steps.js";
import { errnoOf } from "../../support/errno.js";

class Nothing extends Description {
  closes = 0;
  stat() {
    return anonymous("fifo", 1, 0, 0);
  }
  poll(): number {
    return 0;
  }
  protected override close(): void {
    this.closes += 1;
  }
}

describe("the descriptor table", () => {
  const LIMIT = 12;
  /** Numbers go further than what may be open at once. */
  const NUMBERS = 1024;
  const number = fc.oneof(
    fc.integer({ min: 0, max: LIMIT + 2 }),
    fc.integer({ min: NUMBERS - 2, max: NUMBERS }),
  );
  const step = fc.oneof(
    fc.record({ do: fc.constant("add" as const), minimum: number }),
    fc.record({ do: fc.constant("close" as const), fd: number }),
    fc.record({
      do: fc.constant("dup2" as const),
      from: fc.integer({ min: 0, max: LIMIT - 1 }),
      to: number,
    }),
    fc.record({
      do: fc.constant("move" as const),
      from: fc.integer({ min: 0, max: LIMIT - 1 }),
      to: fc.integer({ min: 0, max: LIMIT - 1 }),
    }),
  );

  it("gives the lowest free number within the limit, and closes what has none left, exactly once", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const table = new Descriptors(LIMIT);
        const model = new Map<number, Nothing>();
        const made: Nothing[] = [];
        for (const one of steps) {
          if (one.do === "add") {
            const description = new Nothing(0);
            let lowest = one.minimum;
            while (model.has(lowest)) lowest += 1;
            const done = errnoOf(() => table.add(description, false, one.minimum));
            expect(done).toBe(
              one.minimum >= NUMBERS ? "EINVAL" : model.size >= LIMIT || lowest >= NUMBERS ? "EMFILE" : "ok",
            );
            if (done !== "ok") continue;
            expect(table.get(lowest)).toBe(description);
            model.set(lowest, description);
            made.push(description);
          } else if (one.do === "close") {
            expect(errnoOf(() => table.close(one.fd))).toBe(model.delete(one.fd) ? "ok" : "EBADF");
          } else {
            const description = model.get(one.from);
            if (description === undefined) continue;
            if (one.do === "dup2" && one.from !== one.to) {
              const done = errnoOf(() => table.place(one.to, description, false));
              const full = !model.has(one.to) && model.size >= LIMIT;
              expect(done).toBe(one.to >= NUMBERS ? "EBADF" : full ? "EMFILE" : "ok");
              if (done === "ok") model.set(one.to, description);
            }
            if (one.do === "move") {
              expect(errnoOf(() => table.move(one.from, one.to))).toBe(model.has(one.to) ? "ok" : "EBADF");
              if (!model.has(one.to) || one.from === one.to) continue;
              model.set(one.to, description);
              model.delete(one.from);
            }
          }
        }
        expect([...table.all()]).toEqual([...model].sort(([a], [b]) => a - b));
        expect(table.open).toBe(model.size);
        const held = new Set(model.values());
        for (const one of made) expect(one.closes).toBe(held.has(one) ? 0 : 1);
      }),
    );
  });

  it("has a limit of 3 to 65536", () => {
    expect(() => new Descriptors(2)).toThrow(RangeError);
    expect(() => new Descriptors(65_537)).toThrow(RangeError);
    expect(() => new Descriptors(3.5)).toThrow(RangeError);
  });
});

describe("patterns of paths", () => {
  const cases: readonly [pattern: string, yes: readonly string[], no: readonly string[]][] = [
    ["/a", ["/a", "/a/b"], ["/", "/b", "/ab", "/b/a"]],
    ["/a/**", ["/a/b", "/a/b/c"], ["/a", "/b/a/c"]],
    ["/**/.env", ["/.env", "/x/.env", "/x/y/.env/z"], ["/env", "/x/.envy"]],
    [".env", ["/.env", "/x/y/.env"], ["/x/.env2"]],
    ["*.lock", ["/a.lock", "/x/.lock", "/x/b.lock/in"], ["/a.locks", "/lock"]],
    ["/a/*/c", ["/a/b/c"], ["/a/c", "/a/b/b/c"]],
    ["/a/**/c", ["/a/c", "/a/b/c", "/a/b/b/c"], ["/a/b", "/c"]],
    ["/?", ["/a", "/ä", "/💡"], ["/", "/ab"]],
    ["/[a-c]x", ["/ax", "/cx"], ["/dx", "/x"]],
    ["/[!a-c]x", ["/dx"], ["/ax"]],
    ["/{a,b{1,2}}/c", ["/a/c", "/b1/c", "/b2/c"], ["/b/c", "/{a}/c"]],
    ["/\\*", ["/*"], ["/a"]],
    ["/\\{a,b\\}", ["/{a,b}"], ["/a"]],
    ["/a*b*c", ["/abc", "/aXbXc", "/abbcc", "/abcbc"], ["/ab", "/acb"]],
  ];
  for (const [pattern, yes, no] of cases) {
    it(pattern, () => {
      const globs = Glob.compile(pattern);
      for (const path of yes)
        expect(
          globs.some((glob) => glob.matches(path)),
          path,
        ).toBe(true);
      for (const path of no)
        expect(
          globs.some((glob) => glob.matches(path)),
          path,
        ).toBe(false);
    });
  }

  it("may ignore case and composition", () => {
    const [glob] = Glob.compile("/Sécret", true);
    expect(glob?.matches("/SE\u0301CRET".normalize("NFD"))).toBe(true);
  });

  it("are matched in bounded time", () => {
    const [glob] = Glob.compile(`/${"*a".repeat(60)}`);
    expect(glob?.matches(`/${"a".repeat(200)}b`)).toBe(false);
  });

  it("are refused where they stand for too much", () => {
    expect(() => Glob.compile(`/${"{a,b}".repeat(9)}`)).toThrow(/alternatives/);
  });
});

describe("steps", () => {
  function* sum(values: readonly (number | Promise<number>)[]): Steps<number> {
    let total = 0;
    for (const value of values) total += yield* get(value);
    return total;
  }

  it("run at once when nothing waits, else by promise", async () => {
    expect(run(sum([1, 2, 3]))).toBe(6);
    const later = run(sum([1, Promise.resolve(2), 3, Promise.resolve(4)]));
    expect(later).toBeInstanceOf(Promise);
    expect(await later).toBe(10);
    await expect(run(sum([1, Promise.reject(new Error("no"))]))).rejects.toThrow("no");
  });

  it("can catch what they waited for", async () => {
    function* careful(): Steps<string> {
      try {
        yield* get(Promise.reject(new Errno("EIO")));
        return "no";
      } catch (error) {
        return error instanceof Errno ? error.code : "other";
      }
    }
    expect(await run(careful())).toBe("EIO");
    expect(chain(2, (n) => n * 2)).toBe(4);
  });
});

describe("listings", () => {
  const of = (length: number) =>
    Array.from({ length }, (_, ino) => ({ name: `${ino}`, ino, type: "file" as const }));

  it("of the directories read last are kept, up to half a million entries", () => {
    const listings = new Listings();
    const readers = [{}, {}, {}];
    const [a = {}, b = {}, c = {}] = readers;
    const listing = of(ENTRIES_MAX / 2);
    listings.keep(a, listing);
    listings.keep(b, listing);
    expect(listings.get(a)).toBe(listing);
    listings.keep(c, of(1));
    expect(listings.get(b), "was not read for longest").toBeUndefined();
    expect(listings.get(a)).toBe(listing);
    listings.keep(b, of(ENTRIES_MAX + 1));
    expect([a, b, c].map((reader) => listings.get(reader)?.length)).toEqual([
      undefined,
      ENTRIES_MAX + 1,
      undefined,
    ]);
    listings.forget(b);
    listings.keep(a, listing);
    listings.keep(c, listing);
    expect([a, c].every((reader) => listings.get(reader) === listing)).toBe(true);
  });
});
