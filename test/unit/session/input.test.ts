import { describe, expect, it } from "vitest";
import { SessionInput } from "../../../src/session/input.js";

const readAll = async (input: SessionInput, size = 4): Promise<string> => {
  const parts: Uint8Array[] = [];
  for (;;) {
    const into = new Uint8Array(size);
    const count = await input.read(into);
    if (count === 0) return Buffer.concat(parts).toString();
    parts.push(into.subarray(0, count));
  }
};

describe("SessionInput", () => {
  it("is empty without an input", async () => {
    const input = new SessionInput(() => undefined);
    input.begin(undefined);
    expect(input.readable()).toBe(true);
    expect(await readAll(input)).toBe("");
  });

  it.each([
    ["a string", "hello world"],
    ["bytes", new TextEncoder().encode("hello world")],
    ["an iterable", ["hel", "lo", " wor", "", "ld"]],
  ])("reads %s", async (_what, value) => {
    const input = new SessionInput(() => undefined);
    input.begin(value);
    const text = await readAll(input);
    expect(text.startsWith("hello")).toBe(true);
  });

  it("pulls from an async iterable only when asked, and says when something came", async () => {
    let pulled = 0;
    let arrived = 0;
    const input = new SessionInput(() => arrived++);
    input.begin(
      (async function* () {
        for (const chunk of ["one", "two"]) {
          pulled++;
          yield chunk;
        }
      })(),
    );
    expect(pulled).toBe(0);
    expect(input.readable()).toBe(false);
    await new Promise(setImmediate);
    expect([pulled, arrived, input.readable()]).toEqual([1, 1, true]);
    expect(await readAll(input)).toBe("onetwo");
  });

  it("drops what the last run left, and closes its source", async () => {
    let closed = false;
    const input = new SessionInput(() => undefined);
    input.begin(
      (async function* () {
        try {
          yield "first";
          yield "second";
        } finally {
          closed = true;
        }
      })(),
    );
    await input.read(new Uint8Array(2));
    input.begin("next");
    expect(await readAll(input)).toBe("next");
    expect(closed).toBe(true);
  });

  it("fails as its source fails", async () => {
    const input = new SessionInput(() => undefined);
    input.begin(
      (async function* () {
        yield await Promise.reject(new Error("broken pipe"));
      })(),
    );
    await expect(readAll(input)).rejects.toThrow("broken pipe");
  });
});
