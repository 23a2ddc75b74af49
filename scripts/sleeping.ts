/**
 * Many sleeping sessions: makes them, each with a state of its own, then wakes some at random, and checks what they know.
 *
 *     npm run sleeping -- [sessions, default 10000] [woken, default 500] [native|wasm] [prepared]
 */
import { sleeping } from "../test/soak/sleeping.js";

const [sessions = "10000", wake = "500", engine = "native", image] = process.argv.slice(2);
const { made, bytes, wakeTime, memory, ...report } = await sleeping({
  sessions: Number(sessions),
  wake: Number(wake),
  engine: engine === "wasm" ? "wasm" : "native",
  prepared: image === "prepared",
  progress: console.error,
});
const mib = (size: number): string => `${(size / 2 ** 20).toFixed(1)} MiB`;
const kib = (size: number): string => `${(size / 1024).toFixed(1)} KiB`;
console.log(
  `${report.sessions} sessions made in ${made.toFixed(1)} s: ${((made * 1000) / report.sessions).toFixed(1)} ms each`,
);
console.log(
  `size of one: mean ${kib(bytes.mean)}, largest ${kib(bytes.most)}, on the disk ${kib(bytes.disk)}`,
);
console.log(
  `${report.woken} woken at random, ${report.wrong} with another state: p50 ${wakeTime.p50.toFixed(1)} ms, p99 ${wakeTime.p99.toFixed(1)} ms until the result of a run`,
);
console.log(
  `the controller's memory: ${mib(memory.start)} at the start, ${mib(memory.made)} when all were made and slept, ${mib(memory.woken)} at the end`,
);
if (report.wrong > 0) process.exitCode = 1;
