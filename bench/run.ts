/**
 * npm run bench [-- --quick] [--only cpu,start,operations,memory,small,session,snapshots,images,traces,rpython,alternatives] [--out FILE]
 *
 * Measures everything in one run, the peers beside us; prints tables and writes JSON. Needs the reference Python
 * (bench/reference.sh), and cc for the parts in C.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { directory } from "../src/index.js";
import { alternatives, printAlternatives } from "./alternatives.js";
import type { Context } from "./context.js";
import { cpu, printCpu } from "./cpu.js";
import { imageStarts, printImages } from "./image.js";
import { runInGuest } from "./lib/guest.js";
import { run } from "./lib/processes.js";
import { referencePython } from "./lib/python.js";
import { memoryUse, printMemory } from "./memory.js";
import { operations, printOperations } from "./operations.js";
import { printRpython, rpythonCost } from "./rpython.js";
import { printSession, session } from "./session.js";
import { printSmall, small } from "./small.js";
import { printSnapshots, snapshots } from "./snapshot.js";
import { printStart, start } from "./start.js";
import { printTraces, traceCost } from "./trace.js";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    out: { type: "string" },
  },
});

const here = import.meta.dirname;
const peers = join(here, "peers");
if (!values.quick && !existsSync(join(peers, "node_modules"))) {
  process.stderr.write("bench: installing the peers\n");
  const installed = await run("npm", [
    "install",
    "--prefix",
    peers,
    "--no-package-lock",
    "--no-fund",
    "--no-audit",
  ]);
  if (installed.status !== 0) throw new Error(`the peers cannot be installed: ${installed.stderr}`);
}

const context: Context = {
  quick: values.quick,
  python: referencePython(),
  peers,
  guest: {
    measure: async (file, seconds) => {
      const stdout = await runInGuest(
        join(here, "lib/worker.py"),
        [`/programs/${file.split("/").at(-1)}`, String(seconds)],
        {
          "/programs": directory(dirname(file)),
        },
      );
      return JSON.parse(stdout);
    },
  },
  progress: (text) => process.stderr.write(`bench: ${text}\n`),
};

const sections = {
  start: async () => section(await start(context), printStart),
  cpu: async () => section(await cpu(context), printCpu),
  operations: async () => section(await operations(context), printOperations),
  memory: async () => section(await memoryUse(context), printMemory),
  session: async () => section(await session(context), printSession),
  snapshots: async () => section(await snapshots(context), printSnapshots),
  images: async () => section(await imageStarts(context), printImages),
  traces: async () => section(await traceCost(context), printTraces),
  rpython: async () => section(await rpythonCost(context), printRpython),
  small: async () => section(await small(context), printSmall),
  alternatives: async () => section(await alternatives(context), printAlternatives),
} as const;

const section = <T>(report: T, print: (report: T) => string): T => {
  process.stdout.write(`\n${print(report)}\n`);
  return report;
};

const machine = {
  processor: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memory: totalmem(),
  kernel: release(),
  node: process.version,
  python: context.python.version,
  compiler: context.python.compiler,
};
process.stdout.write(
  `${machine.processor}, ${machine.cores} cores; Node ${machine.node}; native Python ${machine.python} (${machine.compiler}, Debian's build with PGO and LTO)\n`,
);

const wanted = new Set(values.only?.split(",") ?? Object.keys(sections));
const report: Record<string, unknown> = { date: new Date().toISOString(), machine };
for (const [name, measure] of Object.entries(sections)) {
  if (wanted.has(name)) report[name] = await measure();
}
const out = values.out ?? join(here, "results", "latest.json");
mkdirSync(dirname(out), { recursive: true });
const plain = (_: string, value: unknown): unknown =>
  value instanceof Map ? Object.fromEntries(value) : value;
writeFileSync(out, `${JSON.stringify(report, plain, 2)}\n`);
process.stderr.write(`bench: written to ${out}\n`);
