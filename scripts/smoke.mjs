/**
 * Whether the built package works in a JavaScript runtime: node scripts/smoke.mjs, bun scripts/smoke.mjs,
 * deno run -A scripts/smoke.mjs. Prints a line for each engine, and fails when something is not as it should be.
 */
import { deepStrictEqual } from "node:assert/strict";
import { memory, Pool, Sandbox } from "../dist/index.js";

const { bun, deno, node } = process.versions;
const runtime = bun !== undefined ? `Bun ${bun}` : deno !== undefined ? `Deno ${deno}` : `Node ${node}`;

const total = async (numbers) => {
  let sum = 0;
  for await (const number of numbers) sum += number;
  return sum;
};

const functions = {
  add: (a, b = 2) => a + b,
  later: async (value) => value,
  rows: async function* () {
    yield 1;
    yield 2;
  },
  total,
};

const CODE = `
import asyncio, csv, sqlite3
rows_ = list(csv.DictReader(open("in.csv")))
[add(int(rows_[0]["a"])), await asyncio.gather(later(1), later(2)), list(rows()), await total(n for n in range(4))]
`;

const check = async (engine) => {
  const sandbox = await Sandbox.create({
    engine,
    functions,
    mounts: { "/sandbox": memory({ "in.csv": "a,b\n1,2\n" }) },
  });
  deepStrictEqual(await sandbox.run(CODE).value(), [3, [1, 2], [1, 2], 6]);
  const running = sandbox.run("for n in range(3): print(n, input())", { stdin: "a\nb\nc\n" });
  const lines = [];
  for await (const line of running.stdout.lines()) lines.push(line);
  deepStrictEqual(lines, ["0 a", "1 b", "2 c"]);
  const spinning = await sandbox.run("while True: pass", { limits: { cpu: 200 } });
  deepStrictEqual([spinning.status, spinning.closed], ["timeout", false]);
  const aborted = await sandbox.run("import time; time.sleep(60)", { signal: AbortSignal.timeout(100) });
  deepStrictEqual([aborted.status, aborted.closed], ["killed", false]);
  const [copy] = await sandbox.fork();
  deepStrictEqual(await copy.run("rows_[0]['b']").value(), "2");
  const left = await copy.run("import os; os._exit(3)");
  deepStrictEqual([left.status, left.code], ["exit", 3]);
  await copy.close();
  await sandbox.close();
  console.log(`${runtime}: ${engine} works`);
};

const native = process.platform === "linux" && process.arch === "x64";
for (const engine of native ? ["native", "wasm"] : ["wasm"]) await check(engine);
const pool = new Pool({ size: 2 });
deepStrictEqual((await pool.run("6 * 7")).value, 42);
await pool.close();
console.log(`${runtime}: pools work`);
