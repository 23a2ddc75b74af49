import { describe, expect, it } from "vitest";
import { memory } from "../../../src/fs/memory/memory.js";
import { exportTree, TreeDirectory, TreeFile, TreeLink } from "../../../src/fs/tree.js";
import { Errno } from "../../../src/wire/errno.js";
import { errnoOf } from "../../support/errno.js";

const owner = { uid: 1000, gid: 1000 };
const file = { ...owner, mode: 0o644 };
const both = { read: true, write: true };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const writer = (fs: ReturnType<typeof memory>, name: string) => {
  const open = fs.root().create(name, file).open(both);
  if (open.write === undefined || open.allocate === undefined) throw new Error("not writable");
  return { ...open, open, write: open.write.bind(open), allocate: open.allocate.bind(open) };
};

describe("memory: trees", () => {
  it("is planted from a plain object and gives it back", async () => {
    const fs = memory({
      "a.txt": "text",
      "deep/er/b.bin": new Uint8Array([1, 2, 3]),
      deep: { "c.txt": new TreeFile("c", { mode: 0o600, mtime: 5n }) },
      link: new TreeLink("a.txt"),
      locked: new TreeDirectory({}, { mode: 0o500, mtime: 7n }),
    });
    const tree = await exportTree(fs);
    expect(Object.keys(tree).sort()).toEqual(["a.txt", "deep", "link", "locked"]);
    const again = await exportTree(memory(tree));
    expect(again).toEqual(tree);
    const deep = tree["deep"];
    if (!(deep instanceof TreeDirectory)) throw new Error("no directory");
    expect(deep.tree["c.txt"]).toEqual(new TreeFile(bytes("c"), { mode: 0o600, mtime: 5n }));
    expect(tree["locked"]).toMatchObject({ attributes: { mode: 0o500, mtime: 7n } });
  });

  it("keeps names that mean something to JavaScript", async () => {
    const fs = memory({ __proto__x: "1" });
    fs.root().create("__proto__", file);
    fs.root().mkdir("constructor", { ...owner, mode: 0o755 });
    const tree = await exportTree(fs);
    expect(Object.keys(tree).sort()).toEqual(["__proto__", "__proto__x", "constructor"]);
  });

  it("refuses trees that cannot be", () => {
    expect(() => memory({ "../a": "" })).toThrow(TypeError);
    expect(() => memory({ "a\0b": "" })).toThrow(TypeError);
    expect(() => memory({ a: "", "a/b": "" })).toThrow(Errno);
    expect(() => memory({}, { bytes: -1 })).toThrow(RangeError);
    expect(() => memory({}, { inodes: 0.5 })).toThrow(RangeError);
  });

  it("says how much a tree may be that is too much", () => {
    expect(() => memory({ x: "12345" }, { bytes: 4, inodes: 9 })).toThrow(
      "ENOSPC: the tree is more than the 4 bytes or 9 inodes of its file system",
    );
  });

  it("bounds what is exported", async () => {
    const fs = memory({ a: "0123456789" });
    await expect(exportTree(fs, { bytes: 9 })).rejects.toMatchObject({ code: "EFBIG" });
  });
});

