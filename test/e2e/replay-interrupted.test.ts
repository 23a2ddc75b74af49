import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { replay } from "../../src/replay/replay.js";
import { Sandbox } from "../../src/sandbox.js";
import type { TraceEvent } from "../../src/trace/events.js";
import { TraceReader } from "../../src/trace/reader.js";
import { onEachEngine } from "./engines.js";

const directory = mkdtempSync(join(tmpdir(), "sallyport-interrupted-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
let files = 0;
const fresh = (): string => join(directory, `${files++}.trace`);

const eventsOf = (file: string): readonly TraceEvent[] => {
  using reader = new TraceReader(file);
  return [...reader.entries()].flatMap((entry) => (entry.kind === "operation" ? [] : [entry]));
};

onEachEngine("a replay of what was interrupted", (engine) => {
  it("is the same to the byte where the code could be interrupted at one place only", async () => {
    const file = fresh();
    {
      await using sandbox = await Sandbox.create({
        engine,
        record: file,
        limits: { cpu: "150 ms", grace: "30 s" },
      });
      const result = await sandbox.run("print('begun', flush=True)\nwhile True: pass");
      expect(result).toMatchObject({ status: "timeout", closed: false });
      await sandbox.run("print('and on')");
    }
    expect(eventsOf(file)).toMatchObject([
      { kind: "signal", signal: 24 },
      { kind: "end", end: { kind: "killed" } },
    ]);
    using reader = new TraceReader(file);
    expect(await replay(file, { engine })).toEqual({
      kind: "same",
      operations: reader.length,
      interruption: { signal: "SIGXCPU", after: expect.any(Number) },
      end: { kind: "killed", reason: "closed by its owner" },
      ending: "whole",
    });
  });

  it("comes to the same where nobody knows how far the code had come", async () => {
    const file = fresh();
    {
      // However busy the machine is, it stops by itself.
      await using sandbox = await Sandbox.create({ engine, record: file, limits: { grace: "30 s" } });
      const code = `
n = 0
try:
    print('begun', flush=True)
    while True:
        n += 1
        n.bit_length()
except KeyboardInterrupt:
    print('interrupted at', n)
    raise
`;
      const run = sandbox.run(code, { onStdout: () => void setTimeout(() => run.interrupt(), 60) });
      expect(await run).toMatchObject({ status: "killed", reason: "interrupted", closed: false });
      expect(await sandbox.run("1")).toMatchObject({ value: 1 });
    }
    const replayed = await replay(file, { engine });
    expect(replayed).toMatchObject({ kind: "alike", interruption: { signal: "SIGINT" } });
    if (replayed.kind !== "alike") return;
    // What differed first is told: most often what it printed, by how far it had come.
    expect(replayed.recorded).not.toEqual(replayed.asked);
    expect(replayed.operations).toBeGreaterThan(replayed.interruption.after);
  });

  it("is told to differ where the run comes to something else", async () => {
    const file = fresh();
    {
      // However busy the machine is, it stops by itself.
      await using sandbox = await Sandbox.create({ engine, record: file, limits: { grace: "30 s" } });
      // What it comes to depends on the time at which it was interrupted.
      const code = `
n = 0
try:
    print('begun', flush=True)
    while True: n += 1
except KeyboardInterrupt:
    import os
    os.stat(f'/{n}')
`;
      const run = sandbox.run(code, { onStdout: () => void setTimeout(() => run.interrupt(), 60) });
      await run;
    }
    expect(await replay(file, { engine })).toMatchObject({
      kind: "different",
      interruption: { signal: "SIGINT" },
      recorded: { name: "stat" },
      asked: { name: "stat" },
    });
  });

  it("ends where what did not stop was killed, however long it would go on", async () => {
    const file = fresh();
    {
      // Enough to come to the loop in, on an engine that compiles what runs for the first time.
      const limits = { cpu: "400 ms", grace: "80 ms" } as const;
      await using sandbox = await Sandbox.create({ engine, record: file, limits });
      expect(await sandbox.run("pass")).toMatchObject({ status: "ok" });
      // Between an exception and the next try nothing is caught but by the caller.
      const stubborn =
        "def go(callers):\n    while True:\n        try:\n            while True:\n                if callers: go(callers - 1)\n" +
        "        except BaseException: pass\ngo(9)";
      expect(await sandbox.run(stubborn)).toMatchObject({ status: "timeout", closed: true });
    }
    expect(await replay(file, { engine })).toMatchObject({
      kind: "same",
      end: { kind: "killed", reason: expect.stringContaining("did not stop") },
    });
  });

  it("has what interrupted a wait with the answer, to the byte", async () => {
    const file = fresh();
    {
      let interrupt = (): void => {};
      await using sandbox = await Sandbox.create({
        engine,
        record: file,
        intercept: {
          sleep: (_operation, next) => {
            setImmediate(() => interrupt());
            return next();
          },
        },
      });
      const run = sandbox.run("import time; time.sleep(100)");
      interrupt = () => run.interrupt();
      expect(await run).toMatchObject({ status: "killed", reason: "interrupted" });
    }
    expect(eventsOf(file).map(({ kind }) => kind)).toEqual(["end"]);
    expect(await replay(file, { engine })).toMatchObject({ kind: "same" });
  });

  it("has alarms of code that computes", async () => {
    const file = fresh();
    {
      await using sandbox = await Sandbox.create({ engine, record: file });
      const code = `
import signal
rung = []
signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.03)
while not rung: pass
print(len(rung))
`;
      expect(await sandbox.run(code)).toMatchObject({ stdout: "1\n" });
    }
    expect(eventsOf(file)).toMatchObject([{ kind: "signal", signal: 14 }, { kind: "end" }]);
    expect(await replay(file, { engine })).toMatchObject({ kind: "same" });
  });
});
