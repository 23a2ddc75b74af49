/**
 * large PYTHON ROUNDS: starts of print(1+1) from a controller that holds a gigabyte. Prints medians in seconds as JSON.
 */
import { Sandbox } from "../../src/index.js";
import { interleaved, run } from "./processes.js";
import { median } from "./stats.js";

const [python = "python3", rounds = "20"] = process.argv.slice(2);
const held = Array.from({ length: 64 }, (_, i) => Buffer.alloc(16 << 20, i + 1));

const timed = (work: () => Promise<string>) => async (): Promise<number> => {
  const began = performance.now();
  const stdout = await work();
  if (stdout.trim() !== "2") throw new Error(`not 2 but ${stdout}`);
  return (performance.now() - began) / 1000;
};

const contestants = new Map([
  ["guest", timed(async () => (await Sandbox.run("print(1+1)", { engine: "native" })).stdout)],
  ["native", timed(async () => (await run(python, ["-I", "-c", "print(1+1)"])).stdout)],
]);
for (const work of contestants.values()) await work();
const samples = await interleaved(contestants, Number(rounds));
const medians = [...samples].map(([name, values]) => [name, median(values)]);
if (held.some((bytes, i) => bytes[0] !== i + 1)) throw new Error("what is held was let go");
process.stdout.write(`${JSON.stringify(Object.fromEntries(medians))}\n`);
