import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Leave } from "../../src/engine/guest/frames.js";
import { Marshal } from "../../src/engine/guest/marshal.js";
import { LinearMemory } from "../../src/engine/guest/memory.js";
import { wasm } from "../../src/engine/guest/webassembly.js";
import { Errno, linuxErrno, wasiErrno } from "../../src/wire/errno.js";
import { sallyport } from "../../src/wire/operations.js";
import { MAX_DATA } from "../../src/wire/parameters.js";
import { createServer, joinServers, type Server } from "../../src/wire/serve.js";
import { wasi } from "../../src/wire/wasi-functions.js";
import { Loopback } from "../support/loopback.js";

const PAGES = 40;
const END = PAGES * 65_536;

const guest = (...servers: Server[]) => {
  const memory = new LinearMemory(new wasm.Memory({ initial: PAGES }));
  const loop = new Loopback(joinServers(...servers));
  const marshal = new Marshal(() => memory, loop);
  const call = (name: string, ...slots: (number | bigint)[]): unknown => {
    const module = name in wasi ? "wasi_snapshot_preview1" : "sallyport";
    return marshal.imports([{ module, name, kind: "function" }])[module]?.[name]?.(...slots);
  };
  return { memory, loop, call };
};

const linux = { errno: linuxErrno };
const { open, pipe, read, readv, stat, write, writev } = sallyport;

describe("arguments and results travel whole", () => {
  test("a path, numbers and an integer result", () => {
    const seen: unknown[] = [];
    const handle = (args: unknown) => {
      seen.push(args);
      return { fd: 7 };
    };
    const server = createServer({ open }, { open: handle }, linux);
    const { memory, call } = guest(server);
    memory.bytes.set(Buffer.from("/tmp/ä"), 1000);
    expect(call("open", -100, 1000, 7, 0x8000_0241 | 0, 0o644, 2000)).toBe(0);
    expect(seen).toEqual([{ at: -100, path: "/tmp/ä", flags: 0x8000_0241, mode: 0o644 }]);
    expect(memory.view.getUint32(2000, true)).toBe(7);
  });

  test("data of every size up to the most, both ways", () => {
    const sizes = fc.oneof(fc.nat(64), fc.nat(40_000), fc.integer({ min: MAX_DATA - 2, max: MAX_DATA + 2 }));
    fc.assert(
      fc.property(sizes, fc.nat(255), (size, byte) => {
        const sent = Math.min(size, MAX_DATA);
        const server = createServer(
          { read, write },
          {
            read: ({ capacity }) => ({ data: Buffer.alloc(capacity, byte) }),
            write: ({ data }) => ({ length: data.every((value) => value === byte) ? data.byteLength : 0 }),
          },
          linux,
        );
        const { memory, call } = guest(server);
        expect(call("read", 3, 4096, size, 16)).toBe(0);
        expect(memory.view.getUint32(16, true)).toBe(sent);
        expect(memory.bytes.subarray(4096, 4096 + sent).every((value) => value === byte)).toBe(true);
        expect(memory.bytes[4096 + sent]).toBe(0);
        expect(call("write", 3, 4096, sent, 16)).toBe(0);
        expect(memory.view.getUint32(16, true)).toBe(sent);
      }),
      { numRuns: 40 },
    );
  });

  test("vectors are joined and split", () => {
    const server = createServer(
      { readv, writev },
      {
        readv: ({ capacity }) => ({ data: Buffer.from("abcdefghij").subarray(0, capacity) }),
        writev: ({ data }) => ({ length: Buffer.from(data).toString() === "hello world" ? 11 : 0 }),
      },
      linux,
    );
    const { memory, call } = guest(server);
    memory.bytes.set(Buffer.from("hello world"), 5000);
    const vector = [5000, 5, 5005, 0, 5005, 6];
    for (const [index, value] of vector.entries()) memory.view.setUint32(64 + 4 * index, value, true);
    expect(call("writev", 1, 64, 3, 16)).toBe(0);
    expect(memory.view.getUint32(16, true)).toBe(11);
    const into = [6000, 3, 7000, 2, 8000, 100];
    for (const [index, value] of into.entries()) memory.view.setUint32(64 + 4 * index, value, true);
    expect(call("readv", 0, 64, 3, 16)).toBe(0);
    const text = (at: number, size: number) => Buffer.from(memory.bytes.subarray(at, at + size)).toString();
    expect([text(6000, 3), text(7000, 2), text(8000, 6)]).toEqual(["abc", "de", "fghij\0"]);
  });

  test("records and pairs", () => {
    const times = { atime: -1n, mtime: 2n ** 62n, ctime: 3n };
    const ids = {
      dev: 2 ** 40 + 1,
      ino: 2 ** 53 - 1,
      mode: 0o100644,
      nlink: 1,
      uid: 1000,
      gid: 1000,
      rdev: 0,
    };
    const record = { ...ids, size: 2 ** 33, blksize: 4096, blocks: 9, ...times };
    const server = createServer(
      { pipe, stat },
      { pipe: () => ({ fds: [3, 4] }), stat: () => ({ stat: record }) },
      linux,
    );
    const { memory, call } = guest(server);
    expect(call("pipe", 0, 100)).toBe(0);
    expect([memory.view.getInt32(100, true), memory.view.getInt32(104, true)]).toEqual([3, 4]);
    expect(call("stat", -100, 0, 0, 0, 200)).toBe(0);
    expect(memory.view.getBigUint64(208, true)).toBe(2n ** 53n - 1n);
    expect(memory.view.getBigInt64(264, true)).toBe(-1n);
    expect(memory.view.getUint32(200 + 48, true)).toBe(4096);
  });

  test("lists of strings get their pointers", () => {
    const server = createServer(
      { args_get: wasi.args_get },
      { args_get: () => ({ strings: Buffer.from("a\0\0bcd\0") }) },
      { errno: wasiErrno },
    );
    const { memory, call } = guest(server);
    expect(call("args_get", 100, 500)).toBe(0);
    expect([0, 1, 2].map((index) => memory.view.getUint32(100 + 4 * index, true))).toEqual([500, 502, 503]);
    expect(call("args_get", 100, END - 3)).toBe(21);
    expect(call("args_get", END - 8, 500)).toBe(21);
  });

  test("a filled buffer takes as many exchanges as it needs", () => {
    const server = createServer(
      { random_get: wasi.random_get },
      { random_get: ({ capacity }) => ({ data: Buffer.alloc(capacity, 9) }) },
      { errno: wasiErrno },
    );
    const { memory, loop, call } = guest(server);
    expect(call("random_get", 128, MAX_DATA + 5)).toBe(0);
    expect(loop.requests).toHaveLength(2);
    expect(memory.bytes[127]).toBe(0);
    expect(memory.bytes[128 + MAX_DATA + 4]).toBe(9);
    expect(memory.bytes[128 + MAX_DATA + 5]).toBe(0);
  });
});

