/** Files of prepared images that somebody else has written. */
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryEnd } from "../../src/engine/guest/image.js";
import { MemoryFileSystem } from "../../src/fs/memory/memory.js";
import { Image, ImageError, Sandbox } from "../../src/index.js";
import { decodeData, encodeData } from "../../src/snapshot/data.js";
import { ENGINES } from "./engines.js";

const folder = mkdtempSync(join(tmpdir(), "sallyport-prepared-hostile-"));
const file = join(folder, "good.image");

beforeAll(async () => {
  const setup = `
words = {f"word {n}": [n, str(n)] for n in range(20000)}
def greet(name):
    return f"hello, {name}"
`;
  await using image = await Image.build({ setup });
  await image.save(file);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a prepared image from a hostile hand", () => {
  const FOOTER = 64;
  const hostile = join(folder, "hostile.image");
  const write = (bytes: Buffer): void => writeFileSync(hostile, bytes);

  /** As an attacker would: with the right hash. */
  const sealed = (bytes: Buffer): Buffer => {
    const footer = bytes.length - FOOTER;
    const hash = createHash("sha256")
      .update(bytes.subarray(0, footer + 32))
      .digest();
    bytes.set(hash, footer + 32);
    return bytes;
  };

  const withPart = (change: (part: Record<string, unknown>) => unknown): Buffer => {
    const bytes = readFileSync(file);
    const end = memoryEnd(bytes.readUInt32LE(12));
    const part = decodeData(bytes.subarray(end, bytes.length - FOOTER));
    if (typeof part !== "object" || part === null) throw new Error("no part");
    const changed = Buffer.concat(encodeData(change({ ...part })));
    const footer = Buffer.from(bytes.subarray(bytes.length - FOOTER));
    footer.writeBigUInt64LE(BigInt(changed.length), 16);
    return sealed(Buffer.concat([bytes.subarray(0, end), changed, footer]));
  };

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ["cut", (bytes) => bytes.subarray(0, bytes.length - 5)],
    ["empty", () => Buffer.alloc(0)],
    ["something else", () => Buffer.from("nothing of the kind".repeat(1000))],
    ["changed in its memory", (bytes) => Buffer.from(bytes.fill(1, 20_000_000, 20_000_001))],
    ["changed in the kernel's part", (bytes) => bytes.fill(1, bytes.length - 100, bytes.length - 99)],
    ["of another guest", (bytes) => sealed(bytes.fill(1, 24, 56))],
    ["of more pages than it has", (bytes) => sealed(bytes.fill(0xff, 12, 14))],
    ["of another number of globals", (bytes) => sealed(bytes.fill(2, 16, 17))],
    ["of no image's version", (bytes) => sealed(bytes.fill(9, 8, 9))],
    [
      "of a later version",
      (bytes) => sealed(bytes.fill(9, bytes.length - FOOTER + 8, bytes.length - FOOTER + 9)),
    ],
  ])("that is %s is refused", async (_what, change) => {
    write(change(readFileSync(file)));
    await expect(Image.load(hostile)).rejects.toBeInstanceOf(ImageError);
  });

  it.each<[string, (part: Record<string, unknown>) => unknown]>([
    ["no part", () => 1],
    ["another library", (part) => ({ ...part, library: new Uint8Array(32) })],
    ["a variable that cannot be", (part) => ({ ...part, env: [["A=B", "c"]] })],
    ["more than there is", (part) => ({ ...part, more: 1 })],
  ])("with %s is refused", async (_what, change) => {
    write(withPart(change));
    await expect(Image.load(hostile)).rejects.toBeInstanceOf(ImageError);
  });

  it.each<[string, (part: Record<string, unknown>) => unknown]>([
    ["a kernel's state that cannot be", (part) => ({ ...part, kernel: { version: 1 } })],
    [
      "files that cannot be",
      (part) => ({ ...part, mounts: [{ path: "/", kind: "memory", contents: { version: 1 } }] }),
    ],
    [
      "a mount twice",
      ({ mounts, ...part }) => ({ ...part, mounts: Array.isArray(mounts) ? [...mounts, ...mounts] : [] }),
    ],
    [
      "contents for what is not mounted",
      (part) => ({ ...part, mounts: [{ path: "/x", kind: "overlay", contents: 1 }] }),
    ],
  ])("with %s gives no sandbox", async (_what, change) => {
    write(withPart(change));
    await expect(Sandbox.create({ image: hostile })).rejects.toBeInstanceOf(ImageError);
  });

  it("with many mounts has no more storage than with one", async () => {
    const contents = new MemoryFileSystem().save();
    const places = Array.from({ length: 50 }, (_, index) => `/many/${index}`);
    write(
      withPart(({ mounts, ...part }) => ({
        ...part,
        mounts: [
          ...(Array.isArray(mounts) ? mounts : []),
          ...places.map((path) => ({ path, kind: "memory", contents })),
        ],
      })),
    );
    await using sandbox = await Sandbox.create({ image: hostile, limits: { storage: "4 MiB" } });
    const taken = await sandbox
      .run<number>(`
import errno
taken = 0
for place in range(50):
    try:
        with open(f"/many/{place}/file", "wb", buffering=0) as file:
            for _ in range(10):
                taken += file.write(bytes(1 << 20))
    except OSError as error:
        assert error.errno == errno.ENOSPC
taken`)
      .value();
    expect(taken).toBeGreaterThan(3 * 2 ** 20);
    expect(taken).toBeLessThanOrEqual(4 * 2 ** 20);
  });

  it("with memory that makes no sense is at worst a guest that crashes", async () => {
    for (const engine of ENGINES) {
      for (const byte of [0, 0xff]) {
        const bytes = readFileSync(file);
        write(sealed(bytes.fill(byte, 4096 + (17 << 20), memoryEnd(bytes.readUInt32LE(12)))));
        const limits = { wall: "5s", grace: "500ms" } as const;
        await using sandbox = await Sandbox.create({ image: hostile, engine, limits });
        const result = await sandbox.run("1 + 1");
        expect(["killed", "protocol", "timeout", "exit", "error", "memory"]).toContain(result.status);
      }
    }
  });

  it("that is cut while sandboxes have it ends those, and nothing else", async () => {
    copyFileSync(file, hostile);
    await using sandbox = await Sandbox.create({ image: hostile, engine: ENGINES[0] ?? "wasm" });
    truncateSync(hostile, 4096 + (17 << 20));
    const result = await sandbox.run("sum(len(text) for text in words)");
    expect(["ok", "killed"]).toContain(result.status);
    await using sound = await Sandbox.create({ image: file });
    expect(await sound.run("greet('you')").value()).toBe("hello, you");
  });
});
