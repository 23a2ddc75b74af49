import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { nativeSupported } from "../../../src/engine/native.js";
import { Sandbox } from "../../../src/sandbox.js";
import { opener, places } from "../../support/durable-sessions.js";
import { ENGINES } from "../engines.js";

const { fresh, killed } = places();

describe("durable sessions", () => {
  const open = opener(ENGINES[0]);

  it("end where a limit ended them, and tell it again", async () => {
    const directory = fresh();
    const code =
      "import time\nprint('here')\ntry:\n    while True: time.sleep(0.01)\nfinally:\n    print('and there')";
    // However busy the machine is, it stops by itself.
    const patient = { limits: { grace: "30 s" } } as const;
    const first = await open(directory, {}, patient);
    const result = await first.run(code, { id: "long", limits: { wall: 2000 } });
    expect(result).toMatchObject({ status: "timeout", limit: "wall", stdout: "here\nand there\n" });
    expect(await first.run("1 + 1").value()).toBe(2);
    const left = await killed(first, directory);
    await using again = await open(left, {}, patient);
    expect(await again.run(code, { id: "long" })).toEqual(result);
    expect(await again.run("2 + 2").value()).toBe(4);
  });

  it("that were closed by a limit stay closed, and tell what was", async () => {
    const directory = fresh();
    const first = await open(directory, {}, { limits: { grace: 50 } });
    const result = await first.run("while True: pass", { id: "busy", limits: { cpu: 100 } });
    expect(result).toMatchObject({ status: "timeout", closed: true });
    await first.close();
    await using again = await open(directory, {}, { limits: { grace: 50 } });
    expect(await again.run("while True: pass", { id: "busy" })).toEqual(result);
    await expect(again.run("1 + 1")).rejects.toMatchObject({ code: "ERR_CLOSED" });
    await expect(again.files.list("/")).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });

  it.runIf(nativeSupported())("have the CPU time of all runs together, in whatever processes", async () => {
    const durable = { directory: fresh(), fsync: "never", snapshot: 4096 } as const;
    const options = { engine: "native", durable, limits: { totalCpu: 1500, grace: 50 } } as const;
    const burn = (seconds: number): string =>
      `import os, time\nend = time.process_time() + ${seconds}\nwhile time.process_time() < end: sum(range(200_000)), os.urandom(100)`;
    const first = await Sandbox.create(options);
    expect(await first.run(burn(1), { id: "first" })).toMatchObject({ ok: true });
    await first.run("1");
    expect(readdirSync(durable.directory)).toContain("snapshot-1");
    const left = await killed(first, durable.directory);

    await using again = await Sandbox.create({ ...options, durable: { ...durable, directory: left } });
    const result = await again.run(burn(1.3));
    expect(result).toMatchObject({ status: "timeout", limit: "cpu", closed: true });
    expect(result.ok || result.error.message).toMatch(/CPU time limit of 1.5 s for all runs/);
  });
});
