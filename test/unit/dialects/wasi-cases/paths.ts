import { expect } from "vitest";
import type { WasiFunctionName } from "../../../../src/wire/wasi-functions.js";
import type { Values } from "../frames.js";
import { ALL, FD, READ, WRITE } from "../wasi-world.js";
import { bytes, type Case, long, of, text } from "./case.js";

const big = 2n ** 63n;
const longName = "n".repeat(256);

/** The functions on paths, with arguments that do something to `path`. */
const onPath = (path: string, fd: number = FD.root): readonly (readonly [WasiFunctionName, Values])[] => [
  ["path_create_directory", { fd, path }],
  ["path_filestat_get", { fd, lookup: 1, path }],
  ["path_filestat_set_times", { fd, lookup: 1, path, mtime: 1, flags: 4 }],
  ["path_link", { fd, path, to_fd: FD.root, to_path: "new" }],
  ["path_open", { fd, lookup: 1, path, base: READ }],
  ["path_readlink", { fd, path, target: 100 }],
  ["path_remove_directory", { fd, path }],
  ["path_rename", { fd, path, to_fd: FD.root, to_path: "new" }],
  ["path_symlink", { target: "x", fd, path }],
  ["path_unlink_file", { fd, path }],
];

const everywhere = (errno: string, title: string, path: string, fd?: number): Case[] =>
  onPath(path, fd).map(([name, args]) => of(name)(errno, title, args));

/** A second path that leads astray. */
const intoPath = (errno: string, title: string, path: string, fd: number = FD.root): Case[] => [
  of("path_link")(errno, `to ${title}`, { fd: FD.root, path: "file", to_fd: fd, to_path: path }),
  of("path_rename")(errno, `to ${title}`, { fd: FD.root, path: "file", to_fd: fd, to_path: path }),
];

const create = of("path_create_directory");
const get = of("path_filestat_get");
const setTimes = of("path_filestat_set_times");
const link = of("path_link");
const open = of("path_open");
const readlink = of("path_readlink");
const rmdir = of("path_remove_directory");
const rename = of("path_rename");
const symlink = of("path_symlink");
const unlink = of("path_unlink_file");
const root = FD.root;

