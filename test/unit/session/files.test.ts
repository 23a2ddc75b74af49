import { describe, expect, it } from "vitest";
import { MemoryDirectory } from "../../../src/fs/memory/directory.js";
import { memory } from "../../../src/fs/memory/memory.js";
import { compare } from "../../../src/session/file-watch.js";
import { SandboxFiles } from "../../../src/session/files.js";
import { sessionMounts } from "../../../src/session/mounts.js";

const modules = memory({ "os.py": "x = 1\n" });
const library = new Map([
  ["/usr/lib/python3.13", { kind: "fixed", readOnly: true, root: () => modules.root() }],
]);
const make = (mounts = {}, storage = 2 ** 20): SandboxFiles =>
  new SandboxFiles(sessionMounts(mounts, library, storage));

describe("SandboxFiles", () => {
  it("writes, reads, lists, renames and removes, relative to /sandbox", async () => {
    const files = make();
    await files.write("a/b/c.txt", "héllo");
    expect(await files.readText("/sandbox/a/b/c.txt")).toBe("héllo");
    await files.write("a/b/c.txt", Uint8Array.of(1, 2));
    expect(await files.read("a/b/c.txt")).toEqual(Uint8Array.of(1, 2));
    await files.write("z.bin", new Uint8Array(10));
    expect((await files.list()).map(({ name, type, size }) => [name, type, size])).toMatchObject([
      ["a", "directory", expect.anything()],
      ["z.bin", "file", 10],
    ]);
    const paths: string[] = [];
    for await (const { path } of files.walk("a")) paths.push(path);
    expect(paths).toEqual(["/sandbox/a/b", "/sandbox/a/b/c.txt"]);
    await files.rename("z.bin", "a/y.bin");
    expect(await files.exists("z.bin")).toBe(false);
    expect((await files.stat("a/y.bin")).size).toBe(10);
    await files.remove("a");
    expect(await files.list()).toEqual([]);
  });

  it("shows what is mounted, also where no file system has the directory", async () => {
    const files = make({ "/data/in": memory({ "x.csv": "1,2\n" }) });
    expect((await files.list("/")).map(({ name }) => name)).toEqual([
      "data",
      "etc",
      "sandbox",
      "tmp",
      "usr",
      "var",
    ]);
    expect(await files.readText("/data/in/x.csv")).toBe("1,2\n");
    expect(await files.readText("/usr/lib/python3.13/os.py")).toBe("x = 1\n");
  });

  it("says what went wrong, with the errno and the path", async () => {
    const files = make();
    await expect(files.read("nothing")).rejects.toMatchObject({
      code: "ERR_FILE",
      errno: "ENOENT",
      path: "nothing",
    });
    await expect(files.write("/usr/lib/python3.13/os.py", "")).rejects.toMatchObject({ errno: "EROFS" });
    await expect(files.write("/usr/lib/python3.13/new", "")).rejects.toMatchObject({ errno: "EROFS" });
    await expect(files.read("/tmp")).rejects.toMatchObject({ errno: "EISDIR" });
    await expect(files.remove("missing")).rejects.toMatchObject({ errno: "ENOENT" });
    await files.write("big", new Uint8Array(100));
    await expect(files.read("big", { limit: 10 })).rejects.toMatchObject({ errno: "EFBIG" });
  });

  it("removes what it found, whatever the guest puts in its place meanwhile", async () => {
    const data = memory({ dir: { sub: { file: "the guest's" } } });
    const keep = memory({ file: "kept" });
    const files = make({ "/data": data, "/keep": keep });
    const dir = data.root().lookup("dir");
    const sub = dir instanceof MemoryDirectory ? dir.lookup("sub") : undefined;
    if (!(dir instanceof MemoryDirectory && sub instanceof MemoryDirectory))
      throw new Error("no directories");
    const list = sub.readdir.bind(sub);
    sub.readdir = () => {
      dir.rename("sub", dir, "moved", "replace");
      dir.symlink("sub", "/keep", { mode: 0o777, uid: 1000, gid: 1000 });
      return list();
    };
    await expect(files.remove("/data/dir")).rejects.toMatchObject({ code: "ERR_FILE" });
    expect(await files.readText("/keep/file")).toBe("kept");
    expect(await files.exists("/data/dir/moved/file")).toBe(false);
  });

  it("keeps /sandbox and /tmp within one quota", async () => {
    const files = make({}, 10_000);
    await files.write("a", new Uint8Array(6000));
    await expect(files.write("/tmp/b", new Uint8Array(6000))).rejects.toMatchObject({ code: "ERR_FILE" });
  });

  it("tells changes apart", () => {
    const file = (path: string, size: number) =>
      [path, { path, name: path, type: "file", size, mode: 0o644, modified: new Date(0) }] as const;
    const changes = compare(
      new Map([file("a", 1), file("b", 1), file("c", 1)]),
      new Map([file("a", 1), file("b", 2), file("d", 1)]),
    );
    expect(changes.map(({ kind, file: { path } }) => `${kind} ${path}`)).toEqual([
      "changed b",
      "created d",
      "removed c",
    ]);
  });
});
