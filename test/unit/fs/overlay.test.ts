import nodefs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { directory } from "../../../src/fs/directory/directory.js";
import type { FileSystem, Inode } from "../../../src/fs/filesystem.js";
import { memory } from "../../../src/fs/memory/memory.js";
import { type OverlayFileSystem, overlay } from "../../../src/fs/overlay/overlay.js";
import { exportTree, type Tree, TreeDirectory, TreeFile, TreeLink } from "../../../src/fs/tree.js";
import { InodeSubject, type Step } from "./subject.js";
import { waiting } from "./waiting.js";

const made: string[] = [];
afterEach(() => {
  for (const at of made.splice(0)) nodefs.rmSync(at, { recursive: true, force: true });
});
function temporary(): string {
  const at = nodefs.mkdtempSync(path.join(os.tmpdir(), "sallyport-overlay-"));
  made.push(at);
  return at;
}

const PROJECT: Tree = {
  "README.md": "# Project\n",
  src: { "main.py": "print(1)\n", "util.py": "x = 1\n", deep: { "er.py": "y = 2\n" } },
  data: { "a.csv": "1,2\n", "b.csv": "3,4\n" },
  link: new TreeLink("src/main.py"),
  empty: {},
};

async function play(fs: FileSystem, ...steps: readonly Step[]): Promise<void> {
  const subject = new InodeSubject(fs);
  for (const step of steps) {
    const answer = await subject.run(step);
    if (/^E[A-Z]+$/.test(answer)) throw new Error(`${JSON.stringify(step)}: ${answer}`);
  }
}

/** Everything that programs usually do to a project. */
const WORK: readonly Step[] = [
  { op: "write", path: "src/main.py", at: 0, text: "PRINT" },
  { op: "create", path: "src/new.py" },
  { op: "write", path: "src/new.py", at: 0, text: "new" },
  { op: "unlink", path: "data/a.csv" },
  { op: "rename", path: "src/deep", to: "src/deeper" },
  { op: "rename", path: "data/b.csv", to: "data/c.csv" },
  { op: "chmod", path: "README.md", mode: 0o600 },
  { op: "mkdir", path: "out" },
  { op: "mkdir", path: "out/x" },
  { op: "symlink", path: "out/l", target: "../src" },
  { op: "link", path: "src/new.py", to: "out/hard.py" },
  { op: "rmdir", path: "empty" },
  { op: "create", path: "empty" },
];

const CHANGES = [
  "changed README.md",
  "removed data/a.csv",
  "removed data/b.csv",
  "added data/c.csv",
  "changed empty",
  "added out",
  "added out/hard.py",
  "added out/l",
  "added out/x",
  "removed src/deep",
  "added src/deeper",
  "added src/deeper/er.py",
  "changed src/main.py",
  "added src/new.py",
];

const listed = async (fs: OverlayFileSystem): Promise<string[]> =>
  (await fs.changes()).map(({ kind, path: at }) => `${kind} ${at}`);

/** Files, types, modes and contents, without times. */
async function contents(fs: FileSystem): Promise<unknown> {
  const plain = (tree: Tree): unknown =>
    Object.fromEntries(
      Object.entries(tree)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, entry]) => {
          if (entry instanceof TreeDirectory)
            return [name, { mode: entry.attributes.mode, inner: plain(entry.tree) }];
          if (entry instanceof TreeFile)
            return [name, { mode: entry.attributes.mode, text: Buffer.from(entry.data).toString() }];
          return [name, entry];
        }),
    );
  return plain(await exportTree(fs));
}

/** The same work where it is done at once. */
async function done(): Promise<unknown> {
  const fs = memory(PROJECT);
  await play(fs, ...WORK);
  return await contents(fs);
}

const LOWERS: Readonly<Record<string, () => Promise<FileSystem>>> = {
  memory: async () => memory(PROJECT),
  "a real directory": async () => {
    const at = temporary();
    const { copyFiles } = await import("../../../src/fs/copy.js");
    await copyFiles(memory(PROJECT), directory(at, { mode: "rw" }));
    return directory(at, { mode: "rw" });
  },
  "a file system that waits": async () => waiting(memory(PROJECT)),
};

