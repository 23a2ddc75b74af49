import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { onEachEngine } from "../e2e/engines.js";
import { children, exercise, held, leftOver, newLoad, openSession, steps } from "./load.js";

onEachEngine("many sessions at once", (engine) => {
  const count = engine === "native" ? 12 : 3;

  it("leave nothing behind when they are closed", async () => {
    const load = newLoad();
    const round = async (turns: number): Promise<void> => {
      const sandboxes = await Promise.all(Array.from({ length: count }, () => openSession(engine, load)));
      await Promise.all(
        sandboxes.map(async (sandbox) => {
          let left = turns;
          await exercise(sandbox, load, () => left-- > 0);
          await sandbox.close();
        }),
      );
    };
    const atStart = children();
    await round(steps);
    const before = held(load);
    await round(steps);
    await round(steps);
    expect(await leftOver(atStart)).toEqual([]);
    const after = held(load);
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + 2);
    expect(after.listeners).toBe(before.listeners);
    expect([...load.ends.values()].reduce((sum, n) => sum + n)).toBe(3 * steps * count);
    expect([...load.ends.keys()].sort()).toEqual(["error ZeroDivisionError", "exit", "killed aborted", "ok"]);
    expect(load.reasons.size).toBe(0);
  }, 300_000);

  it("settle every promise, and say what happened, when every process is killed", async () => {
    const load = newLoad();
    await (await openSession(engine, load)).close();
    const before = children();
    const atStart = held(load);
    const sandboxes = await Promise.all(Array.from({ length: count }, () => openSession(engine, load)));
    const working = sandboxes.map((sandbox, index) => exercise(sandbox, load, () => true, index));
    for (const sandbox of sandboxes) {
      await sleep(Math.random() * 20);
      process.kill(sandbox.pid, "SIGKILL");
    }
    await Promise.all(working);
    for (const sandbox of sandboxes) {
      expect(await sandbox.ended).toContain("SIGKILL");
      await expect(sandbox.run("1")).rejects.toMatchObject({ code: "ERR_CLOSED" });
      await sandbox.close();
    }
    expect((load.ends.get("killed") ?? 0) + (load.ends.get("ERR_CLOSED") ?? 0)).toBe(count);
    for (const reason of load.reasons.keys()) expect(reason).toContain("SIGKILL");
    expect(await leftOver(before)).toEqual([]);
    expect(held(load).listeners).toBe(atStart.listeners);
  }, 300_000);
});