export const pathCases: readonly Case[] = [
  ...everywhere("EBADF", "a closed descriptor", "file", FD.closed),
  ...everywhere("ENOTDIR", "a file as directory", "file", FD.file),
  ...everywhere("ENOTDIR", "stdin as directory", "file", FD.stdin),
  ...everywhere("ENOTCAPABLE", "a directory without rights", "inner", FD.bareDirectory),
  ...everywhere("EPERM", "an absolute path", "/file"),
  ...everywhere("EPERM", "a path above the directory", "../file", FD.dir),
  ...everywhere("EPERM", "a path above the directory, after going down", "sub/../../file", FD.dir),
  ...everywhere("ENOENT", "a directory that is not there", "nowhere/file"),
  ...everywhere("ENOENT", "an empty path", ""),
  ...everywhere("ENOTDIR", "a file on the way", "file/x"),
  ...everywhere("ELOOP", "a loop on the way", "loop/x"),
  ...everywhere("ENAMETOOLONG", "a name of 256 bytes", longName),
  ...everywhere("EACCES", "a directory that is closed", "lockedDir/x"),
  ...everywhere("EINVAL", "a NUL", "file\0"),
  ...intoPath("EBADF", "a closed descriptor", "new", FD.closed),
  ...intoPath("ENOTDIR", "a file as directory", "new", FD.file),
  ...intoPath("ENOTCAPABLE", "a directory without rights", "new", FD.bareDirectory),
  ...intoPath("EPERM", "an absolute path", "/new"),
  ...intoPath("EPERM", "a path above the directory", "../new", FD.dir),
  ...intoPath("ENOENT", "a directory that is not there", "nowhere/new"),
  ...intoPath("ENOENT", "an empty path", ""),
  ...intoPath("EXDEV", "another file system", "small/new"),

  create("ok", "a new one", { fd: root, path: "made" }, async (_r, world) => {
    const { results } = await world.call("path_filestat_get", { fd: root, path: "made" });
    expect(bytes(results, "filestat").readUInt8(16)).toBe(3);
  }),
  create("ok", "with a slash behind", { fd: root, path: "made/" }),
  create("ok", "below a link", { fd: root, path: "dirLink/made" }),
  create("EEXIST", "a directory is there", { fd: root, path: "dir" }),
  create("EEXIST", "a file is there", { fd: root, path: "file" }),
  create("EEXIST", "a link that leads nowhere is there", { fd: root, path: "dangling" }),
  create("EEXIST", "the directory itself", { fd: root, path: "." }),
  create("EROFS", "on a read-only file system", { fd: root, path: "ro/made" }),
  create("EACCES", "in a directory that may not be written", { fd: root, path: "frozen/made" }),
  create("ENOSPC", "no inode is left", { fd: root, path: "small/c" }, undefined, [
    ["path_create_directory", { fd: root, path: "small/a" }],
    ["path_create_directory", { fd: root, path: "small/b" }],
  ]),

  get("ok", "a file", { fd: root, path: "file" }, (results) => {
    expect(bytes(results, "filestat").readUInt8(16)).toBe(4);
    expect(long(results, "filestat", 32)).toBe(11n);
  }),
  get("ok", "a link itself", { fd: root, path: "link" }, (results) => {
    expect(bytes(results, "filestat").readUInt8(16)).toBe(7);
    expect(long(results, "filestat", 32)).toBe(4n);
  }),
  get("ok", "what a link leads to", { fd: root, lookup: 1, path: "link" }, (results) => {
    expect(bytes(results, "filestat").readUInt8(16)).toBe(4);
  }),
  get("ok", "a link with a slash behind is followed", { fd: root, path: "dirLink/" }, (results) => {
    expect(bytes(results, "filestat").readUInt8(16)).toBe(3);
  }),
  get("ok", "down and up again", { fd: root, path: "dir/./sub/../../dir/inner" }),
  get("ok", "the directory itself", { fd: FD.dir, path: "." }),
  get("ok", "another file system has another device", { fd: root, path: "ro" }, async (results, world) => {
    const other = await world.call("path_filestat_get", { fd: root, path: "file" });
    expect(long(results, "filestat", 0)).not.toBe(long(other.results, "filestat", 0));
  }),
  get("ok", "an absolute link, from the root", { fd: root, lookup: 1, path: "absolute" }),
  get("EPERM", "an absolute link, from elsewhere", { fd: FD.dir, lookup: 1, path: "away" }),
  get("EPERM", "a link that leads above", { fd: FD.dir, lookup: 1, path: "up" }),
  get("ENOENT", "a link that leads nowhere", { fd: root, lookup: 1, path: "dangling" }),
  get("ELOOP", "a link to itself", { fd: root, lookup: 1, path: "loop" }),
  get("ENOTDIR", "a file with a slash behind", { fd: root, path: "file/" }),
  get("EINVAL", "lookup flags that are none", { fd: root, lookup: 2, path: "file" }),

  setTimes("ok", "both", { fd: root, path: "file", atime: 3, mtime: 4, flags: 5 }, async (_r, world) => {
    const { results } = await world.call("path_filestat_get", { fd: root, path: "file" });
    expect([long(results, "filestat", 40), long(results, "filestat", 48)]).toEqual([3n, 4n]);
  }),
  setTimes("ok", "of a link itself", { fd: root, path: "link", mtime: 4, flags: 4 }, async (_r, world) => {
    const own = await world.call("path_filestat_get", { fd: root, path: "link" });
    const far = await world.call("path_filestat_get", { fd: root, path: "file" });
    expect(long(own.results, "filestat", 48)).toBe(4n);
    expect(long(far.results, "filestat", 48)).not.toBe(4n);
  }),
  setTimes(
    "ok",
    "of what a link leads to",
    { fd: root, lookup: 1, path: "link", mtime: 4, flags: 4 },
    async (_r, world) => {
      const far = await world.call("path_filestat_get", { fd: root, path: "file" });
      expect(long(far.results, "filestat", 48)).toBe(4n);
    },
  ),
  setTimes("EINVAL", "a time and now", { fd: root, path: "file", flags: 12 }),
  setTimes("EINVAL", "flags that are none", { fd: root, path: "file", flags: 64 }),
  setTimes("EOVERFLOW", "a time beyond 63 bits", { fd: root, path: "file", atime: big, flags: 1 }),
  setTimes("EROFS", "on a read-only file system", { fd: root, path: "ro/file", flags: 8 }),

  link(
    "ok",
    "two names of one file",
    { fd: root, path: "file", to_fd: FD.dir, to_path: "twin" },
    async (_r, world) => {
      const one = await world.call("path_filestat_get", { fd: root, path: "file" });
      const two = await world.call("path_filestat_get", { fd: root, path: "dir/twin" });
      expect(one.results["filestat"]).toEqual(two.results["filestat"]);
      expect(long(one.results, "filestat", 24)).toBe(2n);
    },
  ),
  link("ok", "a link itself", { fd: root, path: "dangling", to_fd: root, to_path: "twin" }),
  link(
    "ok",
    "what a link leads to",
    { fd: root, lookup: 1, path: "link", to_fd: root, to_path: "twin" },
    async (_r, world) => {
      const { results } = await world.call("path_filestat_get", { fd: root, path: "twin" });
      expect(bytes(results, "filestat").readUInt8(16)).toBe(4);
    },
  ),
  link("EEXIST", "the name is taken", { fd: root, path: "file", to_fd: root, to_path: "empty" }),
  link("EEXIST", "to itself", { fd: root, path: "file", to_fd: root, to_path: "file" }),
  link("EEXIST", "a link that leads nowhere has the name", {
    fd: root,
    path: "file",
    to_fd: root,
    to_path: "dangling",
  }),
  link("EPERM", "a directory", { fd: root, path: "dir", to_fd: root, to_path: "twin" }),
  link("ENOENT", "a slash behind the new name", { fd: root, path: "file", to_fd: root, to_path: "twin/" }),
  link("ENOENT", "nothing is there", { fd: root, path: "none", to_fd: root, to_path: "twin" }),
  link("ENOENT", "a link that leads nowhere, followed", {
    fd: root,
    lookup: 1,
    path: "dangling",
    to_fd: root,
    to_path: "twin",
  }),
  link("EROFS", "on a read-only file system", { fd: FD.ro, path: "file", to_fd: FD.ro, to_path: "twin" }),
  link("EINVAL", "lookup flags that are none", {
    fd: root,
    lookup: 4,
    path: "file",
    to_fd: root,
    to_path: "twin",
  }),

  open("ok", "to read", { fd: root, path: "file", base: READ }, async (results, world) => {
    expect(results["opened"]).toBe(20);
    const { results: read } = await world.call("fd_read", { fd: 20 });
    expect(text(read, "data")).toBe("hello world");
    expect((await world.call("fd_write", { fd: 20, data: "x" })).errno).toBe("ENOTCAPABLE");
  }),
  open("ok", "to write", { fd: root, path: "file", base: WRITE }, async (_r, world) => {
    expect((await world.call("fd_write", { fd: 20, data: "J" })).errno).toBe("ok");
    expect((await world.call("fd_read", { fd: 20 })).errno).toBe("ENOTCAPABLE");
  }),
  open("ok", "a new file", { fd: root, path: "new", oflags: 1, base: ALL }, async (_r, world) => {
    expect((await world.call("fd_write", { fd: 20, data: "x" })).errno).toBe("ok");
  }),
  open("ok", "a new file, made for reading only", { fd: root, path: "new", oflags: 1, base: READ }),
  open(
    "ok",
    "made anew, though it is there",
    { fd: root, path: "file", oflags: 1, base: READ },
    async (_r, world) => {
      expect(text((await world.call("fd_read", { fd: 20 })).results, "data")).toBe("hello world");
    },
  ),
  open("ok", "truncated", { fd: root, path: "file", oflags: 8, base: ALL }, async (_r, world) => {
    expect((await world.call("fd_read", { fd: 20 })).results["nread"]).toBe(0);
  }),
  open("ok", "a directory", { fd: root, path: "dir", oflags: 2, base: 1n << 14n }, async (_r, world) => {
    expect((await world.call("fd_readdir", { fd: 20, entries: 100 })).errno).toBe("ok");
  }),
  open("ok", "a directory, without saying so", { fd: root, path: "dir/", base: 0 }),
  open("ok", "the directory itself with the rights it has", {
    fd: root,
    path: ".",
    oflags: 2,
    base: 0x7bf_fe19n,
    inheriting: ALL,
  }),
  open("ok", "a link that is followed", { fd: root, lookup: 1, path: "link", base: READ }),
  open(
    "ok",
    "nonblock and append are kept",
    { fd: root, path: "file", base: ALL, fdflags: 5 },
    async (_r, world) => {
      const { results } = await world.call("fd_fdstat_get", { fd: 20 });
      expect(bytes(results, "fdstat").readUInt16LE(2)).toBe(5);
    },
  ),
  open(
    "ok",
    "sync and dsync are kept",
    { fd: root, path: "file", base: ALL, fdflags: 18 },
    async (_r, world) => {
      const { results } = await world.call("fd_fdstat_get", { fd: 20 });
      expect(bytes(results, "fdstat").readUInt16LE(2)).toBe(18);
      expect((await world.call("fd_write", { fd: 20, data: "x" })).errno).toBe("ok");
    },
  ),
  open(
    "ok",
    "only rights that the directory hands on",
    { fd: FD.dir, path: "inner", base: ALL & ~WRITE & ~(1n << 8n) & ~(1n << 22n) },
    async (_r, world) => {
      const { results } = await world.call("fd_fdstat_get", { fd: 20 });
      expect(bytes(results, "fdstat").readBigUInt64LE(8) & WRITE).toBe(0n);
    },
  ),
  open(
    "ok",
    "the lowest free number",
    { fd: root, path: "file", base: READ },
    (results) => expect(results["opened"]).toBe(0),
    [["fd_close", { fd: 0 }]],
  ),
  open("ENOENT", "nothing is there", { fd: root, path: "none", base: READ }),
  open("ENOENT", "a link that leads nowhere, followed", {
    fd: root,
    lookup: 1,
    path: "dangling",
    base: READ,
  }),
  open("ENOTDIR", "a file as a directory", { fd: root, path: "file", oflags: 2 }),
  open("ENOTDIR", "a file with a slash behind", { fd: root, path: "file/", base: READ }),
  open("ENOTDIR", "a link as a directory, not followed", { fd: root, path: "dirLink", oflags: 2 }),
  open("ENOTDIR", "a link to a file as a directory", { fd: root, lookup: 1, path: "link", oflags: 2 }),
  open("ELOOP", "a link, not followed", { fd: root, path: "link", base: READ }),
  open("ELOOP", "a link to itself", { fd: root, lookup: 1, path: "loop", base: READ }),
  open("EEXIST", "exclusively, what is there", { fd: root, path: "file", oflags: 5, base: READ }),
  open("EEXIST", "exclusively, a link that leads nowhere", {
    fd: root,
    lookup: 1,
    path: "dangling",
    oflags: 5,
    base: READ,
  }),
  open("EISDIR", "a directory to write", { fd: root, path: "dir", oflags: 2, base: READ | WRITE }),
  open("EISDIR", "a directory truncated", { fd: root, path: "dir", oflags: 8, base: READ }),
  open("EISDIR", "a new file with a slash behind", { fd: root, path: "new/", oflags: 1, base: READ }),
  open("EINVAL", "a new directory", { fd: root, path: "new", oflags: 3, base: READ }),
  open("EINVAL", "oflags that are none", { fd: root, path: "file", oflags: 16 }),
  open("EINVAL", "fdflags that are none", { fd: root, path: "file", fdflags: 32 }),
  open("EINVAL", "lookup flags that are none", { fd: root, lookup: 2, path: "file" }),
  open("EACCES", "a file that may not be read", { fd: root, path: "locked", base: READ }),
  open("EACCES", "a new file in a directory that may not be written", {
    fd: root,
    path: "frozen/new",
    oflags: 1,
    base: READ,
  }),
  open("EROFS", "to write on a read-only file system", { fd: root, path: "ro/file", base: WRITE }),
  open("EROFS", "a new file on a read-only file system", { fd: root, path: "ro/new", oflags: 1, base: READ }),
  open("EPERM", "an absolute link, from elsewhere", { fd: FD.dir, lookup: 1, path: "away", base: READ }),
  open("EPERM", "a link that leads above", { fd: FD.dir, lookup: 1, path: "up", base: READ }),
  open("ENOTCAPABLE", "to write, where that is not handed on", { fd: FD.dir, path: "inner", base: WRITE }),
  open(
    "ENOTCAPABLE",
    "a new file without the right to make one",
    { fd: root, path: "new", oflags: 1, base: READ },
    undefined,
    [["fd_fdstat_set_rights", { fd: root, base: 1n << 13n, inheriting: ALL }]],
  ),
  open(
    "ENOTCAPABLE",
    "truncated without the right to",
    { fd: root, path: "file", oflags: 8, base: READ },
    undefined,
    [["fd_fdstat_set_rights", { fd: root, base: 1n << 13n, inheriting: ALL }]],
  ),

  readlink("ok", "a link", { fd: root, path: "link", target: 100 }, (results) => {
    expect([text(results, "target"), results["length"]]).toEqual(["file", 4]);
  }),
  readlink("ok", "what fits", { fd: root, path: "link", target: 2 }, (results) => {
    expect([text(results, "target"), results["length"]]).toEqual(["fi", 2]);
  }),
  readlink("ok", "an absolute one", { fd: FD.dir, path: "away", target: 100 }, (results) => {
    expect(text(results, "target")).toBe("/file");
  }),
  readlink("EINVAL", "a file", { fd: root, path: "file", target: 100 }),
  readlink("EINVAL", "a directory", { fd: root, path: "dir", target: 100 }),
  readlink("ENOENT", "nothing is there", { fd: root, path: "none", target: 100 }),

  rmdir("ok", "an empty one", { fd: root, path: "dir/sub" }, async (_r, world) => {
    expect((await world.call("path_filestat_get", { fd: root, path: "dir/sub" })).errno).toBe("ENOENT");
  }),
  rmdir("ok", "with a slash behind", { fd: root, path: "dir/sub/" }),
  rmdir("ENOTEMPTY", "one that is not empty", { fd: root, path: "full" }),
  rmdir("ENOTDIR", "a file", { fd: root, path: "file" }),
  rmdir("ENOTDIR", "a file with a slash behind", { fd: root, path: "file/" }),
  rmdir("ENOTDIR", "a link to a directory", { fd: root, path: "dirLink" }),
  rmdir("ENOENT", "nothing is there", { fd: root, path: "none" }),
  rmdir("EINVAL", "the directory itself", { fd: root, path: "dir/." }),
  rmdir("ENOTEMPTY", "the directory above", { fd: root, path: "dir/sub/.." }),
  rmdir("EBUSY", "a mount point", { fd: root, path: "ro" }),
  rmdir("EROFS", "on a read-only file system", { fd: root, path: "ro/dir" }),
  rmdir("EACCES", "in a directory that may not be written", { fd: root, path: "frozen/x" }),

  rename("ok", "a file", { fd: root, path: "file", to_fd: FD.dir, to_path: "moved" }, async (_r, world) => {
    expect((await world.call("path_filestat_get", { fd: root, path: "file" })).errno).toBe("ENOENT");
    expect((await world.call("path_filestat_get", { fd: root, path: "dir/moved" })).errno).toBe("ok");
  }),
  rename(
    "ok",
    "over a file",
    { fd: root, path: "file", to_fd: root, to_path: "empty" },
    async (_r, world) => {
      const { results } = await world.call("path_filestat_get", { fd: root, path: "empty" });
      expect(long(results, "filestat", 32)).toBe(11n);
    },
  ),
  rename("ok", "a directory over an empty one", { fd: root, path: "full", to_fd: root, to_path: "dir/sub" }),
  rename("ok", "a directory, with slashes behind", {
    fd: root,
    path: "dir/",
    to_fd: root,
    to_path: "moved/",
  }),
  rename("ok", "a link itself", { fd: root, path: "dangling", to_fd: root, to_path: "moved" }),
  rename("ok", "to its own name", { fd: root, path: "file", to_fd: root, to_path: "file" }),
  rename("ENOENT", "nothing is there", { fd: root, path: "none", to_fd: root, to_path: "moved" }),
  rename("ENOTEMPTY", "a directory over one that is not empty", {
    fd: root,
    path: "dir",
    to_fd: root,
    to_path: "full",
  }),
  rename("ENOTDIR", "a directory over a file", { fd: root, path: "dir", to_fd: root, to_path: "file" }),
  rename("EISDIR", "a file over a directory", { fd: root, path: "file", to_fd: root, to_path: "dir/sub" }),
  rename("EINVAL", "a directory into itself", { fd: root, path: "dir", to_fd: root, to_path: "dir/sub/dir" }),
  rename("ENOTDIR", "a file with a slash behind", { fd: root, path: "file/", to_fd: root, to_path: "moved" }),
  rename("ENOTDIR", "a file to a name with a slash behind", {
    fd: root,
    path: "file",
    to_fd: root,
    to_path: "moved/",
  }),
  rename("EBUSY", "a mount point", { fd: root, path: "ro", to_fd: root, to_path: "moved" }),
  rename("EBUSY", "over a mount point", { fd: root, path: "dir", to_fd: root, to_path: "small" }),
  rename("EBUSY", "the directory itself", { fd: root, path: ".", to_fd: root, to_path: "moved" }),
  rename("EROFS", "on a read-only file system", { fd: FD.ro, path: "file", to_fd: FD.ro, to_path: "moved" }),
  rename("EACCES", "out of a directory that may not be written", {
    fd: root,
    path: "frozen/x",
    to_fd: root,
    to_path: "moved",
  }),

  symlink("ok", "a new one", { target: "file", fd: root, path: "made" }, async (_r, world) => {
    const { results } = await world.call("path_readlink", { fd: root, path: "made", target: 100 });
    expect(text(results, "target")).toBe("file");
  }),
  symlink("ok", "to nowhere", { target: "no/where", fd: root, path: "made" }),
  symlink("EPERM", "to an absolute path", { target: "/file", fd: root, path: "made" }),
  symlink("ENOENT", "to an empty path", { target: "", fd: root, path: "made" }),
  symlink("ENOENT", "with a slash behind its name", { target: "file", fd: root, path: "made/" }),
  symlink("EEXIST", "the name is taken", { target: "x", fd: root, path: "file" }),
  symlink("EEXIST", "a directory has the name", { target: "x", fd: root, path: "dir/" }),
  symlink("EROFS", "on a read-only file system", { target: "x", fd: root, path: "ro/made" }),
  symlink("EACCES", "in a directory that may not be written", { target: "x", fd: root, path: "frozen/made" }),
  symlink("EINVAL", "a NUL in the target", { target: "x\0", fd: root, path: "made" }),

  unlink("ok", "a file", { fd: root, path: "file" }, async (_r, world) => {
    expect((await world.call("path_filestat_get", { fd: root, path: "file" })).errno).toBe("ENOENT");
    expect(text((await world.call("fd_read", { fd: FD.file })).results, "data"), "it is open").toBe(
      "hello world",
    );
  }),
  unlink("ok", "a link itself", { fd: root, path: "dirLink" }),
  unlink("EISDIR", "a directory", { fd: root, path: "dir" }),
  unlink("EISDIR", "a directory with a slash behind", { fd: root, path: "dir/" }),
  unlink("ENOTDIR", "a file with a slash behind", { fd: root, path: "file/" }),
  unlink("ENOENT", "nothing is there", { fd: root, path: "none" }),
  unlink("EROFS", "on a read-only file system", { fd: root, path: "ro/file" }),
  unlink("EACCES", "in a directory that may not be written", { fd: root, path: "frozen/x" }),
];