describe("what is wrong with a guest's arguments is answered without a request", () => {
  const server = createServer(
    { open, read, readv },
    {
      open: () => ({ fd: 1 }),
      read: () => ({ data: new Uint8Array(0) }),
      readv: () => ({ data: new Uint8Array(0) }),
    },
    linux,
  );
  test.each([
    ["a path outside memory", "open", [-100, END - 2, 3, 0, 0, 0], 14],
    ["a path that wraps around", "open", [-100, -1, 2, 0, 0, 0], 14],
    ["a result outside memory", "open", [-100, 0, 1, 0, 0, END - 3], 14],
    ["a path too long", "open", [-100, 0, 4096, 0, 0, 0], 36],
    ["a buffer outside memory", "read", [0, END - 10, 11, 0], 14],
    ["a vector outside memory", "readv", [0, END - 8, 2, 0], 14],
    ["a vector too long", "readv", [0, 0, 1025, 0], 22],
    ["an unknown function", "nonsense", [], 38],
    ["the runtime's own", "hello", [1, 1, 1, 0, 0], 38],
  ])("%s", (_what, name, slots, errno) => {
    const { loop, call } = guest(server);
    expect(call(name, ...slots)).toBe(errno);
    expect(loop.requests).toEqual([]);
  });
});

describe("answers", () => {
  test("errnos of each dialect, and signals", () => {
    const refuse = (): never => {
      throw new Errno("ENOENT");
    };
    let signal = 0;
    const takeSignal = () => signal;
    const { call, loop } = guest(
      createServer({ open }, { open: refuse }, { errno: linuxErrno, takeSignal }),
      createServer(
        { path_unlink_file: wasi.path_unlink_file },
        { path_unlink_file: refuse },
        { errno: wasiErrno },
      ),
    );
    expect(call("open", -100, 0, 0, 0, 0, 0)).toBe(2);
    expect(call("path_unlink_file", 3, 0, 0)).toBe(44);
    signal = 15;
    expect(call("open", -100, 0, 0, 0, 0, 0)).toBe(2);
    expect(loop.signal).toBe(15);
  });

  test("results that do not fit are an error of the controller, and EIO for the guest", () => {
    const failures: unknown[] = [];
    const failed = (_name: string, error: unknown) => {
      failures.push(error);
      return "EIO" as const;
    };
    const tooMuch = createServer(
      { read },
      { read: () => ({ data: new Uint8Array(5) }) },
      { errno: linuxErrno, failed },
    );
    expect(guest(tooMuch).call("read", 0, 100, 4, 0)).toBe(5);
    expect(String(failures[0])).toMatch(/data has 5 bytes for a capacity of 4/);
  });

  test("an operation without an answer leaves", () => {
    const { exit } = sallyport;
    const seen: number[] = [];
    const server = createServer({ exit }, { exit: ({ status }) => void seen.push(status) }, linux);
    expect(() => guest(server).call("exit", 3)).toThrow(Leave);
    expect(seen).toEqual([3]);
  });
});
