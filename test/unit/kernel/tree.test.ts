import { describe, expect, it } from "vitest";
import type { FileSystem } from "../../../src/fs/filesystem.js";
import { memory } from "../../../src/fs/memory/memory.js";
import { TreeDirectory, TreeFile } from "../../../src/fs/tree.js";
import { AT_FDCWD, beneath, O_CREAT, O_RDWR, O_WRONLY } from "../../../src/kernel/flags.js";
import { identity } from "../../../src/kernel/identity.js";
import { skeleton } from "../../../src/kernel/skeleton.js";
import { bytes, errno, files, now, setting } from "./harness.js";

const at = AT_FDCWD;
const S_IFMT = 0o170000;

const mounts = (all: Record<string, FileSystem>): ReadonlyMap<string, FileSystem> =>
  new Map(Object.entries(all));

describe("mounts", () => {
  const world = () => {
    const setup = setting({
      mounts: mounts({
        "/": memory({ data: { hidden: "below the mount" }, file: "" }),
        "/data": memory({ here: "yes", inner: {} }),
        "/data/inner/deep": memory({ bottom: "!" }),
        "/nowhere/to/be": memory({ found: "yes" }),
        "/ro": { kind: "memory", readOnly: true, root: () => memory({ x: "1" }, { mode: 0o777 }).root() },
      }),
    });
    return { setup, ...files(setup) };
  };

  it("hide what is below, and lie within each other", () => {
    const { get, list, stat } = world();
    expect(get("/data/here")).toBe("yes");
    expect(get("/data/inner/deep/bottom")).toBe("!");
    expect(get("/data/inner/deep/../../here")).toBe("yes");
    expect(get("/data/../data/inner/../here")).toBe("yes");
    expect(list("/data").sort()).toEqual([".", "..", "here", "inner"]);
    expect(list("/data/inner")).toContain("deep");
    expect(new Set([stat("/").dev, stat("/data").dev, stat("/data/inner/deep").dev]).size).toBe(3);
  });

  it("show in listings, though their names are in no file system", async () => {
    const { setup, list, get, stat } = world();
    expect(list("/")).toEqual(expect.arrayContaining(["nowhere", "data", "ro", "dev", "file"]));
    expect(list("/nowhere")).toEqual([".", "..", "to"]);
    expect(stat("/nowhere/to").mode & S_IFMT).toBe(0o040000);
    expect(get("/nowhere/to/be/found")).toBe("yes");
    expect(await errno(() => setup.ops.mkdir({ at, path: "/nowhere/else", mode: 0o755 }))).toBe("EROFS");
    expect(await errno(() => setup.ops.mkdir({ at, path: "/nowhere", mode: 0o755 }))).toBe("EEXIST");
  });

  it("cannot be removed, renamed or linked across", async () => {
    const { setup, put } = world();
    const { ops } = setup;
    put("/data/mine", "x");
    for (const path of ["/data", "/nowhere", "/data/inner", "/data/inner/deep"]) {
      expect(await errno(() => ops.unlink({ at, path, flags: 0x200 })), path).toBe("EBUSY");
      const moved = () => ops.rename({ at, path, to_at: at, to_path: `${path}x`, flags: 0 });
      expect(await errno(moved), path).toMatch(/EBUSY|EROFS/);
    }
    const across = { at, path: "/data/mine", to_at: at, to_path: "/mine", flags: 0 };
    expect(await errno(() => ops.rename(across))).toBe("EXDEV");
    expect(await errno(() => ops.link(across))).toBe("EXDEV");
  });

  it("that are read-only refuse every change with EROFS", async () => {
    const { setup } = world();
    const { ops } = setup;
    const path = "/ro/x";
    const refused = [
      () => ops.open({ at, path, flags: O_WRONLY, mode: 0 }),
      () => ops.open({ at, path: "/ro/new", flags: O_CREAT | O_RDWR, mode: 0 }),
      () => ops.mkdir({ at, path: "/ro/new", mode: 0 }),
      () => ops.symlink({ target: "x", at, path: "/ro/new" }),
      () => ops.mkfifo({ at, path: "/ro/new", mode: 0 }),
      () => ops.link({ at, path, to_at: at, to_path: "/ro/new", flags: 0 }),
      () => ops.unlink({ at, path, flags: 0 }),
      () => ops.rename({ at, path, to_at: at, to_path: "/ro/y", flags: 0 }),
      () => ops.chmod({ at, path, mode: 0o600, flags: 0 }),
      () => ops.chown({ at, path, uid: 1000, gid: -1, flags: 0 }),
      () => ops.utimens({ at, path, atime: 0n, mtime: 0n, which: 3, flags: 0 }),
      () => ops.truncate({ at, path, size: 0n }),
      () => ops.access({ at, path, mode: 2, flags: 0 }),
    ];
    for (const [index, act] of refused.entries()) expect(await errno(act), `change ${index}`).toBe("EROFS");
    expect(await errno(() => ops.access({ at, path, mode: 4, flags: 0 }))).toBe("ok");
  });

  it("have figures of their own", () => {
    const { setup } = world();
    const small = setting({ mounts: mounts({ "/": memory({}, { bytes: 8192, inodes: 10 }) }) });
    expect(now(small.ops.statvfs({ at, path: "/" })).statvfs).toMatchObject({
      blocks: 2,
      bfree: 2,
      files: 10,
      namemax: 255,
    });
    expect(now(setup.ops.statvfs({ at, path: "/dev" })).statvfs.blocks).toBe(0);
  });

  it("are refused where they cannot be", () => {
    const { setup } = world();
    expect(() => setup.kernel.mount("data", memory())).toThrow("EINVAL");
    expect(() => setup.kernel.mount("/a/../b", memory())).toThrow("EINVAL");
    expect(() => setup.kernel.mount("/data", memory())).toThrow("EBUSY");
  });
});

