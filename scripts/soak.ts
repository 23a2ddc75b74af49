/**
 * Many sessions for a long time, then every process killed: npm run soak -- [sessions] [minutes] [engine]
 *
 * Prints what is held every 10 seconds, and fails when more is held at the end than at the beginning, when a promise
 * does not settle, or when an error does not say what happened.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { EngineName, Sandbox } from "../src/index.js";
import { children, exercise, type Held, held, leftOver, newLoad, openSession } from "../test/soak/load.js";

const [sessions = "200", minutes = "10", engine = "native"] = process.argv.slice(2);
const count = Number(sessions);
const name: EngineName = engine === "wasm" ? "wasm" : "native";
const load = newLoad();
const MIB = 2 ** 20;

/** What a guest holds for itself alone, in bytes; nothing when it is gone. */
const privateOf = ({ pid, closed }: Sandbox): number => {
  if (closed !== undefined) return 0;
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kilobytes = [...text.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)].map((match) => Number(match[1]));
  return kilobytes.reduce((sum, each) => sum + each, 0) * 1024;
};

const report = (what: string): Held => {
  const now = held(load);
  console.log(
    `${what}: ${load.runs} runs, ${load.calls} host calls, ${load.bytes} bytes; ${now.processes} processes, ` +
      `${now.descriptors} descriptors, ${(now.memory / MIB).toFixed(1)} MiB, ${now.listeners} listeners, ` +
      `resident ${(process.memoryUsage.rss() / MIB).toFixed(0)} MiB`,
  );
  return now;
};

const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const others = children();
// What one sandbox leaves to the next ones is there from the beginning.
await (await openSession(name, load)).close();
const atStart = report("before");
const began = performance.now();
const until = began + Number(minutes) * 60_000;
const sandboxes = await Promise.all(Array.from({ length: count }, () => openSession(name, load)));
report("begun");
const working = sandboxes.map((sandbox, index) => exercise(sandbox, load, () => true, index));
const seen: Held[] = [];
const guests: number[] = [];
while (performance.now() < until) {
  await sleep(Math.min(10_000, until - performance.now() + 1));
  seen.push(report("running"));
  guests.push(sandboxes.reduce((sum, sandbox) => sum + privateOf(sandbox), 0) / count);
}
console.log("killing every process at a moment of its own");
await Promise.all(
  sandboxes.map(async (sandbox) => {
    await sleep(Math.random() * 2000);
    if (sandbox.closed === undefined) process.kill(sandbox.pid, "SIGKILL");
  }),
);
const settled = await Promise.race([
  Promise.all(working).then(() => true),
  sleep(60_000, false, { ref: false }),
]);
const closed = await Promise.race([
  Promise.all(sandboxes.map((sandbox) => sandbox.close())).then(() => true),
  sleep(60_000, false, { ref: false }),
]);
const left = await leftOver(others);
const atEnd = report("ended");
console.log("ends:", Object.fromEntries(load.ends));
console.log("said of the killed:", Object.fromEntries(load.reasons));
const part = Math.max(1, Math.floor(seen.length / 5));
const memory = (some: readonly Held[]): number => middle(some.map((each) => each.memory));
const early = memory(seen.slice(part, 2 * part));
const late = memory(seen.slice(-part));
console.log(
  `memory of the controller: ${(early / MIB).toFixed(1)} MiB in the second fifth, ${(late / MIB).toFixed(1)} MiB in the last; ` +
    `private memory of a guest: ${((guests[0] ?? 0) / MIB).toFixed(2)} MiB at first, ${((guests.at(-1) ?? 0) / MIB).toFixed(2)} MiB at last`,
);
const killed = [...load.reasons].reduce((sum, [, each]) => sum + each, 0);
const problems = [
  settled ? "" : "a promise did not settle",
  closed ? "" : "a sandbox did not close",
  [...load.reasons.keys()].every((reason) => /SIGKILL|limit of/.test(reason))
    ? ""
    : "an error did not say what happened",
  killed === count ? "" : `${killed} of ${count} kills were told of`,
  left.length > 0 ? `processes leaked: ${left.join(" ")}` : "",
  atEnd.descriptors > atStart.descriptors + 2 ? "descriptors leaked" : "",
  atEnd.listeners > atStart.listeners ? "listeners leaked" : "",
  late > early * 1.1 + 8 * MIB ? "the controller's memory grew" : "",
  (guests.at(-1) ?? 0) > (guests[part] ?? 0) * 1.2 + MIB ? "the guests' memory grew" : "",
].filter(Boolean);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
