import { describe, expect, it } from "vitest";

import { dataclass, encode, tuple } from "../../../src/values/index.js";

class Handle {}

const message = (value: unknown, root = "args"): string => {
  try {
    encode(value, { root });
  } catch (error) {
    return error instanceof TypeError ? error.message : String(error);
  }
  return "it travelled";
};

describe("what cannot travel", () => {
  it("is named by its path", () => {
    expect(message([{ rows: [1, 2, 3, { handle: new Handle() }] }])).toBe(
      "args[0].rows[3].handle: an instance of Handle cannot travel: give an adapter for it, or make it a plain object",
    );
    expect(message({ "a b": () => 1 })).toBe('args["a b"]: a function cannot travel');
    expect(message(new Map([[1, Symbol("x")]]))).toBe("args[1]: a symbol cannot travel");
    expect(message(new Set([Promise.resolve()]))).toBe(
      "args<element <Promise>>: a Promise cannot travel: await it first",
    );
    expect(message(tuple(1, new Date(Number.NaN)))).toBe("args[1]: an invalid Date cannot travel");
    expect(message(dataclass("m:P", { x: new WeakMap() }))).toMatch(/^args\.x: /);
  });

  it("is what contains itself", () => {
    const list: unknown[] = [1];
    list.push({ deep: [list] });
    expect(message(list)).toBe("args[1].deep[0]: it contains itself; values with cycles cannot travel");
    const map = new Map<string, unknown>();
    map.set("self", map);
    expect(message(map)).toBe("args.self: it contains itself; values with cycles cannot travel");
  });

  it("is what is too deep, too big, or has no hash in Python", () => {
    let deep: unknown = 1;
    for (let index = 0; index < 300; index++) deep = [deep];
    expect(message(deep)).toMatch(/nested too deeply to travel$/);
    expect(() => encode("x".repeat(2000), { size: 1000 })).toThrow(/more than the 1000 bytes/);
    expect(message(new Map([[{ a: 1 }, 1]]))).toMatch(/cannot be a key/);
    expect(message(new Set([new Map()]))).toMatch(/cannot be a key or an element/);
    expect(message(1n << 10_000_000n)).toMatch(/an integer of more than/);
  });

  it("gives its references back", () => {
    const dropped: number[] = [];
    const fn = (): void => undefined;
    const references = {
      refer: (value: object) => (value === fn ? { id: 7, kind: "function" as const, name: "fn" } : undefined),
      drop: (ids: readonly number[]) => dropped.push(...ids),
      guestId: () => undefined,
    };
    expect(() => encode([fn, new Handle()], { references })).toThrow(/\[1\]: an instance of Handle/);
    expect(dropped).toEqual([7]);
    expect(encode([fn], { references }).length).toBeGreaterThan(10);
    expect(dropped).toEqual([7]);
  });
});
