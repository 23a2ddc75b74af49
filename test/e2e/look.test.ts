import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { memory } from "../../src/fs/memory/memory.js";
import type { Look } from "../../src/replay/look/look.js";
import { type Replayed, replay } from "../../src/replay/replay.js";
import type { Until } from "../../src/replay/target.js";
import { Sandbox } from "../../src/sandbox.js";
import { decodeRecord } from "../../src/trace/decode.js";
import { TraceReader } from "../../src/trace/reader.js";
import { TraceWriter } from "../../src/trace/writer.js";
import { sallyport } from "../../src/wire/operations.js";
import { onEachEngine } from "./engines.js";

const directory = mkdtempSync(join(tmpdir(), "sallyport-look-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const HELPER = `import os

def find(name, depth):
    local = [name] * 2
    if depth:
        return find(name, depth - 1)
    return os.stat(name)
`;

const CODE = `import helper, time

def outer(number):
    secret = number * 2
    began = time.time()
    try:
        return helper.find('/nowhere', 1)
    except FileNotFoundError:
        prices = {}
        return prices['missing']

outer(21)
`;

onEachEngine("a replay that is looked into", (engine) => {
  const file = join(directory, `${engine}.trace`);
  beforeAll(async () => {
    const mounts = { "/sandbox": memory({ "helper.py": HELPER }) };
    await using sandbox = await Sandbox.create({ engine, record: file, mounts });
    expect(await sandbox.run("x = [1, 2, 3]")).toMatchObject({ ok: true });
    expect(await sandbox.run(CODE)).toMatchObject({ error: { type: "KeyError" } });
  });

  const at = (until: Until, look: (look: Look) => Promise<void>): Promise<Replayed> =>
    replay(file, { engine, until, look });

  it("shows the frames, variables and sources where the program stands in an operation", async () => {
    const replayed = await at({ operation: "stat", path: "/nowhere" }, async (look) => {
      expect(look.operation).toMatchObject({ name: "stat", outcome: { error: "ENOENT" } });
      const { frames, raised } = await look.stack();
      expect(raised).toBeUndefined();
      expect(frames.map(({ file: name, line, function: of }) => [name, line, of])).toEqual([
        ["<cell 2>", 12, "<module>"],
        ["<cell 2>", 7, "outer"],
        ["/sandbox/helper.py", 6, "find"],
        ["/sandbox/helper.py", 7, "find"],
      ]);
      expect(frames.at(-1)).toMatchObject({ source: "    return os.stat(name)", column: 12, endColumn: 25 });
      expect(await look.variables(3)).toEqual([
        { name: "name", type: "str", repr: "'/nowhere'" },
        { name: "depth", type: "int", repr: "0" },
        { name: "local", type: "list", repr: "['/nowhere', '/nowhere']" },
      ]);
      expect(await look.lines(3, 4, 5)).toEqual(["    local = [name] * 2", "    if depth:"]);
      expect(await look.complete(3, "local.app")).toEqual(["local.append"]);
    });
    expect(replayed).toMatchObject({ kind: "stopped" });
  });

  it("runs Python in any frame, which changes nothing but this guest", async () => {
    const shown = async (look: Look, frame: number, source: string): Promise<readonly string[]> => {
      const done = await look.evaluate(frame, source);
      expect(done.kind).toBe("done");
      return done.kind === "done" ? done.shown : [];
    };
    for (let again = 0; again < 2; again += 1) {
      await at({ path: "/nowhere" }, async (look) => {
        expect(await shown(look, 1, "secret")).toEqual(["42"]);
        expect(await shown(look, 1, "secret += 1; secret")).toEqual(["43"]);
        expect(await shown(look, 0, "x")).toEqual(["[1, 2, 3]"]);
        expect(await shown(look, 3, "[(lambda: name + str(n))() for n in range(depth + 1)]")).toEqual([
          "['/nowhere0']",
        ]);
        const written: string[] = [];
        const done = await look.evaluate(3, "print('one\\ntwo'); 1 / 0", (data) => {
          written.push(Buffer.from(data).toString());
        });
        expect(written.join("")).toBe("one\ntwo\n");
        expect(done).toMatchObject({ kind: "error", error: expect.stringMatching(/ZeroDivisionError.*\n$/) });
        expect(done.kind === "error" ? done.error : "").not.toContain("FileNotFoundError");
        expect(await look.evaluate(0, "def f():")).toEqual({ kind: "incomplete" });
        expect((await look.evaluate(0, "1 +* 2")).kind).toBe("error");
        // The world of then is not there; what it had read of sources, and the library, are.
        expect(await shown(look, 0, "import os; os.path.exists('/nowhere'), os.listdir('/sandbox')")).toEqual(
          ["(False, ['helper.py'])"],
        );
        expect(await shown(look, 0, "import fractions; fractions.Fraction(6, 4)")).toEqual([
          "Fraction(3, 2)",
        ]);
        await expect(look.variables(9)).rejects.toThrow(/IndexError/);
        const endless = look.evaluate(0, "while True: pass\n");
        setTimeout(() => look.interrupt(), 50);
        expect(await endless).toMatchObject({
          kind: "error",
          error: expect.stringContaining("KeyboardInterrupt"),
        });
        expect(await shown(look, 1, "secret")).toEqual(["43"]);
      });
    }
  });

  it("stops where the exception was raised that ended the run", async () => {
    const replayed = await at("error", async (look) => {
      const { frames, raised } = await look.stack();
      expect(raised).toBe("KeyError('missing')");
      expect(frames.map(({ line, function: of }) => [line, of])).toEqual([
        [12, "<module>"],
        [10, "outer"],
      ]);
      expect((await look.variables(1)).map(({ name }) => name)).toEqual([
        "number",
        "secret",
        "began",
        "prices",
      ]);
    });
    expect(replayed.kind).toBe("stopped");
  });

  if (engine === "native")
    it("can be stopped in every operation that Python code asks for", async () => {
      using reader = new TraceReader(file);
      const wrong: string[] = [];
      let looked = 0;
      for (const record of reader.records()) {
        const { name } = decodeRecord(record);
        let frames = 0;
        const stopped = at(record.index, async (look) => {
          frames = (await look.stack()).frames.length;
        });
        if (name === "next")
          await expect(stopped).rejects.toThrow(/no Python code runs in operation \d+ \(next\)/);
        else {
          await stopped.catch((error: unknown) => wrong.push(`${record.index} ${name}: ${error}`));
          if (frames > 0) looked += 1;
          else wrong.push(`${record.index} ${name}: no frames`);
        }
      }
      expect(wrong).toEqual([]);
      expect(looked).toBeGreaterThan(15);
      // The last one of the program is found from the end.
      expect(await at(-1, async () => {})).toMatchObject({ kind: "stopped" });
    }, 120_000);

  it("is over when its guest ends, and when that does not heed an interruption", async () => {
    await at({ path: "/nowhere" }, async (look) => {
      await expect(look.evaluate(0, "import os; os._exit(3)")).rejects.toThrow("the guest has ended (exit)");
      await expect(look.evaluate(0, "1 + 1")).rejects.toThrow("the guest has ended (exit)");
      await expect(look.stack()).rejects.toThrow("the guest has ended (exit)");
    });
    await at({ path: "/nowhere" }, async (look) => {
      const deaf = `import signal
signal.signal(signal.SIGINT, signal.SIG_IGN); print("deaf")
while True: pass
`;
      const source = `exec(${JSON.stringify(deaf)})`;
      let hear = (): void => {};
      const heard = new Promise<void>((resolve) => {
        hear = resolve;
      });
      const ended = look.evaluate(0, source, () => hear());
      ended.catch(() => undefined);
      await heard;
      look.interrupt();
      look.interrupt();
      await expect(ended).rejects.toThrow("the guest has ended (killed)");
      await expect(look.stack()).rejects.toThrow("the guest has ended (killed)");
    });
  });

  it("says what it cannot do", async () => {
    await expect(at({ operation: "open", path: "/none/**" }, async () => {})).rejects.toThrow(
      'the trace has no open "/none/**" from operation 0 on',
    );
    await expect(
      at({ path: "/nowhere" }, async () => {
        throw new Error("of the caller's");
      }),
    ).rejects.toThrow("of the caller's");
  });

  it("takes nothing for granted that a program says of itself", async () => {
    const hostile = join(directory, `${engine}-hostile.trace`);
    const lookAt = (until: Until, look: (look: Look) => Promise<void>): Promise<Replayed> =>
      replay(hostile, { engine, until, look });
    {
      await using sandbox = await Sandbox.create({ engine, record: hostile });
      await sandbox.run(`
import os, signal
from sallyport import _wire
true_pack = _wire.pack_message
class Liar:
    def __repr__(self): raise SystemExit
liar = Liar()
os.path.exists('/first')
_wire.pack_message = lambda message: true_pack({'frames': [{'file': 1}], 'variables': {}, 'lines': None})
os.path.exists('/second')
_wire.pack_message = lambda message: b'\\xff' * 100
os.path.exists('/third')
_wire.pack_message = true_pack
signal.signal(63, signal.SIG_IGN)
os.path.exists('/fourth')
`);
    }
    await lookAt({ path: "/first" }, async (look) => {
      const liar = (await look.variables(0)).find(({ name }) => name === "liar");
      expect(liar?.repr).toBe("<Liar whose repr() failed: SystemExit>");
    });
    for (const path of ["/second", "/third"]) {
      await lookAt({ path }, async (look) => {
        await expect(look.stack()).rejects.toMatchObject({ code: "ERR_PROTOCOL" });
        await expect(look.variables(0)).rejects.toMatchObject({ code: "ERR_PROTOCOL" });
      });
    }
    await expect(lookAt({ path: "/fourth" }, async () => {})).rejects.toThrow(/cannot be looked into/);
  });

  it("tells where the program stands that asks for something else", async () => {
    const changed = join(directory, `${engine}-changed.trace`);
    {
      using reader = new TraceReader(file);
      using writer = new TraceWriter(changed, reader.header);
      for (const entry of reader.entries()) {
        if (entry.kind !== "operation") writer.event(entry, entry.at);
        else {
          const request = Buffer.from(entry.request);
          const place = request.indexOf("/nowhere");
          if (entry.operation === sallyport.stat.number && place >= 0)
            request.write("/anywhere".slice(0, 8), place);
          writer.add({ ...entry, request });
        }
      }
    }
    const replayed = await replay(changed, { engine });
    expect(replayed).toMatchObject({
      kind: "different",
      recorded: { name: "stat", args: { path: "/anywher" } },
      asked: { name: "stat", args: { path: "/nowhere" } },
      stack: [{ line: 12 }, { line: 7 }, { line: 6 }, { line: 7, file: "/sandbox/helper.py" }],
    });
  });
});
