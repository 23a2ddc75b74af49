import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { encodeHeader, memoryEnd } from "../../../src/engine/guest/image.js";
import { ARTIFACTS, findPrebuilt } from "../../../src/engine/prebuilt.js";
import { ImageError } from "../../../src/errors.js";
import { readImageFile } from "../../../src/image/file.js";
import { decodeFooter, encodeFooter, FOOTER } from "../../../src/image/format.js";
import { encodeData } from "../../../src/snapshot/data.js";

const folder = mkdtempSync(join(tmpdir(), "sallyport-image-file-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const guest = findPrebuilt().artifact(ARTIFACTS.wasm).sha256;
const library = findPrebuilt().artifact(ARTIFACTS.library).sha256;
const PART = Buffer.concat(
  encodeData({
    guest,
    library,
    base: new Uint8Array(32),
    setup: new Uint8Array(32),
    python: "3.13.0",
    changed: 1,
    env: [["A", "b"]],
    cwd: "/sandbox",
    kernel: null,
    mounts: [{ path: "/data", kind: "memory", contents: { version: 1 } }],
  }),
);

/** A whole file of one page of memory, with the right hash. */
const fileOf = (part: Uint8Array): Buffer => {
  const body = Buffer.alloc(memoryEnd(1));
  body.set(encodeHeader({ pages: 1, globals: [1n], module: guest }));
  const footer = encodeFooter(part.byteLength);
  const all = Buffer.concat([body, part, footer]);
  return Buffer.concat([all, createHash("sha256").update(all).digest()]);
};

const read = async (bytes: Uint8Array) => {
  const path = join(folder, "image");
  writeFileSync(path, bytes);
  return await readImageFile(path);
};

/** What came of reading: nothing but a whole image or an ImageError may. */
const outcome = async (bytes: Uint8Array): Promise<"read" | "refused"> => {
  try {
    await read(bytes);
    return "read";
  } catch (error) {
    if (error instanceof ImageError && error.code === "ERR_IMAGE") return "refused";
    throw error;
  }
};

describe("the file of a prepared image", () => {
  it("is read as it was written", async () => {
    const { header, state, size, sha256 } = await read(fileOf(PART));
    expect(header).toMatchObject({ pages: 1, globals: [1n] });
    expect(state).toMatchObject({ python: "3.13.0", env: [["A", "b"]], cwd: "/sandbox" });
    expect(size).toBe(memoryEnd(1) + PART.byteLength + FOOTER);
    expect(sha256).toHaveLength(32);
  });

  it("is refused when any byte is changed or missing", async () => {
    const whole = fileOf(PART);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.byteLength - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const changed = Buffer.from(whole);
        changed[at] = ((changed[at] ?? 0) + by) & 0xff;
        expect(await outcome(changed)).toBe("refused");
        expect(await outcome(whole.subarray(0, at))).toBe("refused");
      }),
      { numRuns: 60 },
    );
  });

  it("is an image or refused, whatever its part is, where somebody has made the hash right", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(PART.byteLength - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        async (changes) => {
          const part = Buffer.from(PART);
          for (const [at, value] of changes) part[at] = value;
          expect(["read", "refused"]).toContain(await outcome(fileOf(part)));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("a footer", () => {
  it("says how long the part is", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), (part) => {
        const bytes = Buffer.concat([encodeFooter(part), Buffer.alloc(32, 7)]);
        expect(decodeFooter(bytes)).toMatchObject({ part, sha256: new Uint8Array(32).fill(7) });
      }),
    );
  });

  it("of any other bytes is refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(() => decodeFooter(bytes)).toThrow(ImageError);
      }),
    );
  });
});
