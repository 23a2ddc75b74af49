import { expect, test } from "vitest";
import { ProtocolError } from "../../../src/errors.js";
import type { BaseImage } from "../../../src/snapshot/delta.js";
import { MemoryTransfer } from "../../../src/snapshot/transfer.js";

const LIMIT = 4 * 65_536;
const noImage = (): BaseImage => ({ size: 0, read: () => undefined, close: () => undefined });
const page = (byte: number, size = 4096): Uint8Array => new Uint8Array(size).fill(byte);

test("memory that is saved is loaded, in pieces as large as the guest takes", () => {
  const transfer = new MemoryTransfer(LIMIT, noImage);
  transfer.beginSaving();
  transfer.save_page({ address: 4096n, bytes: page(1, 8192) });
  transfer.save_page({ address: 65_536n, bytes: page(2) });
  transfer.save_state({ pages: 2, globals: new Uint8Array(8) });
  const memory = transfer.saved();
  transfer.beginLoading(memory);
  const pieces: [bigint, number][] = [];
  for (;;) {
    const { address, bytes } = transfer.load_page({ capacity: 4096 });
    if (bytes.byteLength === 0) break;
    pieces.push([address, bytes[0] ?? 0]);
  }
  expect(pieces).toEqual([
    [4096n, 1],
    [8192n, 1],
    [65_536n, 2],
  ]);
  expect(transfer.load_state({ capacity: 8 })).toEqual({ pages: 2, globals: new Uint8Array(8) });
});

test("what is saved is a copy", () => {
  const transfer = new MemoryTransfer(LIMIT, noImage);
  transfer.beginSaving();
  const bytes = Buffer.alloc(4096, 1);
  transfer.save_page({ address: 0n, bytes });
  bytes.fill(9);
  transfer.save_state({ pages: 1, globals: bytes.subarray(0, 8) });
  expect(transfer.saved().runs[0]?.[1][0]).toBe(1);
});

test("nothing is taken or given that nobody asked for", () => {
  const transfer = new MemoryTransfer(LIMIT, noImage);
  const breaches = [
    () => transfer.save_page({ address: 0n, bytes: page(1) }),
    () => transfer.save_state({ pages: 1, globals: new Uint8Array(0) }),
    () => transfer.load_page({ capacity: 4096 }),
    () => transfer.load_state({ capacity: 8 }),
    () => transfer.saved(),
  ];
  for (const breach of breaches) expect(breach).toThrow(ProtocolError);
  transfer.beginSaving();
  transfer.save_state({ pages: 1, globals: new Uint8Array(0) });
  expect(() => transfer.save_page({ address: 0n, bytes: page(1) })).toThrow(ProtocolError);
});

test.each<[string, bigint, Uint8Array]>([
  ["beyond the limit", BigInt(LIMIT), page(1)],
  ["far beyond", 2n ** 63n, page(1)],
  ["at an odd address", 1n, page(1)],
  ["of half a page", 0n, page(1, 100)],
  ["of nothing", 0n, page(1, 0)],
])("memory %s is a breach", (_what, address, bytes) => {
  const transfer = new MemoryTransfer(LIMIT, noImage);
  transfer.beginSaving();
  expect(() => transfer.save_page({ address, bytes })).toThrow(ProtocolError);
});

test("memory that comes twice, and states that cannot be, are breaches", () => {
  const transfer = new MemoryTransfer(LIMIT, noImage);
  transfer.beginSaving();
  transfer.save_page({ address: 4096n, bytes: page(1) });
  expect(() => transfer.save_page({ address: 4096n, bytes: page(1) })).toThrow(ProtocolError);
  expect(() => transfer.save_state({ pages: 0, globals: new Uint8Array(0) })).toThrow(ProtocolError);
  expect(() => transfer.save_state({ pages: 5, globals: new Uint8Array(0) })).toThrow(ProtocolError);
  expect(() => transfer.save_state({ pages: 1, globals: new Uint8Array(9) })).toThrow(ProtocolError);
});

test("what is kept is what differs from the image, and what is loaded is the memory again", () => {
  const opened: string[] = [];
  const image = (): BaseImage => {
    opened.push("open");
    return {
      size: 65_536,
      read: (into, address) => {
        for (let at = 0; at < into.byteLength; at++) into[at] = (address + at) * 7;
      },
      close: () => opened.push("close"),
    };
  };
  const transfer = new MemoryTransfer(LIMIT, image);
  const memory = Uint8Array.from({ length: 8192 }, (_, at) => (61_440 + at) * 7);
  memory[5] = 99;
  transfer.beginSaving();
  transfer.save_page({ address: 61_440n, bytes: Uint8Array.from(memory) });
  transfer.save_state({ pages: 2, globals: new Uint8Array(8) });
  const saved = transfer.saved();
  transfer.end();
  const kept = saved.runs[0]?.[1] ?? new Uint8Array(0);
  expect([...kept.subarray(0, 4096)].filter((byte) => byte !== 0)).toHaveLength(1);
  expect(kept.subarray(4096)).toEqual(memory.subarray(4096));
  transfer.beginLoading(saved);
  for (const at of [0, 4096]) {
    expect(transfer.load_page({ capacity: 4096 })).toEqual({
      address: BigInt(61_440 + at),
      bytes: memory.subarray(at, at + 4096),
    });
  }
  expect(kept[5]).not.toBe(0);
  transfer.end();
  expect(opened).toEqual(["open", "close", "open", "close"]);
});
