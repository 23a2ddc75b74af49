import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { memory, Sandbox, wasi } from "../../src/index.js";

/** Put there by test/third-party/fetch.sh. */
const programs = join(import.meta.dirname, "../third-party/programs");
const program = (name: string) => wasi(join(programs, name));

describe("WASI programs that others wrote", () => {
  it("have been fetched", () => {
    expect(existsSync(join(programs, "quickjs.wasm")), "run: bash test/third-party/fetch.sh").toBe(true);
  });

  it("QuickJS runs JavaScript, and exits as it is told", async () => {
    await using sandbox = await Sandbox.create({
      guest: program("quickjs.wasm"),
      mounts: { "/work": memory({ "add.js": "export const add = (a, b) => a + b;\n" }) },
    });
    const code = `
      import { add } from "/work/add.js";
      import * as std from "qjs:std";
      console.log(add(40, 2), JSON.stringify([..."héllo"].map((c) => c.codePointAt(0))));
      const file = std.open("/work/out.txt", "w");
      file.puts("written\\n");
      file.close();
      std.exit(3);`;
    await sandbox.files.write("/work/main.mjs", code);
    const result = await sandbox.exec(["-m", "/work/main.mjs"]);
    expect(result.stdout).toBe("42 [104,233,108,108,111]\n");
    expect(result).toMatchObject({ status: "exit", code: 3 });
    expect(await sandbox.files.readText("/work/out.txt")).toBe("written\n");
  });

  it("another CPython, with its own library in a mount, sees only that", async () => {
    await using sandbox = await Sandbox.create({
      guest: program("python.wasm"),
      mounts: { "/work": memory({ "data.json": '{"n": [1, 2, 3]}' }) },
      env: { NAME: "guest" },
    });
    const code = [
      "import json, os, sys",
      "print(sys.version_info[:2], sum(json.load(open('/work/data.json'))['n']), os.environ['NAME'], sorted(os.listdir('/work')))",
      "open('/work/out.txt', 'w').write('x' * 100000)",
      "try: open('/etc/passwd')",
      "except OSError as e: print('refused', e.errno)",
    ].join("\n");
    const result = await sandbox.exec(["-c", code]);
    expect(result.stderr).toBe("");
    expect(result.stdout).toBe("(3, 12) 6 guest ['data.json']\nrefused 44\n");
    expect((await sandbox.files.read("/work/out.txt")).length).toBe(100_000);
  });

  it("GNU binutils assemble, and turn the object into a hex file", async () => {
    const work = memory({ "a.s": ".text\nldi r16, 42\nret\n" });
    {
      await using assembler = await Sandbox.create({
        guest: program("avr-as.wasm"),
        mounts: { "/src": work },
      });
      expect(await assembler.exec(["-o", "/src/a.o", "/src/a.s"])).toMatchObject({ ok: true, stderr: "" });
      const bad = await assembler.exec(["-o", "/src/b.o", "/src/missing.s"]);
      expect(bad).toMatchObject({ ok: false, status: "exit", code: 1 });
      expect(bad.stderr).toContain("can't open /src/missing.s for reading: No such file or directory");
    }
    await using objcopy = await Sandbox.create({
      guest: program("avr-objcopy.wasm"),
      mounts: { "/src": work },
    });
    expect((await objcopy.exec(["-O", "ihex", "/src/a.o", "/src/a.hex"])).ok).toBe(true);
    expect(await objcopy.files.readText("/src/a.hex")).toBe(":040000000AE2089573\r\n:00000001FF\r\n");
  });

  it("end with a limit as any guest", async () => {
    await using sandbox = await Sandbox.create({ guest: program("quickjs.wasm") });
    expect(await sandbox.exec(["-e", "for (;;);"], { limits: { wall: 1500 } })).toMatchObject({
      ok: false,
      status: "timeout",
      limit: "wall",
    });
    const spam = await sandbox.exec(["-e", "for (;;) console.log('x'.repeat(1000));"], {
      limits: { output: 10_000 },
    });
    expect(spam.status).toBe("output");
    expect(spam.stdout.length).toBe(10_000);
  });
});
