import { join } from "node:path";
import { Pool, Sandbox } from "../src/index.js";
import type { Context } from "./context.js";
import { run } from "./lib/processes.js";
import { median } from "./lib/stats.js";
import { table } from "./lib/table.js";

/** A second: runs of "1+1" in a live interpreter, host calls, and bytes of values each way. */
export interface SessionRates {
  readonly runs: number;
  readonly calls: number;
  readonly toGuest: number;
  readonly fromGuest: number;
}

export interface SessionReport {
  readonly rows: ReadonlyMap<string, SessionRates>;
  /** Seconds from asking a pool for a sandbox until its run of "1+1" is done, when it is asked now and then. */
  readonly checkout: number;
  /** Host calls a second: awaited one by one, many at once. */
  readonly asyncCalls: number;
  readonly concurrentCalls: number;
}

async function rate(seconds: number, work: () => Promise<unknown>): Promise<number> {
  await work();
  let count = 0;
  const began = performance.now();
  while (performance.now() - began < seconds * 1000) {
    await work();
    count += 1;
  }
  return count / ((performance.now() - began) / 1000);
}

const check = async (ran: PromiseLike<{ readonly ok: boolean }>): Promise<void> => {
  if (!(await ran).ok) throw new Error("a run of the benchmark failed");
};

export async function session(context: Context): Promise<SessionReport> {
  const seconds = context.quick ? 0.2 : 1;
  const rows = new Map<string, SessionRates>();
  const data = Array.from({ length: 5000 }, (_, i) => ({ id: i, name: `name ${i}`, value: i / 3 }));
  const bytes = Buffer.byteLength(JSON.stringify(data));
  await using sandbox = await Sandbox.create({
    engine: "native",
    functions: { host: (x: number) => x + 1, later: async (x: number) => x + 1 },
  });
  const runs = await rate(seconds, () => check(sandbox.run("1+1")));
  const calls = 1000 * (await rate(seconds, () => check(sandbox.run("for i in range(1000): host(i)"))));
  const asyncCalls =
    1000 * (await rate(seconds, () => check(sandbox.run("for i in range(1000): await later(i)"))));
  const many = "import asyncio\nawait asyncio.gather(*(later(i) for i in range(1000)))\nNone";
  const concurrentCalls = 1000 * (await rate(seconds, () => check(sandbox.run(many))));
  const toGuest =
    bytes * (await rate(seconds, () => check(sandbox.run("len(rows)", { variables: { rows: data } }))));
  await sandbox.run("made = [{'id': i, 'name': f'name {i}', 'value': i / 3} for i in range(5000)]");
  const fromGuest = bytes * (await rate(seconds, () => check(sandbox.run("made"))));
  rows.set("sallyport", { runs, calls, toGuest, fromGuest });

  const waits: number[] = [];
  {
    await using pool = new Pool({ size: 4, options: { engine: "native" } });
    await pool.run("1+1");
    for (let i = 0; i < (context.quick ? 10 : 50); i++) {
      await new Promise((go) => setTimeout(go, 60));
      const began = performance.now();
      await check(pool.run("1+1"));
      waits.push((performance.now() - began) / 1000);
    }
  }
  if (!context.quick) {
    for (const [name, script] of [
      ["Pyodide", "pyodide-worker.mjs"],
      ["Monty", "monty-worker.mjs"],
    ] as const) {
      const { stdout } = await run(process.execPath, [join(context.peers, script), "session"]);
      const rates: SessionRates = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
      rows.set(name, rates);
    }
  }
  return { rows, checkout: median(waits), asyncCalls, concurrentCalls };
}

export function printSession({ rows, checkout, asyncCalls, concurrentCalls }: SessionReport): string {
  const lines = [...rows].map(([name, r]) => [
    name,
    r.runs.toFixed(0),
    r.calls.toFixed(0),
    (r.toGuest / 1e6).toFixed(1),
    (r.fromGuest / 1e6).toFixed(1),
  ]);
  return [
    table(
      ["A live interpreter, a second", 'runs of "1+1"', "host calls", "MB of values in", "MB out"],
      lines,
    ),
    `a pool's sandbox has run "1+1" after ${(checkout * 1000).toFixed(2)} ms; host calls awaited one by one ${asyncCalls.toFixed(0)}/s, 1000 at once ${concurrentCalls.toFixed(0)}/s`,
  ].join("\n");
}
