import { describe, expect, it } from "vitest";
import type { Awaitable, FileSystem, Inode } from "../../../src/fs/filesystem.js";
import { functions } from "../../../src/fs/functions.js";
import { isPromise } from "../../../src/wire/awaitable.js";

const at = (fs: FileSystem, path: string): Inode => {
  const root = fs.root();
  if (isPromise(root)) throw new Error("waits");
  let inode: Inode = root;
  for (const name of path.split("/")) {
    const next: Awaitable<Inode> | undefined = inode.lookup?.(name);
    if (next === undefined || isPromise(next)) throw new Error(`no ${name}`);
    inode = next;
  }
  return inode;
};
const reading = { read: true, write: false };
const writing = { read: false, write: true };

describe("files made of functions", () => {
  it("calls once for each opening", async () => {
    let calls = 0;
    const fs = functions({ "/proc/uptime": () => `${++calls}\n` });
    expect(at(fs, "proc").stat()).toMatchObject({ type: "directory", mode: 0o755 });
    const file = at(fs, "proc/uptime");
    expect(file.stat()).toMatchObject({ type: "file", size: 0, mode: 0o444 });
    const open = await file.open?.(reading);
    const into = new Uint8Array(8);
    expect([open?.read(into, 0), open?.read(into, 2), open?.read(into, 1)]).toEqual([2, 0, 1]);
    expect(calls).toBe(1);
    await (await file.open?.(reading))?.read(into, 0);
    expect(calls).toBe(2);
  });

  it("waits for promises, and takes bytes and text", async () => {
    const fs = functions({ a: async () => new Uint8Array([1, 2]), b: "fixed", c: new Uint8Array([9]) });
    const into = new Uint8Array(8);
    const read = async (name: string): Promise<number[]> => {
      const open = await at(fs, name).open?.(reading);
      return [...into.subarray(0, await open?.read(into, 0))];
    };
    expect([await read("a"), await read("b"), await read("c")]).toEqual([
      [1, 2],
      [102, 105, 120, 101, 100],
      [9],
    ]);
  });

  it("holds what is open of the same bytes once, and no more of all than twice the most for one", async () => {
    const made = new Uint8Array(900);
    const fs = functions(
      { text: "x".repeat(1000), same: () => made, other: () => "y".repeat(1000) },
      { bytes: 1000 },
    );
    const into = new Uint8Array(8);
    const read = async (name: string) => {
      const open = await at(fs, name).open?.(reading);
      return { open, length: async () => open?.read(into, 0) };
    };
    const held = [];
    for (const name of ["text", "text", "same", "same"]) held.push(await read(name));
    for (const { length } of held) expect(await length()).toBe(8);
    const more = await read("other");
    await expect(more.length()).rejects.toMatchObject({ code: "ENOMEM" });
    for (const { open } of held) await open?.close?.();
    expect(await more.length()).toBe(8);
    const third = [await read("other"), await read("other")];
    expect(await third[0]?.length()).toBe(8);
    await expect(third[1]?.length()).rejects.toMatchObject({ code: "ENOMEM" });
  });

  it("hands on what is written, as a copy", async () => {
    const got: Uint8Array[] = [];
    const fs = functions({ "/dev/log": { write: (data) => void got.push(data) } });
    const log = at(fs, "dev/log");
    expect(log.stat()).toMatchObject({ type: "character", mode: 0o222 });
    const open = await log.open?.(writing);
    const data = Buffer.from([1, 2, 3]);
    expect(await open?.write?.(data, 0)).toBe(3);
    data.fill(0);
    expect(await open?.append?.(new Uint8Array([4]))).toEqual({ written: 1, end: 0 });
    expect(got.map((bytes) => [...bytes])).toEqual([[1, 2, 3], [4]]);
    expect(open?.stream).toBe(true);
    expect(() => log.open?.(reading)).toThrow("EACCES");
  });

  it("refuses names and sizes that cannot be", async () => {
    expect(() => functions({ "": "x" })).toThrow(TypeError);
    expect(() => functions({ a: "x", "a/b": "y" })).toThrow(TypeError);
    expect(() => functions({ "a/b": "x", "/a//b": "y" })).toThrow(TypeError);
    expect(() => functions({ "../a": "x" })).toThrow("EINVAL");
    const open = await at(functions({ big: "12345" }, { bytes: 4 }), "big").open?.(reading);
    expect(() => open?.read(new Uint8Array(9), 0)).toThrow("EFBIG");
    expect(() => at(functions({ r: "x" }), "r").open?.(writing)).toThrow("EACCES");
  });
});
