import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { Sandbox, unwrap } from "../../../src/index.js";
import { onEachEngine } from "../engines.js";

/** However busy the machine is, what can stop by itself does so before it is killed. */
const grace = "30 s";

onEachEngine("limits", (engine) => {
  it("stops what computes, lets `finally` run, keeps the output, and lives on", async () => {
    await using sandbox = await Sandbox.create({ engine, limits: { cpu: "200 ms", grace } });
    const code = "print('begun')\ntry:\n    while True: pass\nfinally:\n    print('cleaned up')";
    const result = await sandbox.run(code);
    expect(result).toMatchObject({
      ok: false,
      status: "timeout",
      limit: "cpu",
      closed: false,
      stdout: "begun\ncleaned up\n",
      error: { type: "TimeLimitExceeded", message: "The CPU time limit of 200 ms was reached" },
    });
    expect(result.ok ? [] : result.error.frames).toMatchObject([{ line: 3 }]);
    expect(result.usage.cpu).toBeGreaterThan(150);
    expect(unwrap(await sandbox.run("1"))).toBe(1);
  });

  it("stops what waits: sleeping, reading, and a host function that never answers", async () => {
    await using sandbox = await Sandbox.create({
      engine,
      functions: { never: () => new Promise(() => undefined) },
      limits: { grace },
    });
    const endless = (async function* () {
      yield "";
      await new Promise(() => undefined);
    })();
    for (const [code, options] of [
      ["import time; time.sleep(1000)", {}],
      ["import sys; sys.stdin.read()", { stdin: endless }],
      ["never()", {}],
      ["import asyncio; await asyncio.sleep(1000)", {}],
      ["import select; select.select([], [], [], 1000)", {}],
    ] as const) {
      const result = await sandbox.run(code, { ...options, limits: { wall: 100 } });
      expect(result, code).toMatchObject({ status: "timeout", limit: "wall", closed: false });
    }
    expect(unwrap(await sandbox.run("1"))).toBe(1);
  });

  it("does not count waiting as CPU time", async () => {
    await using sandbox = await Sandbox.create({ engine, limits: { cpu: "300 ms" } });
    expect(await sandbox.run("import time; time.sleep(0.7); 'done'")).toMatchObject({ value: "done" });
  });

  it("kills what does not stop, and says that it is closed", async () => {
    await using sandbox = await Sandbox.create({ engine, limits: { cpu: "400 ms", grace: "100 ms" } });
    const stubborn =
      "while True:\n    try:\n        while True: pass\n    except BaseException:\n        pass";
    expect(await sandbox.run(stubborn)).toMatchObject({ status: "timeout", limit: "cpu", closed: true });
    await expect(sandbox.run("1")).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });

  it("bounds the CPU time of all runs together, and closes the sandbox then", async () => {
    await using sandbox = await Sandbox.create({ engine, limits: { totalCpu: "1500 ms", grace } });
    const result = await sandbox.run("while True: pass", { limits: { cpu: "200 ms" } });
    expect(result).toMatchObject({ status: "timeout", limit: "cpu", closed: false });
    expect(await sandbox.run("print('on')\nwhile True: pass")).toMatchObject({
      status: "timeout",
      limit: "cpu",
      closed: true,
      stdout: "on\n",
      error: { message: expect.stringContaining("The CPU time limit of 1.5 s for all runs was reached") },
    });
    await expect(sandbox.run("1")).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });

  it("keeps of the output what the limit allows", async () => {
    await using sandbox = await Sandbox.create({ engine, limits: { output: 10_000, grace } });
    const result = await sandbox.run("while True: print('x' * 99)");
    expect(result).toMatchObject({ status: "output", closed: false });
    expect(result.stdout).toHaveLength(10_000);
    const both = await sandbox.run(
      "import sys\nsys.stderr.write('e' * 6000)\nsys.stdout.write('o' * 6000); sys.stdout.flush()",
    );
    expect(both.stderr.length + both.stdout.length).toBe(10_000);
    expect(await sandbox.run("print('x' * 9999)")).toMatchObject({ ok: true });
  });

  it("counts what is displayed as output", async () => {
    await using sandbox = await Sandbox.create({ engine, limits: { output: 10_000, grace } });
    const code = "from sallyport import display\nwhile True: display('x' * 900)";
    const result = await sandbox.run(code);
    expect(result).toMatchObject({ status: "output", closed: false });
    expect(result.displays.length).toBeGreaterThan(2);
    expect(result.displays.length).toBeLessThan(20);
    expect(unwrap(await sandbox.run("1"))).toBe(1);
  });

  it("stops after so many operations", async () => {
    await using sandbox = await Sandbox.create({ engine, limits: { grace } });
    const code = "import os\nwhile True: os.stat('/')";
    const result = await sandbox.run(code, { limits: { operations: 500 } });
    expect(result).toMatchObject({ status: "timeout", limit: "operations", closed: false });
    expect(unwrap(await sandbox.run("1"))).toBe(1);
  });

  it("makes a MemoryError of too much memory, which the guest can catch", async () => {
    await using sandbox = await Sandbox.create({ engine, limits: { memory: "128 MiB" } });
    expect(await sandbox.run("bytearray(10**9)")).toMatchObject({
      status: "memory",
      error: { type: "MemoryLimitExceeded" },
    });
    const code =
      "hoard = []\ntry:\n    while True: hoard.append(bytearray(10**6))\nexcept MemoryError:\n    n = len(hoard)\n    hoard = None\nn";
    expect(unwrap(await sandbox.run<number>(code))).toBeGreaterThan(10);
    expect(unwrap(await sandbox.run("1"))).toBe(1);
  });

  it("bounds storage and descriptors", async () => {
    await using sandbox = await Sandbox.create({ engine, limits: { storage: "100 KiB", descriptors: 20 } });
    expect(await sandbox.run("open('big', 'wb').write(b'x' * 200_000)")).toMatchObject({
      status: "error",
      error: { type: "OSError" },
    });
    expect(await sandbox.run("files = [open(f'/tmp/{n}', 'w') for n in range(30)]")).toMatchObject({
      error: { type: "OSError" },
    });
  });

  it("takes a run's limits only where they are lower", async () => {
    await using sandbox = await Sandbox.create({ engine, limits: { wall: "200 ms", output: 100, grace } });
    const result = await sandbox.run("import time; time.sleep(100)", { limits: { wall: "1 h" } });
    expect(result).toMatchObject({
      status: "timeout",
      error: { message: "The time limit of 200 ms was reached" },
    });
  });

  it("aborts by a signal: before, while it runs, and while it waits for its turn", async () => {
    await using sandbox = await Sandbox.create({ engine, limits: { grace } });
    await expect(sandbox.run("1", { signal: AbortSignal.abort(new Error("no")) })).rejects.toThrow("no");
    const controller = new AbortController();
    const running = sandbox.run("import time\ntime.sleep(1000)", { signal: controller.signal });
    const later = sandbox.run("1", { signal: controller.signal });
    // Who waits for his turn need not wait for it to give up.
    const impatient = sandbox.run("1", { signal: AbortSignal.timeout(20) });
    await expect(impatient).rejects.toMatchObject({ name: "TimeoutError" });
    const rejected = expect(later).rejects.toThrow("enough");
    await sleep(50);
    controller.abort(new Error("enough"));
    expect(await running).toMatchObject({ status: "killed", reason: "aborted", closed: false });
    await rejected;
    expect(unwrap(await sandbox.run("2"))).toBe(2);
  });

  it("raises KeyboardInterrupt on interrupt", async () => {
    await using sandbox = await Sandbox.create({ engine, limits: { grace } });
    const running = sandbox.run("print('ready', flush=True)\nwhile True: pass");
    for await (const _line of running.stdout.lines()) {
      running.interrupt();
      break;
    }
    expect(await running).toMatchObject({ status: "killed", reason: "interrupted", closed: false });
  });

  it("survives recursion without end", async () => {
    await using sandbox = await Sandbox.create({ engine });
    expect(await sandbox.run("def f(): f()\nf()")).toMatchObject({ error: { type: "RecursionError" } });
    expect(unwrap(await sandbox.run("1"))).toBe(1);
  });
});