describe.each(Object.entries(LOWERS))("an overlay over %s", (_, make) => {
  it("lists what changed, and changes nothing below", async () => {
    const lower = await make();
    const before = await contents(lower);
    const fs = overlay(lower);
    expect(await listed(fs)).toEqual([]);
    await play(fs, ...WORK);
    expect(await listed(fs)).toEqual(CHANGES);
    expect(await contents(fs)).toEqual(await done());
    expect(await contents(lower)).toEqual(before);
  });

  it("applies the changes, and begins anew", async () => {
    const lower = await make();
    const upper = memory();
    const fs = overlay(lower, upper);
    await play(fs, ...WORK);
    await fs.apply();
    expect(await contents(lower)).toEqual(await done());
    expect(await contents(fs)).toEqual(await done());
    expect(await listed(fs)).toEqual([]);
    expect(upper.used).toEqual({ bytes: 0, inodes: 0 });
    await play(fs, { op: "unlink", path: "src/new.py" });
    expect(await listed(fs)).toEqual(["removed src/new.py"]);
  });

  it("throws them away", async () => {
    const lower = await make();
    const upper = memory();
    const fs = overlay(lower, upper);
    await play(fs, ...WORK);
    await fs.discard();
    expect(await listed(fs)).toEqual([]);
    expect(await contents(fs)).toEqual(await contents(lower));
    expect(upper.used).toEqual({ bytes: 0, inodes: 0 });
  });

  it("exports them, so that they can be made elsewhere", async () => {
    const fs = overlay(await make());
    await play(fs, ...WORK);
    const { files, removed } = await fs.exportChanges();
    expect(removed).toEqual(["data/a.csv", "data/b.csv", "empty", "src/deep"]);
    expect(Object.keys(files)).toEqual(
      CHANGES.filter((line) => !line.startsWith("removed")).map((line) => line.split(" ")[1]),
    );
    const main = files["src/main.py"];
    expect(main instanceof TreeFile && Buffer.from(main.data).toString()).toBe("PRINT(1)\n");
    await expect(fs.exportChanges(5)).rejects.toMatchObject({ code: "EFBIG" });
  });
});

describe("an overlay", () => {
  it("reads nothing of a file that there is no room for", async () => {
    const at = temporary();
    nodefs.writeFileSync(`${at}/huge`, "");
    nodefs.truncateSync(`${at}/huge`, 2 ** 40);
    const changes = memory({}, { bytes: 1 << 20 });
    const over = new InodeSubject(overlay(directory(at), changes));
    for (let again = 0; again < 100; again++) {
      expect(await over.run({ op: "write", path: "huge", at: 0, text: "x" })).toBe("ENOSPC");
      expect(await over.run({ op: "chmod", path: "huge", mode: 0o600 })).toBe("ENOSPC");
    }
    expect(changes.used.bytes).toBe(0);
    expect(await over.run({ op: "truncate", path: "huge", size: 3 })).not.toMatch(/^E/);
  });
});

