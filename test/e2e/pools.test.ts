import { expect, it } from "vitest";

import { Sandbox } from "../../src/index.js";
import { onEachEngine } from "./engines.js";

const POOLS = `
import asyncio
from concurrent.futures import ThreadPoolExecutor, as_completed

prepared = []
with ThreadPoolExecutor(4, initializer=prepared.append, initargs=("once",)) as pool:
    squares = list(pool.map(lambda x: x * x, range(5)))
    futures = [pool.submit(divmod, 7, n) for n in (2, 0)]
    outcomes = sorted(str(future.exception() or future.result()) for future in as_completed(futures))

async def main():
    loop = asyncio.get_running_loop()
    return await asyncio.gather(asyncio.to_thread(sum, [1, 2]), loop.run_in_executor(None, str, 5))

try:
    pool.submit(print)
except RuntimeError as error:
    refused = str(error)
[squares, outcomes, prepared, asyncio.run(main()), refused]
`;

onEachEngine("pools of threads", (engine) => {
  it("do their work at once", async () => {
    await using sandbox = await Sandbox.create({ engine });
    for (const _ of [1, 2]) {
      const result = await sandbox.run(POOLS);
      expect(result.ok ? result.value : result).toEqual([
        [0, 1, 4, 9, 16],
        ["(3, 1)", "integer division or modulo by zero"],
        ["once"],
        [3, "5"],
        "cannot schedule new futures after shutdown",
      ]);
      await sandbox.runFile("/dev/null");
    }
  });

  it("are what there is: a thread cannot be started", async () => {
    await using sandbox = await Sandbox.create({ engine });
    const result = await sandbox.run("import threading\nthreading.Thread(target=print).start()");
    expect(result.status === "error" && `${result.error.type}: ${result.error.message}`).toBe(
      "RuntimeError: can't start new thread: this interpreter has one thread (pools of concurrent.futures and asyncio work in it)",
    );
  });
});