describe("rename", () => {
  const world = () => {
    const setup = setting({
      mounts: mounts({
        "/": memory({ a: { b: { c: {} } }, empty: {}, full: { x: "" }, file: "f", other: "o" }),
      }),
    });
    const rename = (path: string, to_path: string, flags = 0) =>
      errno(() => setup.ops.rename({ at, path, to_at: at, to_path, flags }));
    return { ...files(setup), setup, rename };
  };

  it("has the cases of Linux", async () => {
    const cases: [string, string, number, string][] = [
      ["/none", "/x", 0, "ENOENT"],
      ["/file", "/none/x", 0, "ENOENT"],
      ["/file", "/file", 0, "ok"],
      ["/a", "/a/b/c/d", 0, "EINVAL"],
      ["/a/b", "/a", 0, "ENOTEMPTY"],
      ["/a", "/full", 0, "ENOTEMPTY"],
      ["/a", "/file", 0, "ENOTDIR"],
      ["/file", "/empty", 0, "EISDIR"],
      ["/a/.", "/x", 0, "EBUSY"],
      ["/a", "/x/..", 0, "ENOENT"],
      ["/a", "/a/..", 0, "EBUSY"],
      ["/a", "/", 0, "EBUSY"],
      ["/", "/x", 0, "EBUSY"],
      ["/file", "/other", 1, "EEXIST"],
      ["/file", "/new", 1, "ok"],
      ["/file", "/none", 2, "ENOENT"],
      ["/a", "/a/b", 2, "EINVAL"],
      ["/file", "/other", 3, "EINVAL"],
      ["/file", "/other", 4, "EINVAL"],
      ["/a/", "/empty/", 0, "ok"],
      ["/file/", "/new", 0, "ENOTDIR"],
      ["/file", "/new/", 0, "ENOTDIR"],
    ];
    for (const [from, to, flags, expected] of cases) {
      const { rename } = world();
      expect(await rename(from, to, flags), `${from} → ${to}, ${flags}`).toBe(expected);
    }
  });

  it("exchanges, and those who stand in a directory move with it", async () => {
    const { rename, chdir, cwd, get, put } = world();
    chdir("/a/b/c");
    expect(await rename("/a", "/full", 2)).toBe("ok");
    expect(cwd()).toBe("/full/b/c");
    expect(get("/a/x")).toBe("");
    put("here", "1");
    expect(get("/full/b/c/here")).toBe("1");
    expect(await rename("/file", "/other", 2)).toBe("ok");
    expect([get("/file"), get("/other")]).toEqual(["o", "f"]);
  });
});

