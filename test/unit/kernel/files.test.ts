import { describe, expect, it } from "vitest";
import { memory } from "../../../src/fs/memory/memory.js";
import {
  AT_FDCWD,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_PATH,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
} from "../../../src/kernel/flags.js";
import { bytes, errno, files, now, setting, text } from "./harness.js";

describe("files", () => {
  it("writes, seeks, reads", () => {
    const at = setting();
    const { open } = files(at);
    const fd = open("/a", O_CREAT | O_RDWR);
    expect(fd).toBe(3);
    expect(now(at.ops.write({ fd, data: bytes("hello world") })).length).toBe(11);
    expect(now(at.ops.seek({ fd, offset: -5n, whence: 2 })).position).toBe(6n);
    expect(text(now(at.ops.read({ fd, capacity: 100 })).data)).toBe("world");
    expect(now(at.ops.read({ fd, capacity: 100 })).data.length).toBe(0);
    expect(text(now(at.ops.pread({ fd, capacity: 5, offset: 0n })).data)).toBe("hello");
    expect(now(at.ops.pwrite({ fd, data: bytes("J"), offset: 0n })).length).toBe(1);
    expect(now(at.ops.seek({ fd, offset: 0n, whence: 1 })).position).toBe(11n);
    expect(files(at).get("/a")).toBe("Jello world");
  });

  it("appends wherever the position is", () => {
    const at = setting();
    const { open, put, get } = files(at);
    put("/a", "one");
    const fd = open("/a", O_WRONLY | O_APPEND);
    now(at.ops.write({ fd, data: bytes(" two") }));
    now(at.ops.seek({ fd, offset: 0n, whence: 0 }));
    now(at.ops.write({ fd, data: bytes(" three") }));
    expect(get("/a")).toBe("one two three");
  });

  it("refuses with the errno of Linux", async () => {
    const at = setting();
    const { open, put, mkdir, symlink } = files(at);
    put("/file", "x");
    mkdir("/dir");
    symlink("file", "/link");
    symlink("loop", "/loop");
    symlink("nowhere", "/dangling");
    const cases: [string, number, string][] = [
      ["/none", 0, "ENOENT"],
      ["", 0, "ENOENT"],
      ["/file/x", 0, "ENOTDIR"],
      ["/file/", 0, "ENOTDIR"],
      ["/file", O_DIRECTORY, "ENOTDIR"],
      ["/file", O_CREAT | O_EXCL, "EEXIST"],
      ["/dir", O_WRONLY, "EISDIR"],
      ["/dir", O_CREAT, "EISDIR"],
      ["/new/", O_CREAT, "EISDIR"],
      ["/link", O_NOFOLLOW, "ELOOP"],
      ["/link/", 0, "ENOTDIR"],
      ["/loop", 0, "ELOOP"],
      ["/dangling", 0, "ENOENT"],
      ["/dangling", O_CREAT | O_EXCL, "EEXIST"],
      ["/dangling", O_CREAT, "ok"],
      ["/dir", O_CREAT | O_DIRECTORY, "EINVAL"],
      [`/${"n".repeat(256)}`, O_CREAT, "ENAMETOOLONG"],
      [`/${"ä".repeat(128)}`, O_CREAT, "ENAMETOOLONG"],
      [`/${"n".repeat(255)}`, O_CREAT, "ok"],
      [`/${"dir/../".repeat(600)}file`, 0, "ENAMETOOLONG"],
      [`/${"dir/../".repeat(500)}file`, 0, "ok"],
      ["/file", 3, "EINVAL"],
      ["/a\0b", O_CREAT, "EINVAL"],
    ];
    for (const [path, flags, expected] of cases) {
      expect(await errno(() => at.ops.open({ at: AT_FDCWD, path, flags, mode: 0o644 })), path).toBe(expected);
    }
    expect(files(at).get("/nowhere")).toBe("");
    const fd = open("/file", O_PATH);
    expect(await errno(() => at.ops.read({ fd, capacity: 1 }))).toBe("EBADF");
    expect(now(at.ops.fstat({ fd })).stat.size).toBe(1);
  });

  it("truncates", async () => {
    const at = setting();
    const { open, put, get, stat } = files(at);
    put("/a", "content");
    now(at.ops.close({ fd: open("/a", O_WRONLY | O_TRUNC) }));
    expect(get("/a")).toBe("");
    now(at.ops.truncate({ at: AT_FDCWD, path: "/a", size: 3n }));
    expect(get("/a")).toBe("\0\0\0");
    const fd = open("/a", O_RDWR);
    now(at.ops.ftruncate({ fd, size: 1n }));
    expect(stat("/a").size).toBe(1);
    expect(await errno(() => at.ops.ftruncate({ fd, size: -1n }))).toBe("EINVAL");
    expect(await errno(() => at.ops.ftruncate({ fd, size: 2n ** 60n }))).toBe("EFBIG");
    expect(await errno(() => at.ops.truncate({ at: AT_FDCWD, path: "/", size: 1n }))).toBe("EISDIR");
    now(at.ops.allocate({ fd, offset: 0n, length: 10n }));
    expect(stat("/a").size).toBe(10);
    expect(await errno(() => at.ops.allocate({ fd, offset: 0n, length: 0n }))).toBe("EINVAL");
  });

  it("keeps a file that is open after its name is gone", () => {
    const at = setting();
    const { open, put, unlink } = files(at);
    put("/a", "still here");
    const fd = open("/a");
    unlink("/a");
    expect(text(now(at.ops.read({ fd, capacity: 100 })).data)).toBe("still here");
    expect(now(at.ops.fstat({ fd })).stat.nlink).toBe(0);
  });

  it("shares a position between duplicates only", () => {
    const at = setting();
    const { open, put } = files(at);
    put("/a", "abcdef");
    const one = open("/a");
    const other = open("/a");
    const { copy } = now(at.ops.dup({ fd: one, minimum: 0, flags: 0 }));
    const read = (fd: number): string => text(now(at.ops.read({ fd, capacity: 2 })).data);
    expect([read(one), read(copy), read(other)]).toEqual(["ab", "cd", "ab"]);
    now(at.ops.close({ fd: one }));
    expect(read(copy)).toBe("ef");
  });

  it("gives the lowest free descriptor, and EMFILE at the limit", async () => {
    const at = setting({ descriptors: 6 });
    const { open, put } = files(at);
    put("/a");
    expect([open("/a"), open("/a"), open("/a")]).toEqual([3, 4, 5]);
    expect(await errno(() => at.ops.open({ at: AT_FDCWD, path: "/a", flags: 0, mode: 0 }))).toBe("EMFILE");
    expect(await errno(() => at.ops.open({ at: AT_FDCWD, path: "/b", flags: O_CREAT, mode: 0 }))).toBe(
      "EMFILE",
    );
    expect(await errno(() => at.ops.stat({ at: AT_FDCWD, path: "/b", flags: 0 }))).toBe("ENOENT");
    now(at.ops.close({ fd: 4 }));
    expect(open("/a")).toBe(4);
    expect(await errno(() => at.ops.close({ fd: 77 }))).toBe("EBADF");
    expect(await errno(() => at.ops.close({ fd: -1 }))).toBe("EBADF");
    expect(await errno(() => at.ops.dup2({ fd: 3, to: 6, flags: 0 }))).toBe("EMFILE");
    expect(await errno(() => at.ops.dup2({ fd: 3, to: 1024, flags: 0 }))).toBe("EBADF");
    now(at.ops.close({ fd: 5 }));
    expect(now(at.ops.dup({ fd: 3, minimum: 512, flags: 0 })).copy).toBe(512);
    expect(await errno(() => at.ops.dup({ fd: 3, minimum: 1024, flags: 0 }))).toBe("EINVAL");
    expect(await errno(() => at.ops.dup({ fd: 3, minimum: 0, flags: 0 }))).toBe("EMFILE");
    now(at.ops.close({ fd: 0 }));
    expect(open("/a")).toBe(0);
  });

  it("changes the working directory, which follows renames and may be deleted", async () => {
    const at = setting();
    const { mkdir, chdir, cwd, rename, rmdir, put } = files(at);
    mkdir("/a");
    mkdir("/a/b");
    mkdir("/c");
    chdir("/a/b");
    rename("/a", "/c/d");
    expect(cwd()).toBe("/c/d/b");
    put("x", "1");
    expect(files(at).get("/c/d/b/x")).toBe("1");
    files(at).unlink("x");
    rmdir("/c/d/b");
    expect(await errno(() => at.ops.getcwd({ capacity: 100 }))).toBe("ENOENT");
    expect(await errno(() => at.ops.open({ at: AT_FDCWD, path: "y", flags: O_CREAT, mode: 0 }))).toBe(
      "ENOENT",
    );
    expect(await errno(() => at.ops.stat({ at: AT_FDCWD, path: "..", flags: 0 }))).toBe("ok");
    expect(await errno(() => at.ops.stat({ at: AT_FDCWD, path: "x", flags: 0 }))).toBe("ENOENT");
    expect(files(at).list(".")).toEqual([]);
    chdir("/c");
    expect(cwd()).toBe("/c");
  });

  it("reads a large directory in pieces, from a snapshot", () => {
    const tree: Record<string, string> = {};
    for (let i = 0; i < 3000; i += 1) tree[`file-${i}`] = "";
    const at = setting({ mounts: new Map([["/", memory(tree)]]) });
    const names = files(at).list("/");
    expect(new Set(names).size).toBe(3003);
    expect(names.slice(0, 2)).toEqual([".", ".."]);
    expect(names).toContain("dev");
  });
});