describe("memory: storage", () => {
  it("holds 4 GiB of nothing for nothing", () => {
    const fs = memory({}, { bytes: 1 << 20 });
    const { open, write } = writer(fs, "sparse");
    expect(write(bytes("end"), 2 ** 32)).toBe(3);
    expect(write(bytes("begin"), 0)).toBe(5);
    const stat = fs.root().lookup("sparse").stat();
    expect(stat.size).toBe(2 ** 32 + 3);
    expect(stat.blocks).toBe(16);
    expect(open.seek?.(0, "data")).toBe(0);
    expect(open.seek?.(0, "hole")).toBe(4096);
    expect(open.seek?.(4096, "data")).toBe(2 ** 32);
    expect(open.seek?.(2 ** 32, "hole")).toBe(2 ** 32 + 3);
    expect(errnoOf(() => open.seek?.(2 ** 32 + 3, "data"))).toBe("ENXIO");
    const into = new Uint8Array(16).fill(9);
    expect(open.read(into, 2 ** 32 - 4)).toBe(7);
    expect([...into.subarray(0, 8)]).toEqual([0, 0, 0, 0, 101, 110, 100, 9]);
    fs.root().lookup("sparse").setattr({ size: 3 });
    expect(fs.root().lookup("sparse").stat()).toMatchObject({ size: 3, blocks: 8 });
  });

  it("zeroes what was cut off", () => {
    const fs = memory();
    const { open, write } = writer(fs, "f");
    write(new Uint8Array(200_000).fill(7), 0);
    const node = fs.root().lookup("f");
    node.setattr({ size: 100 });
    node.setattr({ size: 150_000 });
    const into = new Uint8Array(150_000);
    expect(open.read(into, 0)).toBe(150_000);
    expect(into.indexOf(0)).toBe(100);
    expect(into.subarray(100).every((byte) => byte === 0)).toBe(true);
  });

  it("refuses bytes beyond the quota, writing what fits", () => {
    const fs = memory({}, { bytes: 100_000 });
    const { write, open } = writer(fs, "f");
    expect(write(new Uint8Array(90_000), 0)).toBe(90_000);
    expect(write(new Uint8Array(90_000), 90_000)).toBe(10_000);
    expect(errnoOf(() => write(new Uint8Array(1), 100_000))).toBe("ENOSPC");
    expect(errnoOf(() => fs.root().symlink("s", "x", file))).toBe("ENOSPC");
    fs.root().unlink("f");
    expect(fs.used.bytes).toBe(100_000);
    open.close?.();
    expect(fs.used).toEqual({ bytes: 0, inodes: 0 });
  });

  it("charges a page for bytes that stand far from others, since they cost about as much", () => {
    const fs = memory({}, { bytes: 1 << 20 });
    const { write } = writer(fs, "f");
    const far = Array.from({ length: 200 }, (_, index) => write(new Uint8Array(1), index * (1 << 20)));
    expect(far.every((written) => written === 1)).toBe(true);
    expect(fs.used.bytes).toBe(199 * 4096 + 256);
  });

  it("allocates all or nothing", () => {
    const fs = memory({}, { bytes: 1 << 20 });
    const { allocate } = writer(fs, "f");
    expect(errnoOf(() => allocate(0, 2 ** 40))).toBe("ENOSPC");
    expect(errnoOf(() => allocate(1, (1 << 20) + 1))).toBe("ENOSPC");
    expect(errnoOf(() => allocate(0, 2 ** 53 - 1))).toBe("EFBIG");
    expect(fs.used.bytes).toBe(0);
    allocate(10, 1000);
    expect(fs.root().lookup("f").stat()).toMatchObject({ size: 1010, blocks: 8 });
    allocate(0, 1 << 20);
    expect(fs.root().lookup("f").stat()).toMatchObject({ size: 1 << 20, blocks: 2048 });
    expect(fs.figures().blocksFree).toBe(0);
  });

  it("refuses inodes and names beyond the quota, and gives them back", () => {
    const fs = memory({}, { inodes: 3 });
    const root = fs.root();
    const a = root.create("a", file);
    root.link("b", a);
    root.mkdir("d", { ...owner, mode: 0o755 });
    expect(errnoOf(() => root.create("c", file))).toBe("ENOSPC");
    expect(errnoOf(() => root.link("c", a))).toBe("ENOSPC");
    expect(fs.figures().filesFree).toBe(0);
    root.unlink("a");
    root.rmdir("d");
    expect(fs.figures().filesFree).toBe(2);
    root.unlink("b");
    expect(fs.used.inodes).toBe(0);
  });

  it("keeps an unlinked file for as long as it is open", () => {
    const fs = memory();
    const { open, write } = writer(fs, "f");
    write(bytes("still here"), 0);
    const node = fs.root().lookup("f");
    fs.root().unlink("f");
    expect(node.stat().nlink).toBe(0);
    const into = new Uint8Array(10);
    expect(open.read(into, 0)).toBe(10);
    expect(new TextDecoder().decode(into)).toBe("still here");
    expect(errnoOf(() => fs.root().link("g", node))).toBe("ENOENT");
    open.close?.();
    expect(errnoOf(() => open.close?.())).toBe("EBADF");
  });

  it("appends with the offset after the data", () => {
    const fs = memory();
    const { open } = writer(fs, "f");
    expect(open.append?.(bytes("abc"))).toEqual({ written: 3, end: 3 });
    expect(open.append?.(bytes("de"))).toEqual({ written: 2, end: 5 });
  });
});

