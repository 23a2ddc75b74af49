import { execFileSync } from "node:child_process";
import nodefs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { directory } from "../../../src/fs/directory/directory.js";
import type { FileSystem, Inode } from "../../../src/fs/filesystem.js";
import { memory } from "../../../src/fs/memory/memory.js";
import { overlay } from "../../../src/fs/overlay/overlay.js";
import { Errno } from "../../../src/wire/errno.js";

let root = "";
let crowded = "";
let deep = "";
const MANY = 100_000;
const DEPTH = 1000;

beforeAll(() => {
  root = nodefs.mkdtempSync(path.join(os.tmpdir(), "sallyport-scale-"));
  crowded = `${root}/crowded`;
  nodefs.mkdirSync(crowded);
  for (let at = 0; at < MANY; at++) nodefs.closeSync(nodefs.openSync(`${crowded}/${at}`, "w"));
  deep = `${root}/deep`;
  nodefs.mkdirSync(deep);
  const here = process.cwd();
  // Deeper than any path that the system takes at once.
  process.chdir(deep);
  for (let at = 0; at < DEPTH; at++) {
    nodefs.mkdirSync("directory");
    process.chdir("directory");
  }
  nodefs.writeFileSync("bottom", "of the sea");
  process.chdir(here);
}, 240_000);
afterAll(() => {
  execFileSync("rm", ["-rf", root]);
}, 240_000);

async function text(inode: Inode | undefined): Promise<string> {
  const file = await inode?.open?.({ read: true, write: false });
  const into = new Uint8Array(100);
  const length = (await file?.read(into, 0)) ?? 0;
  await file?.close?.();
  return Buffer.from(into.subarray(0, length)).toString();
}

const open = (): number => nodefs.readdirSync("/proc/self/fd").length;

describe("scale", () => {
  it.each<[string, () => FileSystem]>([
    ["a real directory", () => directory(crowded, { mode: "rw" })],
    ["an overlay", () => overlay(directory(crowded))],
  ])("%s of 100,000 entries", { timeout: 240_000 }, async (_, make) => {
    const fs = make();
    const top = await fs.root();
    const entries = (await top.readdir?.()) ?? [];
    expect(entries.length).toBe(MANY);
    expect(entries.every(({ type }) => type === "file")).toBe(true);
    expect((await top.lookup?.("99999"))?.type).toBe("file");
    expect(() => top.lookup?.("100000")).toThrow(Errno);
    await top.create?.("one more", { mode: 0o644, uid: 1000, gid: 1000 });
    await top.unlink?.("one more");
    await fs.close?.();
  });

  it.each<[string, () => FileSystem]>([
    ["a real directory", () => directory(deep, { mode: "rw", handles: 16 })],
    ["an overlay", () => overlay(directory(deep, { handles: 16 }))],
  ])("%s of depth 1,000, with few handles", { timeout: 240_000 }, async (_, make) => {
    const before = open();
    const fs = make();
    let at: Inode = await fs.root();
    for (let depth = 0; depth < DEPTH; depth++) {
      const next = await at.lookup?.("directory");
      if (next === undefined) throw new Error(`nothing at depth ${depth}`);
      at = next;
    }
    expect(await text(await at.lookup?.("bottom"))).toBe("of the sea");
    // What is held on to for long is found again from the top.
    for (let other = 0; other < 40; other++)
      await (await (await fs.root()).lookup?.("directory"))?.readdir?.();
    expect(await text(await at.lookup?.("bottom"))).toBe("of the sea");
    await at.create?.("made", { mode: 0o644, uid: 1000, gid: 1000 });
    await at.rename?.("made", at, "renamed", "replace");
    await at.unlink?.("renamed");
    expect(open() - before).toBeLessThan(32);
    await fs.close?.();
    expect(open()).toBe(before);
  });

  it("a file of 4 GiB with nothing in it, in a real directory and an overlay", async () => {
    const at = `${root}/sparse`;
    nodefs.mkdirSync(at);
    for (const fs of [directory(at, { mode: "rw" }), overlay(memory(), memory({}, { bytes: 1 << 20 }))]) {
      const top = await fs.root();
      const file = await top.create?.("sparse", { mode: 0o644, uid: 1000, gid: 1000 });
      const opened = await file?.open?.({ read: true, write: true });
      expect(await opened?.write?.(Buffer.from("end"), 2 ** 32)).toBe(3);
      expect(await file?.stat()).toMatchObject({ size: 2 ** 32 + 3 });
      expect((await file?.stat())?.blocks).toBeLessThan(1000);
      const into = new Uint8Array(8);
      expect(await opened?.read(into, 2 ** 32 - 2)).toBe(5);
      expect(Buffer.from(into).toString()).toBe("\0\0end\0\0\0");
      await opened?.close?.();
      await top.unlink?.("sparse");
      await fs.close?.();
    }
  });

  it("100,000 small files in an overlay, within its quota", { timeout: 240_000 }, async () => {
    const upper = memory({}, { bytes: MANY * 256 });
    const fs = overlay(memory(), upper);
    const top = await fs.root();
    for (let at = 0; at < MANY; at++) {
      const file = await top.create(`${at}`, { mode: 0o644, uid: 1000, gid: 1000 });
      const opened = await file.open?.({ read: false, write: true });
      await opened?.write?.(Buffer.from(`contents of ${at}`), 0);
      await opened?.close?.();
    }
    expect(upper.used.inodes).toBe(MANY + 1);
    await expect(async () => top.create("x".repeat(256), { mode: 0o644, uid: 0, gid: 0 })).rejects.toThrow(
      "ENAMETOOLONG",
    );
    expect((await fs.changes()).length).toBe(MANY);
    await fs.discard();
    expect(upper.used).toEqual({ bytes: 0, inodes: 0 });
  });

  it("names of 255 bytes in every script in a real directory", async () => {
    const at = `${root}/names`;
    nodefs.mkdirSync(at);
    using fs = directory(at, { mode: "rw" });
    const names = ["n", "é", "א", "ज", "語", "😀"].map((sign) => {
      const count = Math.floor(255 / Buffer.byteLength(sign));
      return sign.repeat(count) + "x".repeat(255 - count * Buffer.byteLength(sign));
    });
    for (const name of names) {
      fs.root().create(name, { mode: 0o644, uid: 1000, gid: 1000 });
      expect(() => fs.root().lookup(`${name}x`)).toThrow("ENAMETOOLONG");
      expect(() => fs.root().create(`${name}x`, { mode: 0o644, uid: 0, gid: 0 })).toThrow("ENAMETOOLONG");
    }
    expect(
      fs
        .root()
        .readdir()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(names.sort());
    expect(nodefs.readdirSync(at).sort()).toEqual(names.sort());
    nodefs.writeFileSync(Buffer.concat([Buffer.from(`${at}/`), Buffer.from([0xff, 0xfe])]), "no UTF-8");
    expect(fs.root().readdir().length).toBe(names.length);
  });
});
