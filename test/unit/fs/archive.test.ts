import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import zlib from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { archive } from "../../../src/fs/archive/archive.js";
import { ArchiveError } from "../../../src/fs/archive/source.js";
import { copyFiles } from "../../../src/fs/copy.js";
import { directory } from "../../../src/fs/directory/directory.js";
import type { FileSystem, Inode } from "../../../src/fs/filesystem.js";
import { memory } from "../../../src/fs/memory/memory.js";
import { writeTar } from "../../../src/fs/tar-writer.js";
import { exportTree, TreeDirectory, TreeFile, TreeLink } from "../../../src/fs/tree.js";
import { Errno } from "../../../src/wire/errno.js";

let root = "";
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "sallyport-archive-"));
  fs.mkdirSync(`${root}/in/deep/er`, { recursive: true });
  fs.writeFileSync(`${root}/in/a.txt`, "text of a\n");
  fs.writeFileSync(`${root}/in/deep/big.bin`, Buffer.alloc(3_000_000, "0123456789abcdef"));
  fs.writeFileSync(`${root}/in/deep/er/ünï 語.txt`, "unicode");
  fs.writeFileSync(`${root}/in/deep/${"n".repeat(200)}`, "a long name");
  fs.writeFileSync(`${root}/in/empty`, "");
  fs.chmodSync(`${root}/in/a.txt`, 0o640);
  fs.symlinkSync("deep/er", `${root}/in/link`);
  fs.utimesSync(`${root}/in/a.txt`, 1_600_000_000, 1_600_000_000);
});
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

const python = (script: string): void => {
  execFileSync("python3", ["-c", script], { cwd: root });
};

async function at(of: FileSystem, where: string): Promise<Inode> {
  let inode = await of.root();
  for (const name of where.split("/")) {
    if (inode.lookup === undefined) throw new Errno("ENOTDIR");
    inode = await inode.lookup(name);
  }
  return inode;
}

async function bytes(of: FileSystem, where: string): Promise<Buffer> {
  const inode = await at(of, where);
  const open = await inode.open?.({ read: true, write: false });
  const into = Buffer.alloc((await inode.stat()).size);
  const length = (await open?.read(into, 0)) ?? 0;
  await open?.close?.();
  return into.subarray(0, length);
}

async function tarred(of: FileSystem): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of writeTar(of)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Files as the archive should show them. */
async function expected(): Promise<unknown> {
  return plain(await exportTree(directory(`${root}/in`)), false);
}

/** Times apart: zip files keep them to two seconds. */
function plain(tree: Awaited<ReturnType<typeof exportTree>>, links: boolean): unknown {
  return Object.fromEntries(
    Object.entries(tree).map(([name, entry]) => {
      if (entry instanceof TreeDirectory) return [name, plain(entry.tree, links)];
      if (entry instanceof TreeFile)
        return [name, Buffer.from(entry.data).toString("latin1").length, entry.data.length];
      if (entry instanceof TreeLink) return [name, `→ ${entry.target}`];
      return [name, entry];
    }),
  );
}

const PACKERS: Readonly<Record<string, () => string>> = {
  "GNU tar, ustar": () => packed("tar", ["--format=ustar", "-cf", "../u.tar", "."], "u.tar"),
  "GNU tar, gnu": () => packed("tar", ["--format=gnu", "-cf", "../g.tar", "."], "g.tar"),
  "GNU tar, pax": () => packed("tar", ["--format=pax", "-cf", "../p.tar", "."], "p.tar"),
  "GNU tar, gzip": () => packed("tar", ["-czf", "../z.tgz", "."], "z.tgz"),
  "Python's tarfile": () => {
    python(`import tarfile\nwith tarfile.open("py.tar.gz", "w:gz") as t: t.add("in", arcname="")`);
    return `${root}/py.tar.gz`;
  },
  "Python's zipfile": () => {
    python(`
import zipfile, os
with zipfile.ZipFile("py.zip", "w", zipfile.ZIP_DEFLATED) as z:
    for base, dirs, files in os.walk("in"):
        for name in dirs + files:
            path = os.path.join(base, name)
            info = zipfile.ZipInfo.from_file(path, os.path.relpath(path, "in"))
            if os.path.islink(path):
                info = zipfile.ZipInfo(os.path.relpath(path, "in"))
                info.create_system = 3; info.external_attr = 0o120777 << 16
                z.writestr(info, os.readlink(path))
            elif os.path.isdir(path): z.writestr(info, b"")
            else: z.writestr(info, open(path, "rb").read(), zipfile.ZIP_STORED if name.startswith("a") else zipfile.ZIP_DEFLATED)
`);
    return `${root}/py.zip`;
  },
};

