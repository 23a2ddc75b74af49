import { expect, it } from "vitest";
import { Sandbox } from "../../src/index.js";
import { onEachEngine } from "./engines.js";

/** Each uses all the memory there is; nothing of it is left when its exception is reported. */
const HUNGRY: readonly (readonly [name: string, code: string])[] = [
  ["blocks", "x = []\nwhile True: x.append(bytearray(1 << 20))"],
  ["lists in a list", "x = []\nwhile True: x.append([x])"],
  ["a chain of small objects", "last = None\nwhile True: last = (last, {})"],
  ["a dict", "x = {}\nwhile True: x[len(x)] = str(len(x))"],
  ["a number", "x = 1 << (1 << 29)\nwhile True: x = x << (1 << 29)"],
  ["a text", "x = 'x'\nwhile True: x += x"],
  ["more than there is, at once", "bytearray(2 ** 31 - 64)"],
  ["a list too long", "[0] * (2 ** 29)"],
  [
    "recursion without a limit",
    "import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(n): return f(n + 1) + 1\nf(0)",
  ],
  [
    "text inflated",
    "import zlib\nx = []\nwhile True: x.append(zlib.decompress(zlib.compress(bytes(1 << 22))))",
  ],
];

onEachEngine("a run that uses all memory", (engine) => {
  it("ends with status memory, whatever used it, keeps its output, and leaves the session alive", {
    timeout: 240_000,
  }, async () => {
    for (const [name, code] of HUNGRY) {
      await using sandbox = await Sandbox.create({ engine, limits: { memory: "72 MiB" } });
      await sandbox.run("kept = 7");
      const result = await sandbox.run(`print('before')\n${code}`);
      expect({ name, status: result.status, stdout: result.stdout }).toEqual({
        name,
        status: "memory",
        stdout: "before\n",
      });
      const freed = await sandbox.run(
        "x = last = None\nimport gc\ngc.collect()\nlen(bytearray(1 << 21)) * kept",
      );
      expect({ name, freed: freed.ok ? freed.value : freed }).toEqual({ name, freed: 7 << 21 });
    }
  });

  it("is told of in a program, too, with its traceback", async () => {
    await using sandbox = await Sandbox.create({ engine, limits: { memory: "72 MiB" } });
    await sandbox.files.write(
      "hungry.py",
      "last = None\nprint('before')\nwhile True:\n    last = (last, {})\n",
    );
    const result = await sandbox.runFile("hungry.py");
    expect(result.status).toBe("memory");
    expect(result.stdout).toBe("before\n");
    expect(result.stderr).toContain("MemoryError");
    expect((await sandbox.run("1 + 1")).status).toBe("ok");
  });

  it("can be freed by the next ones, where it was caught, too", async () => {
    await using sandbox = await Sandbox.create({ engine, limits: { memory: "72 MiB" } });
    const filled = await sandbox.run(`
      x = []
      while True:
          try: x.append(bytes(1000))
          except MemoryError: break
    `);
    expect(filled.status).toBe("ok");
    expect((await sandbox.run("x = None")).status).toBe("ok");
    expect(await sandbox.run("len(bytearray(1 << 22))")).toMatchObject({ status: "ok", value: 1 << 22 });
  });

  it("is reported however long the chain of exceptions", async () => {
    await using sandbox = await Sandbox.create({ engine, limits: { memory: "72 MiB" } });
    const result = await sandbox.run(`
      import contextlib
      print("before")
      with contextlib.ExitStack() as stack:
          while True: stack.callback(bytearray, 1 << 26)
    `);
    expect(result).toMatchObject({ status: "memory", stdout: "before\n" });
    expect((await sandbox.run("1 + 1")).status).toBe("ok");
  });

  it("is not what a MemoryError of the program's own is", async () => {
    await using sandbox = await Sandbox.create({ engine, limits: { memory: "72 MiB" } });
    expect((await sandbox.run("raise MemoryError('mine')")).status).toBe("error");
    const caught = await sandbox.run("try: bytearray(2 ** 31 - 64)\nexcept MemoryError: print('caught')\n5");
    expect(caught).toMatchObject({ status: "ok", value: 5, stdout: "caught\n" });
    expect((await sandbox.run("raise MemoryError('mine')")).status).toBe("error");
    expect((await sandbox.run("bytearray(2 ** 31 - 64)")).status).toBe("memory");
    expect((await sandbox.run("raise ValueError")).status).toBe("error");
  });
});