describe("permissions", () => {
  const world = (uid = 1000) =>
    setting({
      identity: { uid, gid: 1000, groups: [1000, 50] },
      mounts: mounts({
        "/": memory(
          {
            private: new TreeFile("root's", { mode: 0o600 }),
            shared: new TreeFile("all's", { mode: 0o666 }),
            noRead: new TreeFile("", { mode: 0o222 }),
            closed: new TreeDirectory({ x: "" }, { mode: 0o700 }),
            passable: new TreeDirectory({ x: "" }, { mode: 0o711 }),
            listable: new TreeDirectory({ x: "" }, { mode: 0o744 }),
            sticky: new TreeDirectory({ roots: "" }, { mode: 0o1777 }),
            privileged: new TreeFile("x", { mode: 0o6777 }),
          },
          { uid: 0, gid: 0, mode: 0o755 },
        ),
      }),
    });

  it("are those of the guest's user", async () => {
    const cases: [string, number, string][] = [
      ["/private", 0, "EACCES"],
      ["/shared", O_RDWR, "ok"],
      ["/noRead", 0, "EACCES"],
      ["/noRead", O_WRONLY, "ok"],
      ["/closed", 0, "EACCES"],
      ["/closed/x", 0, "EACCES"],
      ["/passable", 0, "EACCES"],
      ["/passable/x", 0, "ok"],
      ["/listable", 0, "ok"],
      ["/listable/x", 0, "EACCES"],
      ["/new", O_CREAT, "EACCES"],
      ["/sticky/new", O_CREAT, "ok"],
    ];
    const { ops } = world();
    for (const [path, flags, expected] of cases) {
      expect(await errno(() => ops.open({ at, path, flags, mode: 0o644 })), `${path} ${flags}`).toBe(
        expected,
      );
    }
    const root = world(0);
    for (const [path, flags] of cases) {
      expect(await errno(() => root.ops.open({ at, path, flags, mode: 0o644 })), path).toBe("ok");
    }
  });

  it("keep others' files in sticky directories", async () => {
    const setup = world();
    const { put } = files(setup);
    put("/sticky/mine");
    const { ops } = setup;
    expect(await errno(() => ops.unlink({ at, path: "/sticky/roots", flags: 0 }))).toBe("EPERM");
    const over = { at, path: "/sticky/mine", to_at: at, to_path: "/sticky/roots", flags: 0 };
    expect(await errno(() => ops.rename(over))).toBe("EPERM");
    expect(await errno(() => ops.unlink({ at, path: "/sticky/mine", flags: 0 }))).toBe("ok");
  });

  it("are changed by the owner only, and setuid is lost by writing", async () => {
    const setup = world();
    const { ops } = setup;
    const { put, stat, open } = files(setup);
    expect(await errno(() => ops.chmod({ at, path: "/shared", mode: 0o777, flags: 0 }))).toBe("EPERM");
    put("/sticky/mine", "x");
    now(ops.chmod({ at, path: "/sticky/mine", mode: 0o4755, flags: 0 }));
    expect(stat("/sticky/mine").mode & 0o7777).toBe(0o4755);
    const fd = open("/sticky/mine", O_WRONLY);
    now(ops.write({ fd, data: bytes("y") }));
    expect(stat("/sticky/mine").mode & 0o7777).toBe(0o755);
    const chown = (path: string, uid: number, gid: number) =>
      errno(() => ops.chown({ at, path, uid, gid, flags: 0 }));
    expect(await chown("/sticky/mine", 0, -1)).toBe("EPERM");
    expect(await chown("/sticky/mine", 1000, 50)).toBe("ok");
    expect(await chown("/sticky/mine", -1, 51)).toBe("EPERM");
    expect(await chown("/shared", -1, -1)).toBe("ok");
    expect(stat("/sticky/mine").gid).toBe(50);
    now(ops.ftruncate({ fd: open("/privileged", O_WRONLY), size: 0n }));
    expect(stat("/privileged").mode & 0o7777).toBe(0o777);
  });

  it("let whoever may write set times to now, the owner to any", async () => {
    const setup = world();
    const utimens = (path: string, which: number) =>
      errno(() => setup.ops.utimens({ at, path, atime: 1n, mtime: 2n, which, flags: 0 }));
    expect(await utimens("/shared", 12)).toBe("ok");
    expect(await utimens("/shared", 3)).toBe("EPERM");
    expect(await utimens("/shared", 8)).toBe("EPERM");
    expect(await utimens("/private", 12)).toBe("EACCES");
    expect(await utimens("/private", 16)).toBe("EINVAL");
  });

  it("are what access tells, and the mask what is made starts with", async () => {
    const setup = world();
    const access = (path: string, mode: number) =>
      errno(() => setup.ops.access({ at, path, mode, flags: 0 }));
    expect([await access("/private", 0), await access("/private", 4)]).toEqual(["ok", "EACCES"]);
    expect([await access("/shared", 6), await access("/shared", 1)]).toEqual(["ok", "EACCES"]);
    expect(await access("/shared", 8)).toBe("EINVAL");
    expect(now(setup.ops.umask({ mask: 0o077 })).old).toBe(0o022);
    expect(now(setup.ops.umask({ mask: -1 })).old).toBe(0o077);
    const { put, stat, mkdir } = files(setup);
    put("/sticky/new");
    mkdir("/sticky/dir", 0o777);
    expect([stat("/sticky/new").mode & 0o777, stat("/sticky/dir").mode & 0o777]).toEqual([0o600, 0o700]);
    expect(stat("/sticky/new")).toMatchObject({ uid: 1000, gid: 1000 });
  });
});