function packed(program: string, args: readonly string[], name: string): string {
  execFileSync(program, args, { cwd: `${root}/in` });
  return `${root}/${name}`;
}

describe("archives as packed by", () => {
  it.each(Object.entries(PACKERS))("%s", async (name, pack) => {
    // ustar has no place for a name of 200 bytes.
    if (name.includes("ustar")) fs.renameSync(`${root}/in/deep/${"n".repeat(200)}`, `${root}/aside`);
    try {
      using served = await archive(pack());
      expect(served.skipped).toBe(0);
      expect(plain(await exportTree(served), false)).toEqual(await expected());
      expect((await bytes(served, "a.txt")).toString()).toBe("text of a\n");
      expect((await bytes(served, "deep/big.bin")).equals(fs.readFileSync(`${root}/in/deep/big.bin`))).toBe(
        true,
      );
      expect((await bytes(served, "deep/er/ünï 語.txt")).toString()).toBe("unicode");
      const stat = await (await at(served, "a.txt")).stat();
      expect(stat).toMatchObject({ mode: 0o640, uid: 1000, gid: 1000, size: 10 });
      expect(
        name.includes("zip,") || stat.mtime / 1_000_000_000n === 1_600_000_000n || name.includes("zipfile"),
      ).toBe(true);
      expect(await (await at(served, "link")).readlink?.()).toBe("deep/er");
      await expect(at(served, "missing")).rejects.toMatchObject({ code: "ENOENT" });
      await expect(at(served, "x".repeat(256))).rejects.toMatchObject({ code: "ENAMETOOLONG" });
    } finally {
      if (name.includes("ustar")) fs.renameSync(`${root}/aside`, `${root}/in/deep/${"n".repeat(200)}`);
    }
  });
});