describe("memory: attributes", () => {
  it("stamps with the guest's clock", () => {
    const fs = memory();
    let now = 100n;
    fs.setClock(() => now);
    const root = fs.root();
    const node = root.create("f", file);
    expect(node.stat()).toMatchObject({ atime: 100n, mtime: 100n, ctime: 100n });
    expect(root.stat()).toMatchObject({ mtime: 100n, ctime: 100n });
    now = 200n;
    const open = node.open(both);
    open.write?.(bytes("x"), 0);
    expect(node.stat()).toMatchObject({ atime: 100n, mtime: 200n, ctime: 200n });
    now = 300n;
    open.read(new Uint8Array(1), 0);
    expect(node.stat()).toMatchObject({ atime: 300n, mtime: 200n, ctime: 200n });
    now = 400n;
    open.read(new Uint8Array(1), 0);
    expect(node.stat().atime).toBe(300n);
    node.setattr({ mode: 0o600 });
    expect(node.stat()).toMatchObject({ atime: 300n, mtime: 200n, ctime: 400n });
    now = 500n;
    node.setattr({ mtime: 1n });
    expect(node.stat()).toMatchObject({ atime: 300n, mtime: 1n, ctime: 500n });
    now = 600n;
    root.rename("f", root, "g", "replace");
    expect(node.stat().ctime).toBe(600n);
    expect(root.stat().mtime).toBe(600n);
  });

  it("drops setuid and setgid when contents or owner change", () => {
    const fs = memory();
    const node = fs.root().create("f", { ...owner, mode: 0o6755 });
    node.open(both).write?.(bytes("x"), 0);
    expect(node.stat().mode).toBe(0o755);
    node.setattr({ mode: 0o6644 });
    node.setattr({ uid: 5 });
    expect(node.stat()).toMatchObject({ mode: 0o2644, uid: 5 });
  });

  it("hands a setgid directory's group down", () => {
    const fs = memory();
    const shared = fs.root().mkdir("shared", { uid: 1, gid: 77, mode: 0o2775 });
    expect(shared.create("f", file).stat().gid).toBe(77);
    expect(shared.mkdir("d", { ...owner, mode: 0o755 }).stat()).toMatchObject({ gid: 77, mode: 0o2755 });
  });
});

describe("memory: scale", () => {
  it("takes a directory of 100,000 entries", () => {
    const fs = memory();
    const root = fs.root();
    for (let index = 0; index < 100_000; index++) root.create(`file-${index}`, file);
    expect(root.readdir()).toHaveLength(100_000);
    expect(root.lookup("file-99999").type).toBe("file");
    for (let index = 0; index < 100_000; index++) root.unlink(`file-${index}`);
    expect(fs.used).toEqual({ bytes: 0, inodes: 0 });
  });

  it("takes 100,000 small files within a modest quota", () => {
    const fs = memory({}, { bytes: 100_000 * 256 });
    const root = fs.root();
    for (let index = 0; index < 100_000; index++) {
      root
        .create(`file-${index}`, file)
        .open(both)
        .write?.(bytes(`contents of ${index}`), 0);
    }
    expect(fs.used.inodes).toBe(100_000);
  });

  it("goes as deep as asked, and is exported from there", async () => {
    const fs = memory();
    let at = fs.root();
    for (let depth = 0; depth < 20_000; depth++) at = at.mkdir("d", { ...owner, mode: 0o755 });
    expect(errnoOf(() => fs.root().rename("d", at, "x", "replace"))).toBe("EINVAL");
    const tree = await exportTree(fs);
    expect(Object.keys(tree)).toEqual(["d"]);
  });

  it("takes names of 255 bytes in every script, and no more", () => {
    const root = memory().root();
    const longest = ["n", "é", "א", "ज", "語", "😀", "ﷺ", "e\u0301"].map((sign) => {
      const size = Buffer.byteLength(sign);
      return sign
        .repeat(Math.floor(255 / size))
        .padEnd(sign.length * Math.floor(255 / size) + (255 % size), "x");
    });
    for (const name of longest) {
      expect(Buffer.byteLength(name)).toBe(255);
      root.create(name, file);
      expect(errnoOf(() => root.create(`${name}x`, file))).toBe("ENAMETOOLONG");
      expect(errnoOf(() => root.lookup(`${name}x`))).toBe("ENAMETOOLONG");
      expect(errnoOf(() => root.symlink(`${name}x`, "t", file))).toBe("ENAMETOOLONG");
      expect(errnoOf(() => root.rename(name, root, `${name}x`, "replace"))).toBe("ENAMETOOLONG");
    }
    expect(root.readdir().map((entry) => entry.name)).toEqual(longest);
  });
});