describe("paths", () => {
  it("follow forty links, not one more", async () => {
    const setup = setting();
    const { put, symlink, get } = files(setup);
    put("/l0", "end");
    for (let i = 1; i <= 41; i += 1) symlink(`l${i - 1}`, `/l${i}`);
    expect(get("/l40")).toBe("end");
    expect(await errno(() => setup.ops.stat({ at, path: "/l41", flags: 0 }))).toBe("ELOOP");
  });

  it("work at a depth of a thousand", () => {
    const setup = setting();
    const { mkdir, chdir, put, cwd } = files(setup);
    for (let i = 0; i < 1000; i += 1) {
      mkdir("d");
      chdir("d");
    }
    put("bottom");
    expect(cwd()).toBe("/d".repeat(1000));
    expect(files(setup).stat(`/${"d/".repeat(1000)}bottom`).size).toBe(0);
  });

  it("end at a depth of 4096", async () => {
    const setup = setting();
    const { mkdir, chdir } = files(setup);
    for (let i = 0; i < 4096; i += 1) {
      mkdir("d");
      chdir("d");
    }
    expect(await errno(() => setup.ops.mkdir({ at, path: "d", mode: 0o755 }))).toBe("ENAMETOOLONG");
    chdir("..");
    expect(await errno(() => setup.ops.mkdir({ at, path: "e", mode: 0o755 }))).toBe("ok");
  });

  it("may start at a descriptor, and be kept beneath it", async () => {
    const setup = setting();
    const { mkdir, put, open, symlink } = files(setup);
    mkdir("/dir");
    put("/outside", "o");
    put("/dir/inside", "i");
    symlink("../outside", "/dir/out");
    symlink("/dir/inside", "/dir/absolute");
    const fd = open("/dir");
    const stat = (from: number, path: string) => errno(() => setup.ops.stat({ at: from, path, flags: 0 }));
    expect(await stat(fd, "../outside")).toBe("ok");
    expect(await stat(fd, "out")).toBe("ok");
    expect(await stat(beneath(fd), "inside")).toBe("ok");
    expect(await stat(beneath(fd), "../dir/inside")).toBe("EPERM");
    expect(await stat(beneath(fd), "out")).toBe("EPERM");
    expect(await stat(beneath(fd), "absolute")).toBe("EPERM");
    expect(await stat(beneath(fd), "/outside")).toBe("EPERM");
    expect(await stat(99, "x")).toBe("EBADF");
    expect(await stat(beneath(99), "x")).toBe("EBADF");
    expect(await stat(open("/outside"), "x")).toBe("ENOTDIR");
    expect(now(setup.ops.stat({ at: fd, path: "", flags: 0x1000 })).stat.mode & S_IFMT).toBe(0o040000);
    expect(await stat(fd, "")).toBe("ENOENT");
  });
});