describe("archives that are hostile", () => {
  it("leaves out what leads out, and counts it", async () => {
    python(`
import tarfile, io
with tarfile.open("evil.tar", "w") as t:
    def add(name, type=tarfile.REGTYPE, link="", data=b"evil"):
        i = tarfile.TarInfo(name); i.type = type; i.linkname = link; i.size = len(data) if type == tarfile.REGTYPE else 0
        t.addfile(i, io.BytesIO(data))
    add("/absolute"); add("../up"); add("a/../../up"); add("dev", tarfile.CHRTYPE); add("blk", tarfile.BLKTYPE)
    add("link", tarfile.SYMTYPE, "/etc"); add("link/passwd"); add("hard", tarfile.LNKTYPE, "../../etc/passwd")
    add("self", tarfile.LNKTYPE, "self"); add("file"); add("file/below"); add("dir", tarfile.DIRTYPE); add("dir")
    add("x" * 256); add("/".join(["d"] * 1500)); add("ok"); add("ok", data=b"later"); add("fifo", tarfile.FIFOTYPE); add("same", tarfile.LNKTYPE, "ok")
`);
    using served = await archive(`${root}/evil.tar`);
    const names = served
      .root()
      .readdir()
      .map(({ name, type }) => `${name}:${type}`);
    expect(names.sort()).toEqual([
      "absolute:file",
      "dir:directory",
      "fifo:fifo",
      "file:file",
      "link:symlink",
      "ok:file",
      "same:file",
    ]);
    expect(served.skipped).toBe(11);
    expect((await bytes(served, "ok")).toString()).toBe("later");
    expect(served.root().lookup("ok").stat().nlink).toBe(2);
    expect(served.root().lookup("same").stat().ino).toBe(served.root().lookup("ok").stat().ino);
  });

  it("is not blown up by a bomb of gzip", async () => {
    const bomb = zlib.gzipSync(Buffer.alloc(64 << 20));
    await expect(archive(bomb, { bytes: 1 << 20 })).rejects.toThrow(/more than the 1048576 bytes/);
  });

  it("opens no file of a zip that is larger than allowed, or lies about its size", async () => {
    python(`
import zipfile
with zipfile.ZipFile("bomb.zip", "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("zeros", b"\\0" * (8 << 20)); z.writestr("small", b"x" * 1000)
data = bytearray(open("bomb.zip", "rb").read())
at = data.rfind(b"PK\\x01\\x02")
data[at + 24:at + 28] = (10).to_bytes(4, "little")
open("lie.zip", "wb").write(data)
`);
    const bounded = await archive(`${root}/bomb.zip`, { bytes: 1 << 20 });
    await expect(bytes(bounded, "zeros")).rejects.toMatchObject({ code: "EFBIG" });
    expect((await bytes(bounded, "small")).length).toBe(1000);
    await expect(bytes(await archive(`${root}/lie.zip`), "small")).rejects.toMatchObject({ code: "EIO" });
  });

  it("holds what is open of a compressed file once, and no more of all than twice the most for one", async () => {
    python(`
import zipfile
with zipfile.ZipFile("open.zip", "w", zipfile.ZIP_DEFLATED) as z:
    for name in "abc": z.writestr(name, name * 3_000_000)`);
    const found = await archive(`${root}/open.zip`, { bytes: 4_000_000 });
    const open = async (name: string) => await (await at(found, name)).open?.({ read: true, write: false });
    const held = [];
    for (const name of "aaaaabb") held.push(await open(name));
    await expect(open("c")).rejects.toMatchObject({ code: "ENOMEM" });
    for (const file of held.slice(1)) {
      await file?.close?.();
      await file?.close?.();
    }
    expect((await bytes(found, "c")).toString()).toBe("c".repeat(3_000_000));
    const into = Buffer.alloc(3);
    expect([await held[0]?.read(into, 2_999_998), into.toString("latin1")]).toEqual([2, "aa\0"]);
  });

  it("takes no longer for directories that are named again and again, nor for links of many packed bytes", async () => {
    python(`
import struct, zipfile
def entry(name, mode, packed, size=0, offset=0, method=0):
    return struct.pack("<IHHHHHHIIIHHHHHII", 0x02014b50, 3 << 8, 20, 0, method, 0, 33, 0, packed, size, len(name), 0, 0, 0, 0, mode << 16, offset) + name
directory = b"".join([entry(b"d/%d" % i, 0o100644, 0) for i in range(60_000)] + [entry(b"d/", 0o40755, 0)] * 60_000)
directory += entry(b"d/", 0o40700, 0)
# Blocks without contents: bytes that take time, and come to nothing.
blocks = b"\\0\\0\\0\\xff\\xff" * 2_000_000
data = struct.pack("<IHHHHHIIIHH", 0x04034b50, 20, 0, 8, 0, 33, 0, len(blocks), 1, 0, 0) + blocks
directory += b"".join(entry(b"l/%d" % i, 0o120777, len(blocks), 1, 0, 8) for i in range(5_000))
with open("again.zip", "wb") as f:
    end = struct.pack("<IQHHIIQQQQ", 0x06064b50, 44, 45, 45, 0, 0, 125_001, 125_001, len(directory), len(data))
    end += struct.pack("<IIQI", 0x07064b50, 0, len(data) + len(directory), 1)
    f.write(data + directory + end + struct.pack("<IHHHHIIH", 0x06054b50, 0, 0, 0xffff, 0xffff, len(directory), len(data), 0))
`);
    const found = await archive(`${root}/again.zip`);
    expect((await (await at(found, "d")).readdir?.())?.length).toBe(60_000);
    expect(found.skipped).toBe(5_000);
    expect((await (await at(found, "d")).stat()).mode).toBe(0o700);
  });

  it("bounds the number of entries", async () => {
    const tar = await tarred(memory({ a: "", b: "", c: "" }));
    await expect(archive(tar, { entries: 3 })).rejects.toThrow(ArchiveError);
    expect((await archive(tar, { entries: 4 })).skipped).toBe(0);
  });

  it("says what is no archive", async () => {
    await expect(archive(Buffer.from("hello"))).rejects.toThrow(/neither tar, tar.gz nor zip/);
    await expect(archive(Buffer.alloc(0))).rejects.toThrow(ArchiveError);
    await expect(archive(`${root}/in`)).rejects.toThrow(/no regular file/);
    await expect(archive(`${root}/missing`)).rejects.toThrow(/ENOENT/);
  });

  it("serves or refuses whatever bytes it is given", { timeout: 120_000 }, async () => {
    PACKERS["Python's zipfile"]?.();
    PACKERS["GNU tar, pax"]?.();
    python(`
import zipfile, tarfile, io
with zipfile.ZipFile("s.zip", "w", zipfile.ZIP_DEFLATED) as z:
    for n in "abc": z.writestr(n, n * 100)
with tarfile.open("s.tar", "w", format=tarfile.PAX_FORMAT) as t:
    for n in ("é" * 60, "b"): i = tarfile.TarInfo(n); i.size = 100; i.mtime = 1.5; t.addfile(i, io.BytesIO(b"x" * 100))
`);
    const samples = ["s.zip", "s.tar"].map((name) => fs.readFileSync(`${root}/${name}`));
    const change = fc.record({ at: fc.nat(), value: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...samples),
        fc.array(change, { maxLength: 6 }),
        fc.nat(),
        async (sample, changes, cut) => {
          const data = Buffer.from(cut % 3 === 0 ? sample.subarray(0, cut % sample.length) : sample);
          for (const { at: where, value } of changes) if (data.length > 0) data[where % data.length] = value;
          let served: FileSystem;
          try {
            served = await archive(data, { bytes: 1 << 20 });
          } catch (error) {
            expect(error).toBeInstanceOf(ArchiveError);
            return;
          }
          await exportTree(served, { bytes: 1 << 22 }).catch((error: unknown) =>
            expect(error).toBeInstanceOf(Errno),
          );
        },
      ),
      { numRuns: 1500 },
    );
  });
});

