import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteLog } from "../../../src/session/byte-log.js";
import { Output, type OutputOptions } from "../../../src/session/output.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const make = (options: Partial<OutputOptions> = {}): Output =>
  new Output({ keep: true, callbacks: [], drained: () => undefined, failed: () => undefined, ...options });

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

describe("ByteLog", () => {
  it("gives back what was appended, from any offset", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 3000 })), fc.nat(), (chunks, seed) => {
        const log = new ByteLog();
        for (const chunk of chunks) log.append(chunk);
        const whole = Buffer.concat(chunks);
        expect(Buffer.from(log.bytes()).equals(whole)).toBe(true);
        const offset = whole.length === 0 ? 0 : seed % whole.length;
        const view = log.from(offset);
        expect(Buffer.from(view).equals(whole.subarray(offset, offset + view.length))).toBe(true);
        if (offset < whole.length) expect(view.length).toBeGreaterThan(0);
      }),
    );
  });

  it("forgets what was released", () => {
    const log = new ByteLog();
    for (let i = 0; i < 100; i++) log.append(new Uint8Array(5000).fill(i));
    log.release(400_000);
    expect(log.bytes().length).toBeLessThan(200_000);
    expect(log.from(400_000)[0]).toBe(80);
  });
});

describe("Output", () => {
  it("lets readers follow from the beginning, whenever they come", async () => {
    const output = make();
    output.push(bytes("one\ntw"));
    const early = collect(output.lines());
    output.push(bytes("o\nthree"));
    output.end();
    expect(await early).toEqual(["one", "two", "three"]);
    expect((await collect(output.text())).join("")).toBe("one\ntwo\nthree");
    const web = await new Response(output.readable()).text();
    expect(web).toBe("one\ntwo\nthree");
  });

  it("never cuts a character in two", async () => {
    const output = make();
    const data = bytes("a€😀b");
    for (const byte of data) output.push(Uint8Array.of(byte));
    output.end();
    for await (const text of output.text()) expect(text).not.toContain("\ufffd");
  });

  it("says that the guest should wait while a reader is behind", async () => {
    let drained = 0;
    const output = make({ drained: () => drained++ });
    const reader = output[Symbol.asyncIterator]();
    output.push(bytes("x"));
    await reader.next();
    expect(output.writable()).toBe(true);
    output.push(new Uint8Array(300 * 1024));
    expect(output.writable()).toBe(false);
    for (let seen = 1; seen < 200 * 1024; ) seen += (await reader.next()).value?.length ?? 0;
    expect(output.writable()).toBe(true);
    expect(drained).toBeGreaterThan(0);
    await reader.return();
    output.push(new Uint8Array(900 * 1024));
    expect(output.writable()).toBe(true);
  });

  it("waits for a callback's promise, and tells when one fails", async () => {
    let release = (): void => undefined;
    const failures: unknown[] = [];
    const output = make({
      callbacks: [() => new Promise<void>((resolve) => (release = resolve))],
      failed: (error) => failures.push(error),
    });
    output.push(bytes("x"));
    expect(output.writable()).toBe(false);
    release();
    await new Promise(setImmediate);
    expect(output.writable()).toBe(true);
    const failing = make({
      callbacks: [
        () => {
          throw new Error("no");
        },
      ],
      failed: (error) => failures.push(error),
    });
    failing.push(bytes("x"));
    failing.push(bytes("x"));
    expect(failures).toHaveLength(1);
  });

  it("keeps nothing that nobody wants", () => {
    const output = make({ keep: false });
    output.push(new Uint8Array(1000));
    expect(output.bytes()).toHaveLength(0);
  });
});
