import { describe, expect, it } from "vitest";
import { sallyportDialect } from "../../../src/dialects/sallyport.js";
import { AT_FDCWD, O_CREAT, O_RDWR } from "../../../src/kernel/flags.js";
import { end } from "../../../src/kernel/interception.js";
import { type OperationName, sallyport } from "../../../src/wire/operations.js";
import { joinServers } from "../../../src/wire/serve.js";
import { type Options, setting } from "../kernel/harness.js";
import { Frames, type Values } from "./frames.js";

const guest = (options: Options = {}) => {
  const at = setting(options);
  const frames = new Frames(joinServers(sallyportDialect(at.kernel)), 0);
  return { ...at, call: (name: OperationName, args: Values) => frames.call(sallyport[name], args) };
};

describe("the dialect of module sallyport", () => {
  it("carries arguments, results and errnos", async () => {
    const { call } = guest();
    const opened = await call("open", { at: AT_FDCWD, path: "/ä", flags: O_CREAT | O_RDWR, mode: 0o600 });
    expect(opened).toEqual({ errno: "ok", signal: 0, results: { fd: 3 } });
    expect((await call("writev", { fd: 3, data: "some bytes" })).results["length"]).toBe(10);
    const read = await call("pread", { fd: 3, data: 4, offset: 5 });
    expect(String(read.results["data"])).toBe("byte");
    expect(read.results["length"]).toBe(4);
    const { results } = await call("fstat", { fd: 3 });
    const stat = results["stat"];
    expect(Buffer.isBuffer(stat) && stat.readUInt32LE(16)).toBe(0o100600);
    expect(Buffer.isBuffer(stat) && stat.readBigUInt64LE(40)).toBe(10n);
    expect(await call("close", { fd: 77 })).toEqual({ errno: "EBADF", signal: 0, results: {} });
    expect((await call("stat", { at: AT_FDCWD, path: "/none" })).errno).toBe("ENOENT");
    expect((await call("lock", { fd: 3, command: 1, type: 1 })).errno).toBe("ok");
    expect((await call("socket", { domain: 16, type: 1 })).errno).toMatch(/EACCES|EAFNOSUPPORT/);
  });

  it("tells paths that are none", async () => {
    const { call } = guest();
    const stat = (path: string | Uint8Array) => call("stat", { at: AT_FDCWD, path });
    expect((await stat("a\0b")).errno).toBe("EINVAL");
    expect((await stat(Uint8Array.of(0x2f, 0xff))).errno).toBe("EILSEQ");
    expect((await stat("")).errno).toBe("ENOENT");
  });

  it("gives signals with answers", async () => {
    const { call, kernel } = guest();
    expect((await call("kill", { pid: 0, signal: 10 })).signal).toBe(10);
    expect((await call("clock", { id: 0 })).signal).toBe(0);
    const sleeping = call("sleep", { id: 1, until: 60_000_000_000n });
    kernel.interrupt(2);
    expect(await sleeping).toEqual({ errno: "EINTR", signal: 2, results: {} });
  });

  it("does not answer who leaves, and ends whom an interceptor ends", async () => {
    const statuses: number[] = [];
    const { call } = guest({
      onExit: (status) => statuses.push(status),
      intercept: { umask: () => end("enough") },
    });
    await expect(call("umask", { mask: -1 })).rejects.toThrow("enough");
    expect((await call("exit", { status: 7 })).errno).toBe("none");
    expect(statuses).toEqual([7]);
  });

  it("makes a file system's own failure EIO, and tells of it", async () => {
    const faults: string[] = [];
    const broken = () => {
      throw new TypeError("a bug of someone's");
    };
    const { call } = guest({
      mounts: new Map([["/bad", { kind: "bad", root: broken }]]),
      onFault: (error, operation) => faults.push(`${operation}: ${String(error)}`),
    });
    expect((await call("stat", { at: AT_FDCWD, path: "/bad" })).errno).toBe("EIO");
    expect(faults).toEqual(["stat: TypeError: a bug of someone's"]);
  });
});
