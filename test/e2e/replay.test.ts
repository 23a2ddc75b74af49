import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { memory } from "../../src/fs/memory/memory.js";
import type { RunOptions, SandboxOptions } from "../../src/options/sandbox.js";
import { replay } from "../../src/replay/replay.js";
import { Sandbox } from "../../src/sandbox.js";
import { decodeRecord } from "../../src/trace/decode.js";
import { TraceReader } from "../../src/trace/reader.js";
import { TraceWriter } from "../../src/trace/writer.js";
import { sallyport } from "../../src/wire/operations.js";
import { ENGINES, onEachEngine } from "./engines.js";

const directory = mkdtempSync(join(tmpdir(), "sallyport-replay-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
let files = 0;
const fresh = (): string => join(directory, `${files++}.trace`);

interface Scenario {
  readonly title: string;
  readonly options?: SandboxOptions;
  readonly runs: readonly (readonly [code: string, options?: RunOptions])[];
}

const scenarios: readonly Scenario[] = [
  { title: "computing", runs: [["sum(i * i for i in range(1000))"], ["[1, 2, 3][::-1]"]] },
  {
    title: "time and randomness",
    runs: [
      ["import time, random, uuid, os, secrets"],
      [
        "time.sleep(0.01); [time.time(), random.random(), str(uuid.uuid4()), os.urandom(8).hex(), secrets.token_hex()]",
      ],
    ],
  },
  {
    title: "files",
    options: { mounts: { "/data": memory({ "in.txt": "some text\n".repeat(1000) }) } },
    runs: [
      [
        "import os, pathlib\ntext = open('/data/in.txt').read()\npathlib.Path('/tmp/out').write_text(text.upper())\nsorted(os.listdir('/')), os.stat('/tmp/out').st_size",
      ],
      ["open('/nowhere')"],
    ],
  },
  {
    title: "input and output",
    runs: [
      [
        "print(input()); import sys; sys.stderr.write('err\\n'); len(sys.stdin.read())",
        { stdin: "first\nthe rest" },
      ],
    ],
  },
  {
    title: "host functions",
    options: { functions: { add: (a: number, b: number) => a + b, later: async () => "there" } },
    runs: [["import asyncio\nadd(1, 2), await later()"]],
  },
  {
    title: "an event loop",
    runs: [
      [
        "import asyncio\nasync def f(n):\n    await asyncio.sleep(n / 1000)\n    return n\nawait asyncio.gather(*[f(n) for n in (3, 1, 2)])",
      ],
    ],
  },
  {
    title: "a database",
    runs: [
      [
        "import sqlite3\nc = sqlite3.connect('/tmp/x.db')\nc.execute('create table t (a)')\nc.executemany('insert into t values (?)', [(i,) for i in range(100)])\nc.commit()\nc.execute('select sum(a) from t').fetchone()",
      ],
    ],
  },
  { title: "an exception", runs: [["1 / 0"], ["raise SystemExit(3)"]] },
];

onEachEngine("replay", (engine) => {
  for (const { title, options = {}, runs } of scenarios) {
    it(`${title}: the same, to the byte, on every engine`, async () => {
      const file = fresh();
      {
        await using sandbox = await Sandbox.create({ ...options, engine, record: file });
        for (const [code, runOptions] of runs) await sandbox.run(code, runOptions);
      }
      for (const other of ENGINES) {
        const replayed = await replay(file, { engine: other });
        using reader = new TraceReader(file);
        expect(replayed).toMatchObject({ kind: "same", operations: reader.length });
      }
    });
  }
});

describe("a trace", () => {
  const record = async (code: string, options: SandboxOptions = {}): Promise<string> => {
    const file = fresh();
    await using sandbox = await Sandbox.create({ ...options, record: file });
    await sandbox.run(code);
    return file;
  };

  it("without times is the same for two deterministic runs", async () => {
    const [one, two] = [fresh(), fresh()];
    for (const file of [one, two]) {
      await using sandbox = await Sandbox.create({ deterministic: true, record: { file, times: false } });
      await sandbox.run(
        "import random, time, os; print(random.random(), time.time(), os.urandom(3), os.stat('/tmp'))",
      );
    }
    expect(readFileSync(one)).toEqual(readFileSync(two));
  });

  it("of a run that would now ask for something else is told from it", async () => {
    const file = await record("print('hello')");
    const changed = fresh();
    using reader = new TraceReader(file);
    using writer = new TraceWriter(changed, {
      ...reader.header,
    });
    for (const one of reader.records()) {
      const hit = one.operation === sallyport.write.number || one.operation === sallyport.writev.number;
      const request = Buffer.from(one.request);
      if (hit) request.write("J", request.length - "hello\n".length);
      writer.add({ ...one, request });
    }
    writer.close();
    const replayed = await replay(changed);
    expect(replayed.kind).toBe("different");
    if (replayed.kind !== "different") return;
    const text = (data: unknown): string => (data instanceof Uint8Array ? Buffer.from(data).toString() : "");
    expect(text(replayed.asked.args["data"])).toBe("hello\n");
    expect(text(replayed.recorded.args["data"])).toBe("Jello\n");
  });

  it("can be replayed up to a record", async () => {
    const file = await record("print('hello')");
    const seen: string[] = [];
    const replayed = await replay(file, {
      until: 5,
      onRecord: (one) => void seen.push(decodeRecord(one).name),
    });
    expect(replayed).toEqual({ kind: "stopped", operations: 5 });
    expect(seen).toHaveLength(5);
    expect(seen).toContain("next");
  });

  it("that is redacted cannot be replayed", async () => {
    const file = fresh();
    {
      await using sandbox = await Sandbox.create({ record: { file, redact: (name) => name === "write" } });
      await sandbox.run("print('secret')");
    }
    expect(readFileSync(file).includes("secret")).toBe(false);
    await expect(replay(file)).rejects.toThrow(/redacted/);
  });
});
