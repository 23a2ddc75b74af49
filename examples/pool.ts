/** Many users, one sandbox each: nothing of one reaches another. Run: npx tsx examples/pool.ts */
import { Pool } from "sallyport";

await using pool = new Pool({
  size: 2,
  max: 4,
  queue: 100,
  options: { limits: { memory: "256 MiB", cpu: "5 s", wall: "60 s", output: "1 MiB" } },
  // Done once for each sandbox, before anyone waits for it.
  prepare: (sandbox) => sandbox.run("import json, math"),
});
await pool.ready();

const programs = [
  "math.factorial(20)",
  "json.dumps({'a': [1, None]})",
  "1 / 0",
  "'secret' in globals()",
  "secret = 1",
];
const results = await Promise.all(programs.map((code) => pool.run(code)));
for (const [index, result] of results.entries()) {
  console.log(programs[index], "→", result.ok ? result.value : result.error.type);
}

// Several runs in one sandbox, which is closed afterwards.
const total = await pool.use(async (sandbox) => {
  await sandbox.files.write("numbers.txt", "1\n2\n39\n");
  return sandbox.run("sum(map(int, open('numbers.txt')))").value();
});
console.log("total:", total);

await pool.drain();
const { served, refused, ready } = pool.metrics;
console.log({ served, refused, ready });
