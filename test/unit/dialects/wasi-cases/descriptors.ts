import { expect } from "vitest";
import { ALL, FD, READ } from "../wasi-world.js";
import { bytes, type Case, long, of, text } from "./case.js";

const big = 2n ** 63n;
const sizeOf = async (world: {
  call: (n: "fd_filestat_get", a: { fd: number }) => Promise<{ results: Parameters<typeof long>[0] }>;
}) => long((await world.call("fd_filestat_get", { fd: FD.file })).results, "filestat", 32);

const advise = of("fd_advise");
const allocate = of("fd_allocate");
const close = of("fd_close");
const datasync = of("fd_datasync");
const fdstatGet = of("fd_fdstat_get");
const setFlags = of("fd_fdstat_set_flags");
const setRights = of("fd_fdstat_set_rights");
const filestatGet = of("fd_filestat_get");
const setSize = of("fd_filestat_set_size");
const setTimes = of("fd_filestat_set_times");
const pread = of("fd_pread");
const prestatGet = of("fd_prestat_get");
const prestatName = of("fd_prestat_dir_name");
const pwrite = of("fd_pwrite");
const read = of("fd_read");
const readdir = of("fd_readdir");
const renumber = of("fd_renumber");
const seek = of("fd_seek");
const sync = of("fd_sync");
const tell = of("fd_tell");
const write = of("fd_write");

interface Dirent {
  readonly next: bigint;
  readonly type: number;
  readonly name: string;
}

const direntsOf = (entries: Buffer): Dirent[] => {
  const all: Dirent[] = [];
  for (let at = 0; at + 24 <= entries.length; ) {
    const length = entries.readUInt32LE(at + 16);
    if (at + 24 + length > entries.length) break;
    all.push({
      next: entries.readBigUInt64LE(at),
      type: entries.readUInt8(at + 20),
      name: entries.toString("utf8", at + 24, at + 24 + length),
    });
    at += 24 + length;
  }
  return all;
};

const rightsOf = (fdstat: Buffer): bigint => fdstat.readBigUInt64LE(8);