describe("copies and tars of a file system", () => {
  it("goes from memory to a tar and back, and to a real directory", async () => {
    const made = memory({
      "a.txt": new TreeFile("a", { mode: 0o600, mtime: 1_234_567_890_123_456_789n }),
      [`deep/${"é".repeat(100)}/x`]: "x",
      link: new TreeLink(`somewhere/${"far".repeat(50)}`),
      "bin/tool": new TreeFile(new Uint8Array(70_000).fill(3), { mode: 0o755, mtime: 5n }),
    });
    made.root().link("hard", made.root().lookup("a.txt"));
    const tar = await tarred(made);
    fs.writeFileSync(`${root}/w.tar`, tar);
    expect(execFileSync("tar", ["-tf", `${root}/w.tar`], { encoding: "utf8" }).split("\n").length).toBe(9);
    const again = memory();
    await copyFiles(await archive(tar), again);
    expect(again.root().lookup("hard").stat()).toMatchObject({
      nlink: 2,
      mtime: 1_234_567_890_123_456_789n,
      mode: 0o600,
    });
    const withoutTimes = async (of: FileSystem): Promise<unknown> => plain(await exportTree(of), false);
    expect(await withoutTimes(again)).toEqual(await withoutTimes(made));
    fs.mkdirSync(`${root}/out`);
    const out = directory(`${root}/out`, { mode: "rw" });
    await copyFiles(made, out);
    expect(await withoutTimes(out)).toEqual(await withoutTimes(made));
    expect(fs.statSync(`${root}/out/hard`).nlink).toBe(2);
    expect(fs.statSync(`${root}/out/bin/tool`).mode & 0o777).toBe(0o755);
    const fromDisk = memory();
    await copyFiles(directory(`${root}/out`), fromDisk);
    expect(await withoutTimes(fromDisk)).toEqual(await withoutTimes(made));
  });

  it("keeps holes", async () => {
    const made = memory();
    const open = made
      .root()
      .create("sparse", { mode: 0o644, uid: 0, gid: 0 })
      .open({ read: true, write: true });
    open.write?.(new Uint8Array([1]), 2 ** 32);
    const again = memory();
    await copyFiles(made, again);
    expect(again.root().lookup("sparse").stat()).toMatchObject({ size: 2 ** 32 + 1, blocks: 8 });
  });

  it("stops at the bound", async () => {
    await expect(copyFiles(memory({ a: "12345" }), memory(), { bytes: 4 })).rejects.toMatchObject({
      code: "EFBIG",
    });
  });
});
