/**
 * Many sessions for a long time, then every process killed: npm run soak -- [sessions] [minutes] [engine]
 *
 * Prints what is held every 10 seconds, and fails when more is held at the end than at the beginning.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { EngineName } from "../src/index.js";
import { exercise, held, newTally, openSession } from "../test/soak/load.js";

const [sessions = "200", minutes = "10", engine = "native"] = process.argv.slice(2);
const count = Number(sessions);
const name: EngineName = engine === "wasm" ? "wasm" : "native";
const tally = newTally();

const report = (what: string): void => {
  const { processes, descriptors, memory } = held();
  const megabytes = Math.round(memory / 2 ** 20);
  console.log(
    `${what}: ${tally.runs} runs, ${tally.calls} host calls, ${tally.bytes} bytes; ` +
      `${processes} processes, ${descriptors} descriptors, ${megabytes} MiB, ${process.listenerCount("exit")} listeners`,
  );
};

const atStart = held();
const until = performance.now() + Number(minutes) * 60_000;
const sandboxes = await Promise.all(Array.from({ length: count }, () => openSession(name, tally)));
report("begun");
const working = sandboxes.map((sandbox) => exercise(sandbox, tally, () => true));
const early = held();
while (performance.now() < until) {
  await sleep(10_000);
  report("running");
}
const late = held();
console.log("killing every process at a moment of its own");
await Promise.all(
  sandboxes.map(async (sandbox) => {
    await sleep(Math.random() * 1000);
    process.kill(sandbox.pid, "SIGKILL");
  }),
);
await Promise.all(working);
await Promise.all(sandboxes.map((sandbox) => sandbox.close()));
const atEnd = held();
report("ended");
console.log("ends:", Object.fromEntries(tally.ends));
const leaks = [
  atEnd.processes > atStart.processes ? "processes" : "",
  atEnd.descriptors > atStart.descriptors + 2 ? "descriptors" : "",
  late.memory > early.memory + 200 * 2 ** 20 ? "memory" : "",
].filter(Boolean);
if (leaks.length > 0) {
  console.error(`leaked: ${leaks.join(", ")}`);
  process.exitCode = 1;
}