export const descriptorCases: readonly Case[] = [
  advise("ok", "normal", { fd: FD.file, offset: 0, length: 5, advice: 0 }),
  advise("ok", "noreuse, beyond the end", { fd: FD.file, offset: 1000, length: 0, advice: 5 }),
  advise("EINVAL", "advice that is none", { fd: FD.file, advice: 6 }),
  advise("EINVAL", "a range beyond 64 bits", { fd: FD.file, offset: big, length: big, advice: 0 }),
  advise("EBADF", "a directory", { fd: FD.dir, advice: 0 }),
  advise("ESPIPE", "a pipe", { fd: FD.pipeRead, advice: 0 }),
  advise("ENOTCAPABLE", "without the right", { fd: FD.bare, advice: 0 }),
  advise("EBADF", "a closed descriptor", { fd: FD.closed, advice: 0 }),

  allocate("ok", "grows a file", { fd: FD.file, offset: 0, length: 100 }, async (_r, world) => {
    expect(await sizeOf(world)).toBe(100n);
  }),
  allocate("ok", "leaves a larger file", { fd: FD.file, offset: 2, length: 3 }, async (_r, world) => {
    expect(await sizeOf(world)).toBe(11n);
  }),
  allocate("EINVAL", "nothing", { fd: FD.file, offset: 0, length: 0 }),
  allocate("EOVERFLOW", "an offset beyond 63 bits", { fd: FD.file, offset: big, length: 1 }),
  allocate("EFBIG", "an end beyond what files can have", { fd: FD.file, offset: 2n ** 62n, length: 1 }),
  allocate("EBADF", "a directory", { fd: FD.dir, offset: 0, length: 1 }),
  allocate("ESPIPE", "a socket", { fd: FD.socket, offset: 0, length: 1 }),
  allocate("ENOTCAPABLE", "to read only", { fd: FD.reads, offset: 0, length: 1 }),
  allocate("EBADF", "a closed descriptor", { fd: FD.closed, length: 1 }),

  close("ok", "a file, which is closed then", { fd: FD.file }, async (_r, world) => {
    expect((await world.call("fd_close", { fd: FD.file })).errno).toBe("EBADF");
  }),
  close("ok", "a preopened directory", { fd: FD.root }, async (_r, world) => {
    expect((await world.call("fd_prestat_get", { fd: FD.root })).errno).toBe("EBADF");
  }),
  close("ok", "stdin", { fd: FD.stdin }),
  close("EBADF", "a closed descriptor", { fd: FD.closed }),
  close("EBADF", "a number beyond 31 bits", { fd: 0xffff_ffff }),

  datasync("ok", "a file", { fd: FD.file }),
  datasync("ok", "a directory", { fd: FD.dir }),
  datasync("ENOTCAPABLE", "without the right", { fd: FD.bare }),
  datasync("EBADF", "a closed descriptor", { fd: FD.closed }),

  fdstatGet("ok", "a file: its type, flags and rights", { fd: FD.file }, (results) => {
    const fdstat = bytes(results, "fdstat");
    expect(fdstat.readUInt8(0)).toBe(4);
    expect(fdstat.readUInt16LE(2)).toBe(0);
    expect(rightsOf(fdstat) & READ).toBe(READ);
    expect(rightsOf(fdstat) & (1n << 14n), "readdir").toBe(0n);
  }),
  fdstatGet("ok", "a file to read only has no right to write", { fd: FD.reads }, (results) => {
    expect(rightsOf(bytes(results, "fdstat"))).toBe(READ);
  }),
  fdstatGet("ok", "a directory cannot seek, and hands on all rights", { fd: FD.root }, (results) => {
    const fdstat = bytes(results, "fdstat");
    expect(fdstat.readUInt8(0)).toBe(3);
    expect(rightsOf(fdstat) & ((1n << 2n) | (1n << 22n) | (1n << 6n))).toBe(0n);
    expect(fdstat.readBigUInt64LE(16) & READ).toBe(READ);
  }),
  fdstatGet("ok", "an append-only file", { fd: FD.log }, (results) => {
    expect(bytes(results, "fdstat").readUInt16LE(2)).toBe(1);
  }),
  fdstatGet("ok", "a socket", { fd: FD.socket }, (results) => {
    expect(bytes(results, "fdstat").readUInt8(0)).toBe(6);
  }),
  fdstatGet("ok", "stdout that is no terminal", { fd: FD.stdout }, (results) => {
    expect(bytes(results, "fdstat").readUInt8(0)).toBe(0);
  }),
  fdstatGet("ok", "a character device", { fd: FD.null }, (results) => {
    expect(bytes(results, "fdstat").readUInt8(0)).toBe(2);
  }),
  fdstatGet("ok", "needs no right", { fd: FD.bare }),
  fdstatGet("EBADF", "a closed descriptor", { fd: FD.closed }),

  setFlags("ok", "append", { fd: FD.file, flags: 1 }, async (_r, world) => {
    await world.call("fd_write", { fd: FD.file, data: "!" });
    const { results } = await world.call("fd_pread", { fd: FD.file, data: 20, offset: 0 });
    expect(text(results, "data")).toBe("hello world!");
  }),
  setFlags("ok", "nonblock, which is told then", { fd: FD.pipeRead, flags: 4 }, async (_r, world) => {
    const { results } = await world.call("fd_fdstat_get", { fd: FD.pipeRead });
    expect(bytes(results, "fdstat").readUInt16LE(2)).toBe(4);
  }),
  setFlags("EINVAL", "flags that are none", { fd: FD.file, flags: 32 }),
  setFlags("EINVAL", "sync, which is said when opening", { fd: FD.file, flags: 16 }),
  setFlags("ENOTCAPABLE", "without the right", { fd: FD.bare, flags: 0 }),
  setFlags("EBADF", "a closed descriptor", { fd: FD.closed, flags: 0 }),

  setRights("ok", "gives up writing", { fd: FD.file, base: READ, inheriting: 0 }, async (_r, world) => {
    expect((await world.call("fd_write", { fd: FD.file, data: "x" })).errno).toBe("ENOTCAPABLE");
    expect((await world.call("fd_read", { fd: FD.file })).errno).toBe("ok");
    expect((await world.call("fd_fdstat_set_rights", { fd: FD.file, base: ALL })).errno).toBe("ENOTCAPABLE");
  }),
  setRights(
    "ok",
    "what a directory hands on",
    { fd: FD.root, base: 1n << 13n, inheriting: 0 },
    async (_r, world) => {
      const open = { fd: FD.root, path: "file", base: READ };
      expect((await world.call("path_open", open)).errno).toBe("ENOTCAPABLE");
    },
  ),
  setRights("ENOTCAPABLE", "a right that is not there", { fd: FD.reads, base: READ | 64n, inheriting: 0 }),
  setRights("ENOTCAPABLE", "a right to hand on that is not there", {
    fd: FD.reads,
    base: READ,
    inheriting: 1,
  }),
  setRights("EBADF", "a closed descriptor", { fd: FD.closed }),

  filestatGet("ok", "a file", { fd: FD.file }, (results) => {
    const stat = bytes(results, "filestat");
    expect(stat.readUInt8(16)).toBe(4);
    expect([long(results, "filestat", 24), long(results, "filestat", 32)]).toEqual([1n, 11n]);
  }),
  filestatGet("ok", "a directory", { fd: FD.dir }, (results) => {
    expect(bytes(results, "filestat").readUInt8(16)).toBe(3);
  }),
  filestatGet("ok", "a socket", { fd: FD.socket }, (results) => {
    expect(bytes(results, "filestat").readUInt8(16)).toBe(6);
  }),
  filestatGet("ok", "stdin", { fd: FD.stdin }),
  filestatGet("ENOTCAPABLE", "without the right", { fd: FD.bare }),
  filestatGet("EBADF", "a closed descriptor", { fd: FD.closed }),

  setSize("ok", "longer", { fd: FD.file, size: 100 }, async (_r, world) => {
    expect(await sizeOf(world)).toBe(100n);
  }),
  setSize("ok", "shorter", { fd: FD.file, size: 5 }, async (_r, world) => {
    const { results } = await world.call("fd_pread", { fd: FD.file, data: 20, offset: 0 });
    expect(text(results, "data")).toBe("hello");
  }),
  setSize("EFBIG", "beyond 63 bits", { fd: FD.file, size: big }),
  setSize("EFBIG", "beyond what files can have", { fd: FD.file, size: 2n ** 60n }),
  setSize("EBADF", "a directory", { fd: FD.dir, size: 0 }),
  setSize("EINVAL", "a pipe", { fd: FD.pipeWrite, size: 0 }),
  setSize("ENOTCAPABLE", "to read only", { fd: FD.reads, size: 0 }),
  setSize("EBADF", "a closed descriptor", { fd: FD.closed, size: 0 }),

  setTimes("ok", "mtime alone", { fd: FD.file, atime: 5, mtime: 7, flags: 4 }, async (_r, world) => {
    const { results } = await world.call("fd_filestat_get", { fd: FD.file });
    expect(long(results, "filestat", 48)).toBe(7n);
    expect(long(results, "filestat", 40)).not.toBe(5n);
  }),
  setTimes("ok", "both", { fd: FD.file, atime: 5, mtime: 7, flags: 5 }, async (_r, world) => {
    const { results } = await world.call("fd_filestat_get", { fd: FD.file });
    expect([long(results, "filestat", 40), long(results, "filestat", 48)]).toEqual([5n, 7n]);
  }),
  setTimes("ok", "now", { fd: FD.file, flags: 10 }),
  setTimes("ok", "of a directory", { fd: FD.dir, atime: 1, mtime: 2, flags: 5 }),
  setTimes("ok", "nothing", { fd: FD.file, flags: 0 }),
  setTimes("EINVAL", "mtime and now", { fd: FD.file, flags: 12 }),
  setTimes("EINVAL", "atime and now", { fd: FD.file, flags: 3 }),
  setTimes("EINVAL", "flags that are none", { fd: FD.file, flags: 16 }),
  setTimes("EOVERFLOW", "a time beyond 63 bits", { fd: FD.file, mtime: big, flags: 4 }),
  setTimes("EROFS", "on a read-only file system", { fd: FD.roFile, mtime: 1, flags: 4 }),
  setTimes("ENOTCAPABLE", "without the right", { fd: FD.bare, flags: 0 }),
  setTimes("EBADF", "a closed descriptor", { fd: FD.closed, flags: 0 }),

  pread(
    "ok",
    "in the middle, the position stays",
    { fd: FD.file, data: 5, offset: 6 },
    async (results, world) => {
      expect(text(results, "data")).toBe("world");
      expect(results["nread"]).toBe(5);
      expect((await world.call("fd_tell", { fd: FD.file })).results["position"]).toBe(0n);
    },
  ),
  pread("ok", "beyond the end: nothing", { fd: FD.file, data: 5, offset: 100 }, (results) => {
    expect(results["nread"]).toBe(0);
  }),
  pread("EOVERFLOW", "an offset beyond 63 bits", { fd: FD.file, data: 5, offset: big }),
  pread("EISDIR", "a directory", { fd: FD.dir, data: 5 }),
  pread("ESPIPE", "a pipe", { fd: FD.pipeRead, data: 5 }),
  pread("ESPIPE", "a socket", { fd: FD.socket, data: 5 }),
  pread("ENOTCAPABLE", "to write only", { fd: FD.writes, data: 5 }),
  pread("ENOTCAPABLE", "without the right to seek", { fd: FD.reads, data: 5 }),
  pread("EBADF", "a closed descriptor", { fd: FD.closed, data: 5 }),

  prestatGet("ok", "the root", { fd: FD.root }, (results) => {
    expect([...bytes(results, "prestat")]).toEqual([0, 0, 0, 0, 1, 0, 0, 0]);
  }),
  prestatGet("EBADF", "a directory that was opened", { fd: FD.dir }),
  prestatGet("EBADF", "stdin", { fd: FD.stdin }),
  prestatGet("EBADF", "a closed descriptor", { fd: FD.closed }),

  prestatName("ok", "the root", { fd: FD.root, name: 1 }, (results) => {
    expect(text(results, "name")).toBe("/");
  }),
  prestatName("ok", "room to spare", { fd: FD.root, name: 10 }, (results) => {
    expect(text(results, "name")).toBe("/");
  }),
  prestatName("ENAMETOOLONG", "no room", { fd: FD.root, name: 0 }),
  prestatName("EBADF", "a directory that was opened", { fd: FD.dir, name: 10 }),
  prestatName("EBADF", "a closed descriptor", { fd: FD.closed, name: 10 }),

  pwrite(
    "ok",
    "in the middle, the position stays",
    { fd: FD.file, data: "W", offset: 6 },
    async (results, world) => {
      expect(results["nwritten"]).toBe(1);
      const { results: read } = await world.call("fd_read", { fd: FD.file, data: 20 });
      expect(text(read, "data")).toBe("hello World");
    },
  ),
  pwrite("ok", "beyond the end: a hole", { fd: FD.file, data: "!", offset: 12 }, async (_r, world) => {
    const { results } = await world.call("fd_pread", { fd: FD.file, data: 20, offset: 10 });
    expect(text(results, "data")).toBe("d\0!");
  }),
  pwrite("ok", "nothing", { fd: FD.file, data: "", offset: 0 }, (results) => {
    expect(results["nwritten"]).toBe(0);
  }),
  pwrite("EOVERFLOW", "an offset beyond 63 bits", { fd: FD.file, data: "x", offset: big }),
  pwrite("EFBIG", "an offset beyond what files can have", { fd: FD.file, data: "x", offset: 2n ** 60n }),
  pwrite("EBADF", "a directory", { fd: FD.dir, data: "x" }),
  pwrite("ESPIPE", "a pipe", { fd: FD.pipeWrite, data: "x" }),
  pwrite("ENOTCAPABLE", "to read only", { fd: FD.reads, data: "x" }),
  pwrite("EBADF", "a closed descriptor", { fd: FD.closed, data: "x" }),

  read("ok", "from the position on", { fd: FD.file, data: 5 }, async (results, world) => {
    expect(text(results, "data")).toBe("hello");
    expect(results["nread"]).toBe(5);
    const next = await world.call("fd_read", { fd: FD.file, data: 100 });
    expect(text(next.results, "data")).toBe(" world");
    expect((await world.call("fd_read", { fd: FD.file, data: 100 })).results["nread"]).toBe(0);
  }),
  read("ok", "stdin", { fd: FD.stdin, data: 100 }, (results) => expect(text(results, "data")).toBe("typed")),
  read("ok", "nothing", { fd: FD.file, data: 0 }, (results) => expect(results["nread"]).toBe(0)),
  read(
    "ok",
    "a pipe",
    { fd: FD.pipeRead, data: 9 },
    (results) => expect(text(results, "data")).toBe("in the"),
    [["fd_write", { fd: FD.pipeWrite, data: "in the" }]],
  ),
  read(
    "ok",
    "a pipe without writers: its end",
    { fd: FD.pipeRead, data: 9 },
    (results) => expect(results["nread"]).toBe(0),
    [["fd_close", { fd: FD.pipeWrite }]],
  ),
  read(
    "ok",
    "a packet",
    { fd: FD.packetsPeer, data: 2 },
    async (results, world) => {
      expect(text(results, "data")).toBe("on");
      const next = await world.call("fd_read", { fd: FD.packetsPeer, data: 9 });
      expect(text(next.results, "data"), "what is left of a packet is lost").toBe("two");
    },
    [
      ["fd_write", { fd: FD.packets, data: "one" }],
      ["fd_write", { fd: FD.packets, data: "two" }],
    ],
  ),
  read("ok", "the null device", { fd: FD.null, data: 5 }, (results) => expect(results["nread"]).toBe(0)),
  read("EAGAIN", "an empty pipe that does not wait", { fd: FD.pipeRead, data: 5 }, undefined, [
    ["fd_fdstat_set_flags", { fd: FD.pipeRead, flags: 4 }],
  ]),
  read("EISDIR", "a directory", { fd: FD.dir, data: 5 }),
  read("ENOTCAPABLE", "to write only", { fd: FD.writes, data: 5 }),
  read("ENOTCAPABLE", "without rights", { fd: FD.bare, data: 5 }),
  read("ENOTCAPABLE", "stdout", { fd: FD.stdout, data: 5 }),
  read("EBADF", "a closed descriptor", { fd: FD.closed, data: 5 }),

  readdir("ok", "all entries", { fd: FD.dir, entries: 4096, cookie: 0 }, (results) => {
    const all = direntsOf(bytes(results, "entries"));
    expect(all.slice(0, 2).map(({ name, type }) => [name, type])).toEqual([
      [".", 3],
      ["..", 3],
    ]);
    expect(
      all
        .slice(2)
        .map(({ name, type }) => [name, type])
        .sort(),
    ).toEqual([
      ["away", 7],
      ["inner", 4],
      ["sub", 3],
      ["up", 7],
    ]);
    expect(results["length"]).toBeLessThan(4096);
  }),
  readdir("ok", "mount points among them", { fd: FD.root, entries: 4096, cookie: 0 }, (results) => {
    const names = direntsOf(bytes(results, "entries")).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["ro", "small", "dev", "file"]));
  }),
  readdir(
    "ok",
    "from a cookie on",
    { fd: FD.dir, entries: 4096, cookie: 2 },
    (results) => {
      expect(direntsOf(bytes(results, "entries"))).toHaveLength(4);
    },
    [["fd_readdir", { fd: FD.dir, entries: 4096, cookie: 0 }]],
  ),
  readdir("ok", "a cookie beyond the end", { fd: FD.dir, entries: 4096, cookie: 100 }, (results) => {
    expect(results["length"]).toBe(0);
  }),
  readdir(
    "ok",
    "a small buffer is filled, the last entry cut",
    { fd: FD.dir, entries: 60, cookie: 0 },
    (results) => {
      expect(results["length"]).toBe(60);
      expect(direntsOf(bytes(results, "entries"))).toHaveLength(2);
    },
  ),
  readdir("ok", "a buffer that holds not even one", { fd: FD.dir, entries: 10, cookie: 0 }, (results) => {
    expect(results["length"]).toBe(10);
  }),
  readdir("EINVAL", "a cookie beyond 53 bits", { fd: FD.dir, entries: 4096, cookie: big }),
  readdir("ENOTDIR", "a file", { fd: FD.file, entries: 4096 }),
  readdir("ENOTDIR", "stdin", { fd: FD.stdin, entries: 4096 }),
  readdir("ENOTCAPABLE", "without the right", { fd: FD.bareDirectory, entries: 4096 }),
  readdir("EBADF", "a closed descriptor", { fd: FD.closed, entries: 4096 }),

  renumber("ok", "takes another's place", { fd: FD.file, to: FD.reads }, async (_r, world) => {
    expect((await world.call("fd_fdstat_get", { fd: FD.file })).errno).toBe("EBADF");
    expect((await world.call("fd_write", { fd: FD.reads, data: "x" })).errno).toBe("ok");
  }),
  renumber("ok", "to itself", { fd: FD.file, to: FD.file }, async (_r, world) => {
    expect((await world.call("fd_read", { fd: FD.file })).errno).toBe("ok");
  }),
  renumber("ok", "over a preopened directory", { fd: FD.dir, to: FD.root }, async (_r, world) => {
    expect((await world.call("fd_prestat_get", { fd: FD.root })).errno).toBe("EBADF");
  }),
  renumber("EBADF", "to a number that is not open", { fd: FD.file, to: FD.closed }),
  renumber("EBADF", "a closed descriptor", { fd: FD.closed, to: FD.file }),

  seek("ok", "from the start", { fd: FD.file, offset: 6, whence: 0 }, (r) => expect(r["position"]).toBe(6n)),
  seek("ok", "from here", { fd: FD.file, offset: 2, whence: 1 }, (r) => expect(r["position"]).toBe(5n), [
    ["fd_seek", { fd: FD.file, offset: 3, whence: 0 }],
  ]),
  seek("ok", "from the end", { fd: FD.file, offset: -5, whence: 2 }, (r) => expect(r["position"]).toBe(6n)),
  seek("ok", "beyond the end", { fd: FD.file, offset: 1000, whence: 2 }, (r) =>
    expect(r["position"]).toBe(1011n),
  ),
  seek("EINVAL", "before the start", { fd: FD.file, offset: -1, whence: 0 }),
  seek("EINVAL", "before the start, from the end", { fd: FD.file, offset: -12, whence: 2 }),
  seek("EINVAL", "a whence that is none", { fd: FD.file, offset: 0, whence: 3 }),
  seek("EINVAL", "beyond what files can have", { fd: FD.file, offset: 2n ** 62n, whence: 0 }),
  seek("EBADF", "a directory", { fd: FD.dir, offset: 0, whence: 0 }),
  seek("ESPIPE", "a pipe", { fd: FD.pipeRead, offset: 0, whence: 0 }),
  seek("ESPIPE", "stdout", { fd: FD.stdout, offset: 0, whence: 1 }),
  seek("ENOTCAPABLE", "without the right", { fd: FD.bare, offset: 0, whence: 0 }),
  seek("EBADF", "a closed descriptor", { fd: FD.closed, offset: 0, whence: 0 }),

  sync("ok", "a file", { fd: FD.file }),
  sync("ok", "a directory", { fd: FD.dir }),
  sync("ENOTCAPABLE", "without the right", { fd: FD.bare }),
  sync("ENOTCAPABLE", "a pipe", { fd: FD.pipeWrite }),
  sync("EBADF", "a closed descriptor", { fd: FD.closed }),

  tell("ok", "at the start", { fd: FD.file }, (r) => expect(r["position"]).toBe(0n)),
  tell("ok", "after reading", { fd: FD.file }, (r) => expect(r["position"]).toBe(3n), [
    ["fd_read", { fd: FD.file, data: 3 }],
  ]),
  tell("EBADF", "a directory", { fd: FD.dir }),
  tell("ESPIPE", "a socket", { fd: FD.socket }),
  tell("ENOTCAPABLE", "without the right", { fd: FD.bare }),
  tell("EBADF", "a closed descriptor", { fd: FD.closed }),

  write("ok", "at the position", { fd: FD.file, data: "J" }, async (results, world) => {
    expect(results["nwritten"]).toBe(1);
    const { results: read } = await world.call("fd_pread", { fd: FD.file, data: 20, offset: 0 });
    expect(text(read, "data")).toBe("Jello world");
  }),
  write("ok", "stdout", { fd: FD.stdout, data: "out" }, (_r, world) => expect(world.output()).toBe("out")),
  write(
    "ok",
    "appends, wherever the position is",
    { fd: FD.log, data: "two" },
    async (_r, world) => {
      const { results } = await world.call("fd_filestat_get", { fd: FD.log });
      expect(long(results, "filestat", 32)).toBe(6n);
    },
    [
      ["fd_write", { fd: FD.log, data: "one" }],
      ["fd_seek", { fd: FD.log, offset: 0, whence: 0 }],
    ],
  ),
  write("ok", "nothing", { fd: FD.file, data: "" }, (results) => expect(results["nwritten"]).toBe(0)),
  write("ok", "a socket", { fd: FD.socket, data: "hi" }, async (_r, world) => {
    const { results } = await world.call("fd_read", { fd: FD.peer, data: 9 });
    expect(text(results, "data")).toBe("hi");
  }),
  write("EPIPE", "a pipe that no one reads", { fd: FD.pipeWrite, data: "x" }, undefined, [
    ["fd_close", { fd: FD.pipeRead }],
  ]),
  write("EPIPE", "a socket whose peer is closed", { fd: FD.socket, data: "x" }, undefined, [
    ["fd_close", { fd: FD.peer }],
  ]),
  write("EMSGSIZE", "a packet that is too large", { fd: FD.packets, data: new Uint8Array(70_000) }),
  write("EAGAIN", "a full pipe that does not wait", { fd: FD.pipeWrite, data: "x" }, undefined, [
    ["fd_fdstat_set_flags", { fd: FD.pipeWrite, flags: 4 }],
    ["fd_write", { fd: FD.pipeWrite, data: new Uint8Array(65_536) }],
  ]),
  write("EBADF", "a directory", { fd: FD.dir, data: "x" }),
  write("ENOTCAPABLE", "to read only", { fd: FD.reads, data: "x" }),
  write("ENOTCAPABLE", "stdin", { fd: FD.stdin, data: "x" }),
  write("EBADF", "a closed descriptor", { fd: FD.closed, data: "x" }),
];
