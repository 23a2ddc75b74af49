/**
 * Kills the controller of durable runs at random moments, 200 times unless told otherwise, and checks that what they leave is what
 * they leave without:
 *
 *     npm run durable:kills -- [KILLS]
 */
import { fileURLToPath } from "node:url";
import { type KillOptions, runKilled, runOnce } from "../test/support/durable-kills.js";

const total = Number(process.argv[2] ?? "200");
const main = process.env["SALLYPORT_MAIN"] ?? fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const LONGEST = { native: 700, wasm: 1500 } as const;

let kills = 0;
for (let number = 0; kills < total; number += 1) {
  const engine = number % 3 === 2 ? "wasm" : "native";
  const seeded = number % 2 === 0;
  const options: KillOptions = {
    main,
    engine,
    rounds: 60,
    kills: Math.min(25, total - kills),
    ...(seeded ? { seed: String(number) } : {}),
    delay: () => Math.random() * LONGEST[engine],
  };
  const run = await runKilled(options);
  kills += run.kills;
  if (seeded) {
    const without = await runOnce(options);
    if (run.stdout !== without.stdout || run.stderr !== without.stderr)
      throw new Error("the output is another");
    if (run.files.join("\n") !== without.files.join("\n")) throw new Error("the files are others");
  }
  console.log(`${engine}${seeded ? ", seeded" : ""}: ${run.kills} kills, done; ${kills} of ${total}`);
}
console.log(`${kills} kills, every run as without`);
