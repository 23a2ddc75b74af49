import { createHash } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SnapshotError } from "../../../src/errors.js";
import { decodeData, encodeData } from "../../../src/snapshot/data.js";
import { decodeSnapshot, encodeSnapshot } from "../../../src/snapshot/format.js";
import { parseSnapshot, type SnapshotState } from "../../../src/snapshot/state.js";

const state = (): SnapshotState => ({
  image: new Uint8Array(32).fill(7),
  memory: {
    pages: 3,
    globals: new Uint8Array(16).fill(1),
    runs: [
      [4096, new Uint8Array(4096).fill(2)],
      [65_536, new Uint8Array(8192).fill(3)],
    ],
  },
  kernel: { version: 1, clock: 5n, list: [1, "ä", null, true] },
  mounts: [{ path: "/", kind: "memory", contents: { bytes: new Uint8Array([1, 2, 3]) } }],
  session: { begun: true, functions: ["f"], cells: 2, cwd: "/sandbox" },
});

const plain = (value: unknown): unknown =>
  value instanceof Uint8Array
    ? Buffer.from(value).toString("hex")
    : Array.isArray(value)
      ? value.map(plain)
      : typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
        : value;

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.string({ unit: "grapheme" }),
    fc.uint8Array({ maxLength: 9000 }),
    fc.array(tie("any"), { maxLength: 5 }),
    fc.dictionary(fc.string(), tie("any"), { maxKeys: 5 }),
  ),
})).any;

