import { expect, it } from "vitest";
import { Pool, PoolError, unwrap } from "../../../src/index.js";
import { onEachEngine } from "../engines.js";

onEachEngine("Pool", (engine) => {
  it("runs each code in a sandbox that nobody had before", async () => {
    await using pool = new Pool({ size: 2, options: { engine } });
    await pool.ready();
    const code = `
      import os, builtins, sys
      seen = [os.path.exists("/sandbox/mark"), hasattr(builtins, "mark"), "mark" in globals(), "mark" in os.environ]
      open("/sandbox/mark", "w").write("x")
      builtins.mark = mark = 1
      os.environ["mark"] = "1"
      seen
    `;
    for (let n = 0; n < 6; n++) {
      expect(unwrap(await pool.run(code))).toEqual([false, false, false, false]);
    }
    expect(pool.metrics).toMatchObject({ served: 6, refused: 0, waiting: 0 });
  });

  it("serves more callers than it has sandboxes, and prepares each", async () => {
    await using pool = new Pool({
      size: 1,
      max: 3,
      options: { engine, functions: { double: (n: number) => n * 2 } },
      prepare: (sandbox) => sandbox.run("ready = 21"),
    });
    const results = await Promise.all(
      Array.from({ length: 8 }, () => pool.run("double(ready)").then(unwrap)),
    );
    expect(results).toEqual(Array(8).fill(42));
    expect(pool.metrics.started).toBeGreaterThanOrEqual(8);
  });

  it("replaces what dies while it stands ready", async () => {
    await using pool = new Pool({ size: 1, options: { engine } });
    await pool.ready();
    await pool.use(async (sandbox) => {
      sandbox.kill("for the test");
      await sandbox.ended;
    });
    expect(unwrap(await pool.run("1"))).toBe(1);
  });

  it("has a bounded queue, and lets those go who give up", async () => {
    await using pool = new Pool({ size: 1, max: 1, queue: 1, options: { engine } });
    await pool.ready();
    const controller = new AbortController();
    const running = pool.run("import time; time.sleep(60)", { signal: controller.signal });
    const waiting = pool.run("1");
    await expect(pool.run("2")).rejects.toThrow(PoolError);
    await expect(pool.run("2")).rejects.toMatchObject({ code: "ERR_POOL_FULL" });
    controller.abort();
    expect(await running).toMatchObject({ status: "killed", reason: "aborted" });
    expect(unwrap(await waiting)).toBe(1);
  });

  it("drains: takes no more, finishes what it has, closes all", async () => {
    const pool = new Pool({ size: 1, max: 2, options: { engine } });
    const runs = [1, 2, 3].map((n) => pool.run(`${n}`).then(unwrap));
    const drained = pool.drain();
    await expect(pool.run("4")).rejects.toMatchObject({ code: "ERR_POOL_CLOSED" });
    await drained;
    expect(await Promise.all(runs)).toEqual([1, 2, 3]);
    expect(pool.metrics).toMatchObject({ ready: 0, inUse: 0, starting: 0 });
  });

  it("says why no sandbox starts", async () => {
    await using pool = new Pool({
      size: 1,
      options: { engine },
      prepare: () => Promise.reject(new Error("cannot prepare")),
    });
    await expect(pool.run("1")).rejects.toThrow("No sandbox starts: cannot prepare");
  });
});
