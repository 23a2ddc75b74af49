/**
 * The guest process of the wasm engine: its first thread starts the one that executes the guest, turns signals
 * into interrupts, and watches the limits that no system call sets.
 */
import { readFileSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { reasonOf } from "../../wire/thrown.js";
import { parseArguments } from "./arguments.js";
import { STATUS } from "./frames.js";
import { Interrupts } from "./interrupt.js";
import { compileModule } from "./program.js";
import { newSettled, SETTLE, settle } from "./settling.js";
import type { WasmMemory } from "./webassembly.js";

/** The stack of the executing thread (MiB): deep recursion must end by the interpreter's own limit. */
const STACK = 64;
/** JavaScript's own heap (MiB); the guest's memory is not in it. */
const HEAP = 64;
/** How often (ms) limits are looked at. */
const WATCH = 200;
const WASM_PAGE = 65_536;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGXCPU"] as const;

// Functions are validated when they are compiled, at their first call.
setFlagsFromString("--wasm-lazy-validation");

const leave = (status: number, message: string): never => {
  writeSync(2, `sallyport: ${message}\n`);
  process.exit(status);
};

/** Gives what `make` makes, or leaves with the reason why it cannot. */
const orLeave = <T>(status: number, make: () => T): T => {
  try {
    return make();
  } catch (error) {
    return leave(status, reasonOf(error));
  }
};

const args = orLeave(STATUS.usage, () => parseArguments(process.argv.slice(2)));
const settled = newSettled();
const worker = new Worker(new URL("./worker.js", import.meta.url), {
  workerData: { args, settled },
  env: {},
  resourceLimits: { stackSizeMb: STACK, maxOldGenerationSizeMb: HEAP, maxYoungGenerationSizeMb: 8 },
});

// Compiled here while the worker comes up.
const pages = Math.floor(args.memory / WASM_PAGE);
worker.postMessage(orLeave(STATUS.image, () => compileModule(readFileSync(args.module), pages)));

let interrupts: Interrupts | undefined;
worker.on("message", (message: typeof SETTLE | { memory: WasmMemory; address: number }) => {
  if (message === SETTLE) settle(settled);
  else interrupts = new Interrupts(message.memory, message.address);
});
for (const signal of SIGNALS) process.on(signal, () => interrupts?.trip(constants.signals[signal]));
worker.on("error", (error) => leave(STATUS.confinement, error.message));
worker.on("exit", (status) => process.exit(status));

const parent = process.ppid;
const watch = (): void => {
  const { user, system } = process.cpuUsage();
  if (args.cpu > 0 && user + system > args.cpu * 1e6) process.kill(process.pid, "SIGKILL");
  // The controller has gone, and the guest computes on without noticing.
  if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
};
setInterval(watch, WATCH).unref();