describe("copying up", () => {
  const open = async (fs: FileSystem, name: string, write: boolean) => {
    const inode: Inode | undefined = await (await fs.root()).lookup?.(name);
    const file = await inode?.open?.({ read: true, write });
    if (inode === undefined || file === undefined) throw new Error(`${name} cannot be opened`);
    return { inode, file };
  };
  const text = async (file: { read(into: Uint8Array, offset: number): unknown }): Promise<string> => {
    const into = new Uint8Array(100);
    return Buffer.from(into.subarray(0, Number(await file.read(into, 0)))).toString();
  };

  it("is seen by those who read already", async () => {
    const fs = overlay(memory({ f: "below" }));
    const reader = await open(fs, "f", false);
    const writer = await open(fs, "f", true);
    expect(await text(reader.file)).toBe("below");
    await writer.file.write?.(Buffer.from("B"), 0);
    expect(await text(reader.file)).toBe("Below");
    expect(reader.inode).toBe(writer.inode);
    await reader.file.close?.();
    await writer.file.close?.();
  });

  it("of an unlinked file through the descriptor that is left", async () => {
    const upper = memory();
    const fs = overlay(memory({ f: "below" }), upper);
    const { inode, file } = await open(fs, "f", true);
    const second = await open(fs, "f", false);
    (await fs.root()).unlink("f");
    await inode.setattr?.({ mode: 0o600 });
    await file.write?.(Buffer.from("X"), 0);
    expect(await text(file)).toBe("Xelow");
    expect(await text(second.file)).toBe("Xelow");
    expect(await inode.stat()).toMatchObject({ nlink: 0, mode: 0o600, size: 5 });
    await file.close?.();
    expect(await text(second.file)).toBe("Xelow");
    await second.file.close?.();
    expect((await (await fs.root()).readdir()).length).toBe(0);
    // What is left is the root, which changed.
    expect(upper.used).toEqual({ bytes: 0, inodes: 1 });
  });

  it("copies of a file that is cut only what remains", async () => {
    const upper = memory({}, { bytes: 5000 });
    const fs = overlay(memory({ big: "x".repeat(100_000) }), upper);
    const { inode } = await open(fs, "big", false);
    await inode.setattr?.({ size: 10 });
    expect(await inode.stat()).toMatchObject({ size: 10 });
    const other = overlay(memory({ big: "x".repeat(100_000) }), memory({}, { bytes: 5000 }));
    const { file } = await open(other, "big", true);
    expect(() => file.write?.(Buffer.from("x"), 0)).toThrow("ENOSPC");
    expect(await listed(other)).toEqual([]);
  });

  it("keeps hard links from below together", async () => {
    const lower = memory({ a: "below" });
    lower.root().link("b", lower.root().lookup("a"));
    const fs = overlay(lower);
    const a = await open(fs, "a", true);
    await a.file.write?.(Buffer.from("X"), 0);
    const b = await open(fs, "b", false);
    expect(await text(b.file)).toBe("Xelow");
    expect(await b.inode.stat()).toMatchObject({ nlink: 2, ino: a.inode.ino });
    (await fs.root()).unlink("a");
    expect(await b.inode.stat()).toMatchObject({ nlink: 1 });
    expect(await text((await open(fs, "b", false)).file)).toBe("Xelow");
  });

  it("moves a directory from below without copying what is in it", async () => {
    const upper = memory();
    const fs = overlay(memory({ d: { big: "x".repeat(1_000_000) } }), upper);
    const root = await fs.root();
    await root.rename("d", root, "e", "replace");
    expect(upper.used.bytes).toBe(0);
    const moved: Inode = await root.lookup("e");
    expect((await moved.lookup?.("big"))?.type).toBe("file");
    expect(await listed(fs)).toEqual(["removed d", "added e", "added e/big"]);
    await root.rename("e", root, "d", "replace");
    expect(await listed(fs)).toEqual([]);
  });

  it("stamps with the guest's clock", async () => {
    const fs = overlay(memory({ f: "x", d: {} }));
    fs.setClock(() => 77n);
    const { inode, file } = await open(fs, "f", true);
    await file.write?.(Buffer.from("y"), 0);
    expect(await inode.stat()).toMatchObject({ mtime: 77n });
    const root = await fs.root();
    await root.mkdir("made", { mode: 0o755, uid: 1, gid: 1 });
    expect(await root.stat()).toMatchObject({ mtime: 77n });
  });

  it("needs an upper file system that may change", () => {
    expect(() => overlay(memory(), directory(temporary()))).toThrow(TypeError);
  });

  it("is not applied to what may not change", async () => {
    const at = temporary();
    const fs = overlay(directory(at));
    await play(fs, { op: "create", path: "made" });
    await expect(fs.apply()).rejects.toMatchObject({ code: "EROFS" });
    await fs.apply(directory(at, { mode: "rw" }));
    expect(nodefs.readdirSync(at)).toEqual(["made"]);
  });
});
