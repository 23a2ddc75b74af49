import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { onEachEngine } from "../e2e/engines.js";
import { children, exercise, held, newTally, openSession } from "./load.js";

onEachEngine("many sessions at once", (engine) => {
  const count = engine === "native" ? 12 : 3;

  it("leave nothing behind when they are closed", async () => {
    const tally = newTally();
    const round = async (turns: number): Promise<void> => {
      const sandboxes = await Promise.all(Array.from({ length: count }, () => openSession(engine, tally)));
      await Promise.all(
        sandboxes.map(async (sandbox) => {
          let left = turns;
          await exercise(sandbox, tally, () => left-- > 0);
          await sandbox.close();
        }),
      );
    };
    await round(10);
    const before = held();
    await round(10);
    await round(10);
    const after = held();
    expect(after.processes).toBe(before.processes);
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + 2);
    expect(tally.runs).toBe(3 * 10 * count);
    expect([...tally.ends.keys()].sort()).toEqual(["error ZeroDivisionError", "exit", "ok"]);
  }, 300_000);

  it("settle every promise, and say what happened, when every process is killed", async () => {
    const tally = newTally();
    const before = new Set(children());
    const sandboxes = await Promise.all(Array.from({ length: count }, () => openSession(engine, tally)));
    const working = sandboxes.map((sandbox) => exercise(sandbox, tally, () => true));
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
    expect((tally.ends.get("killed") ?? 0) + (tally.ends.get("ERR_CLOSED") ?? 0)).toBe(count);
    expect(children().filter((pid) => !before.has(pid))).toEqual([]);
  }, 300_000);
});