describe("plain data", () => {
  test("comes back as it was, numbers and bigints apart", () => {
    fc.assert(
      fc.property(value, (data) => {
        expect(plain(decodeData(Buffer.concat(encodeData(data))))).toEqual(plain(data));
      }),
    );
  });

  test("any bytes are refused, or are what they mean", () => {
    const mutated = fc
      .tuple(value, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }))
      .map(([data, changes]) => {
        const bytes = Buffer.concat(encodeData(data));
        for (const [at, byte] of changes) bytes[at % bytes.byteLength] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        let data: unknown;
        try {
          data = decodeData(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(SnapshotError);
          return;
        }
        // NaN has many forms, and all other bits count.
        const again = Buffer.concat(encodeData(data));
        if (
          !Buffer.from(bytes).includes(Buffer.from([0x7f])) &&
          !Buffer.from(bytes).includes(Buffer.from([0xff]))
        ) {
          expect(again.equals(bytes)).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("depth and prototypes are no way in", () => {
    const deep = Buffer.concat(Array.from({ length: 10_000 }, () => Buffer.from([7, 1, 0, 0, 0])));
    expect(() => decodeData(deep)).toThrow(/nested too deeply|beyond its end/);
    const decoded = decodeData(Buffer.concat(encodeData(JSON.parse('{"__proto__":{"polluted":1}}'))));
    expect(Object.keys(Object(decoded))).toEqual(["__proto__"]);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });
});

describe("snapshot files", () => {
  test("come back as they were", async () => {
    expect(plain(await decodeSnapshot(await encodeSnapshot(state())))).toEqual(plain(state()));
  });

  test("of any size come back as they were, and what does not shrink is stored as it is", async () => {
    for (const size of [0, 1, 65_535, 65_536, (1 << 20) + 1, 3 << 20]) {
      const contents = Uint8Array.from({ length: size }, (_, at) => Math.imul(at, 2_654_435_761) >>> 13);
      const whole = { ...state(), kernel: { contents, more: [contents, "text", contents.subarray(0, 10)] } };
      const bytes = await encodeSnapshot(whole);
      expect(bytes.byteLength).toBeLessThan(2 * size + 2000);
      const { kernel } = await decodeSnapshot(bytes);
      expect(Buffer.concat(encodeData(kernel)).equals(Buffer.concat(encodeData(whole.kernel)))).toBe(true);
    }
  });

  test("every bit flipped and every cut is found", async () => {
    const whole = state();
    // Contents that do not shrink: some 2,500 bytes of file, and 20,000 bits.
    const noise = Uint8Array.from({ length: 4096 }, (_, at) =>
      at < 2400 ? (at * at * 131 + at * 7) >> 3 : 0,
    );
    const bytes = await encodeSnapshot({ ...whole, memory: { ...whole.memory, runs: [[0, noise]] } });
    const variants: Uint8Array[] = [];
    for (let at = 0; at < bytes.byteLength; at++) {
      variants.push(bytes.subarray(0, at));
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        variants.push(flipped);
      }
    }
    variants.push(Buffer.concat([bytes, Buffer.alloc(1)]));
    const found = await Promise.all(
      variants.map((variant) =>
        decodeSnapshot(variant).then(
          () => undefined,
          (error: unknown) => error,
        ),
      ),
    );
    expect(found.every((error) => error instanceof SnapshotError)).toBe(true);
    expect(variants.length).toBeGreaterThan(20_000);
  });

  /** A file that a hostile hand has made: its hash is right. */
  const forged = (body: Uint8Array, length = body.byteLength): Uint8Array => {
    const blocks: Uint8Array[] = [];
    for (let at = 0; at < body.byteLength; at += 1 << 20) {
      const block = body.subarray(at, at + (1 << 20));
      blocks.push(blockOf(block.byteLength, deflateRawSync(block)));
    }
    return sealed(Buffer.concat(blocks), length);
  };

  const blockOf = (length: number, stored: Uint8Array): Uint8Array => {
    const header = Buffer.alloc(8);
    header.writeUInt32LE(length, 0);
    header.writeUInt32LE(stored.byteLength, 4);
    return Buffer.concat([header, stored]);
  };

  const sealed = (packed: Uint8Array, length: number): Uint8Array => {
    const header = Buffer.alloc(56);
    header.write("SALLYSNP", "latin1");
    header.writeUInt32LE(2, 8);
    header.writeBigUInt64LE(BigInt(length), 16);
    header.set(createHash("sha256").update(header.subarray(0, 24)).update(packed).digest(), 24);
    return Buffer.concat([header, packed]);
  };

  test("a forged one is checked completely", async () => {
    const body = Buffer.concat(encodeData(state()));
    expect(plain(await decodeSnapshot(forged(body)))).toEqual(plain(state()));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(body.byteLength - 1), fc.nat(255)), { minLength: 1, maxLength: 5 }),
        async (changes) => {
          const changed = Buffer.from(body);
          for (const [at, byte] of changes) changed[at] = byte;
          const read = await decodeSnapshot(forged(changed)).catch((error: unknown) => error);
          if (!(read instanceof SnapshotError)) expect(() => parseSnapshot(read)).not.toThrow();
        },
      ),
      { numRuns: 500 },
    );
  });

  test("a bomb is refused before it goes off", async () => {
    const bomb = forged(Buffer.alloc(64 << 20));
    await expect(decodeSnapshot(bomb, 1 << 20)).rejects.toThrow(/at most 1048576/);
    await expect(decodeSnapshot(forged(Buffer.alloc(64 << 20), 1000))).rejects.toThrow(/length is another/);
    const large = deflateRawSync(Buffer.alloc(1 << 20));
    await expect(decodeSnapshot(sealed(blockOf(1000, large), 1000))).rejects.toThrow(/block cannot be/);
    await expect(decodeSnapshot(sealed(blockOf(2000, large), 2000))).rejects.toThrow(/inflated/);
    const claims = blockOf(1 << 20, Buffer.from([3, 0]));
    await expect(decodeSnapshot(sealed(claims, 1 << 20))).rejects.toThrow(/inflated/);
  });
});

describe("a state's parts", () => {
  const page = new Uint8Array(4096);
  test.each<[string, Partial<SnapshotState["memory"]>]>([
    [
      "runs that overlap",
      {
        runs: [
          [0, new Uint8Array(8192)],
          [4096, page],
        ],
      },
    ],
    [
      "runs out of order",
      {
        runs: [
          [8192, page],
          [0, page],
        ],
      },
    ],
    ["a run beyond the end", { runs: [[3 * 65_536, page]] }],
    ["half a page", { runs: [[0, new Uint8Array(100)]] }],
    ["an odd address", { runs: [[100, page]] }],
    ["an empty run", { runs: [[0, new Uint8Array(0)]] }],
    ["no memory", { pages: 0 }],
    ["more memory than there is", { pages: 65_537 }],
    ["half a global", { globals: new Uint8Array(7) }],
  ])("%s are refused", (_what, memory) => {
    const whole = state();
    expect(() => parseSnapshot({ ...whole, memory: { ...whole.memory, ...memory } })).toThrow(SnapshotError);
  });
});