describe("devices", () => {
  it("are there without being asked for", async () => {
    const setup = setting({ input: "typed" });
    const { open, get, list, put } = files(setup);
    expect(list("/dev").sort()).toEqual(
      [".", "..", "fd", "full", "null", "random", "stderr", "stdin", "stdout", "urandom", "zero"].sort(),
    );
    const read = (path: string, capacity: number) => now(setup.ops.read({ fd: open(path), capacity })).data;
    expect(read("/dev/null", 10).length).toBe(0);
    expect([...read("/dev/zero", 3)]).toEqual([0, 0, 0]);
    expect(read("/dev/urandom", 1000).length).toBe(1000);
    const full = open("/dev/full", O_WRONLY);
    expect(await errno(() => setup.ops.write({ fd: full, data: bytes("x") }))).toBe("ENOSPC");
    expect(now(setup.ops.write({ fd: open("/dev/null", O_WRONLY), data: bytes("gone") })).length).toBe(4);
    expect(get("/dev/stdin")).toBe("typed");
    now(setup.ops.write({ fd: open("/dev/stdout", O_WRONLY), data: bytes("out") }));
    expect(setup.written.out).toBe("out");
    put("/a", "by number");
    const fd = open("/a");
    expect(get(`/dev/fd/${fd}`)).toBe("by number");
    expect(list("/dev/fd")).toContain(`${fd}`);
    expect(await errno(() => setup.ops.open({ at, path: "/dev/fd/999", flags: 0, mode: 0 }))).toBe("ENOENT");
    expect(await errno(() => setup.ops.open({ at, path: "/dev/fd/03", flags: 0, mode: 0 }))).toBe("ENOENT");
    expect(await errno(() => setup.ops.open({ at, path: "/dev/stdin", flags: O_WRONLY, mode: 0 }))).toBe(
      "EACCES",
    );
    expect(await errno(() => setup.ops.mkdir({ at, path: "/dev/x", mode: 0o755 }))).toMatch(/EROFS|EACCES/);
  });
});

describe("locks", () => {
  it("on records are granted to the only process there is", async () => {
    const setup = setting();
    const { open, put } = files(setup);
    put("/a", "x");
    const fd = open("/a", O_RDWR);
    const lock = (command: number, type: number, start = 0n, length = 0n) =>
      setup.ops.lock({ fd, command, type, start, length });
    expect(Buffer.from(now(lock(0, 1)).found).readUInt32LE(0)).toBe(2);
    expect(await errno(() => lock(1, 1))).toBe("ok");
    expect(await errno(() => lock(2, 2))).toBe("ok");
    expect(await errno(() => lock(3, 0))).toBe("EINVAL");
    expect(await errno(() => lock(1, 3))).toBe("EINVAL");
    expect(await errno(() => lock(1, 0, -1n))).toBe("EINVAL");
    expect(await errno(() => lock(1, 0, 2n ** 62n, 2n ** 62n))).toBe("EOVERFLOW");
    const reader = open("/a");
    expect(
      await errno(() => setup.ops.lock({ fd: reader, command: 1, type: 1, start: 0n, length: 0n })),
    ).toBe("EBADF");
  });

  it("on whole files are met by other descriptions of the same file", async () => {
    const setup = setting();
    const { open, put } = files(setup);
    put("/a");
    const one = open("/a");
    const two = open("/a");
    const flock = (fd: number, operation: number) => setup.ops.flock({ fd, operation });
    now(flock(one, 1));
    now(flock(two, 1));
    expect(await errno(() => flock(one, 2 | 4))).toBe("EAGAIN");
    now(flock(two, 2));
    const waiting = Promise.resolve(flock(one, 1));
    now(setup.ops.close({ fd: two }));
    await waiting;
    expect(await errno(() => flock(one, 3))).toBe("EINVAL");
  });
});

describe("the skeleton", () => {
  it("is a small Linux of the guest's user", async () => {
    const who = identity({ user: "ann", home: "/home/ann", uid: 7, gid: 8 });
    const setup = setting({
      identity: { user: "ann", home: "/home/ann", uid: 7, gid: 8, groups: [8] },
      mounts: mounts({ "/": skeleton(who, { bytes: 4096 }, { "usr/bin/tool": "x" }) }),
      cwd: "/home/ann",
    });
    const { get, put, stat, cwd } = files(setup);
    expect(cwd()).toBe("/home/ann");
    expect(get("/etc/passwd")).toContain("ann:x:7:8:ann:/home/ann:/bin/sh\n");
    put("mine", "x");
    put("/tmp/mine", "x");
    expect(stat("/home/ann")).toMatchObject({ uid: 7, gid: 8 });
    for (const path of ["/new", "/home/new", "/usr/bin/new", "/etc/new"]) {
      expect(await errno(() => setup.ops.open({ at, path, flags: O_CREAT, mode: 0o644 })), path).toBe(
        "EACCES",
      );
    }
  });
});
