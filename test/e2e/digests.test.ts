import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { Sandbox } from "../../src/index.js";
import { onEachEngine } from "./engines.js";

/** What both sides hash: bytes of a generator that both have. */
const LENGTHS = 400;
const ALGORITHMS = ["sha1", "sha224", "sha256", "sha384", "sha512", "md5", "sha3-256"] as const;

/**
 * Every length around many edges of blocks, at once and in random pieces, from buffers at every alignment; and a long
 * one. Answers one digest over all digests of each algorithm.
 */
const DIGESTS = `
import hashlib, random
def generate(n):
    state, out = 1, bytearray()
    while len(out) < n:
        state = (state * 1664525 + 1013904223) % 2**32
        out.append(state >> 24)
    return bytes(out)
source = generate(${LENGTHS} + 7)
pieces = random.Random(7)
def digests(name):
    total = hashlib.new(name)
    for length in range(${LENGTHS}):
        data = memoryview(source)[length % 7:][:length]
        whole = hashlib.new(name, data)
        parts, at = hashlib.new(name), 0
        while at < length:
            step = pieces.choice((1, 3, 63, 64, 65, 130))
            parts.update(data[at:at + step])
            at += step
            copied = parts.copy()
            copied.update(b"not in the original")
        assert parts.digest() == whole.digest() == parts.copy().digest(), (name, length)
        total.update(whole.digest())
    total.update(hashlib.new(name, source * 1000).digest())
    return total.hexdigest()
{name: digests(name.replace("-", "_")) for name in ${JSON.stringify(ALGORITHMS)}}
`;

const expected = (): Map<string, string> => {
  let state = 1;
  const source = Buffer.from(
    Array.from({ length: LENGTHS + 7 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    }),
  );
  return new Map(
    ALGORITHMS.map((name) => {
      const total = createHash(name);
      for (let length = 0; length < LENGTHS; length++)
        total.update(
          createHash(name)
            .update(source.subarray(length % 7, (length % 7) + length))
            .digest(),
        );
      total.update(
        createHash(name)
          .update(Buffer.concat(Array<Buffer>(1000).fill(source)))
          .digest(),
      );
      return [name, total.digest("hex")];
    }),
  );
};

onEachEngine("hashlib", (engine) => {
  it.each(engine === "native" ? [false, true] : [false])(
    "computes what others compute (hardened: %s)",
    async (hardened) => {
      await using sandbox = await Sandbox.create({ engine, hardened });
      const result = await sandbox.run(DIGESTS);
      if (!result.ok || typeof result.value !== "object" || result.value === null)
        throw new Error(JSON.stringify(result));
      expect(new Map(Object.entries(result.value))).toEqual(expected());
    },
  );
});
