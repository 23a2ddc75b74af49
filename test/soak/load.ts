import { readdirSync, readFileSync } from "node:fs";
import {
  type EngineName,
  type GuestIterator,
  type RunResult,
  SallyportError,
  Sandbox,
} from "../../src/index.js";

/** What this process holds that can leak. */
export interface Held {
  readonly processes: number;
  readonly descriptors: number;
  /** Bytes of JavaScript's heap and what hangs on it, after a collection where one can be asked for. */
  readonly memory: number;
}

/** Child processes of this one, whatever their state. */
export const children = (): readonly number[] =>
  readFileSync(`/proc/self/task/${process.pid}/children`, "utf8")
    .trim()
    .split(" ")
    .filter(Boolean)
    .map(Number);

export const held = (): Held => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return {
    processes: children().length,
    descriptors: readdirSync("/proc/self/fd").length,
    memory: heapUsed + external,
  };
};

export interface Tally {
  runs: number;
  calls: number;
  bytes: number;
  /** By status, or by the code of an error. */
  readonly ends: Map<string, number>;
}

export const newTally = (): Tally => ({ runs: 0, calls: 0, bytes: 0, ends: new Map() });

/** A session that computes, calls the host, streams both ways, uses files and errs. */
export const openSession = (engine: EngineName, tally: Tally): Promise<Sandbox> =>
  Sandbox.create({
    engine,
    limits: { memory: "128 MiB", wall: "60 s", output: "1 MiB" },
    functions: {
      add: (a: number, b: number) => {
        tally.calls++;
        return a + b;
      },
      later: async (value: unknown) => {
        tally.calls++;
        await new Promise(setImmediate);
        return value;
      },
      numbers: async function* (count: number) {
        for (let n = 0; n < count; n++) yield n;
      },
      total: async (items: GuestIterator) => {
        let sum = 0;
        for await (const item of items) sum += Number(item);
        return sum;
      },
    },
  });

const PROGRAMS: readonly string[] = [
  "sum(add(n, 1) for n in range(20))",
  "import asyncio\nawait asyncio.gather(*(later(n) for n in range(10)))",
  "sum(numbers(50)), total(n for n in range(50))",
  "for n in range(200): print('line', n)",
  "import json, os\nopen('f.json', 'w').write(json.dumps(list(range(500))))\nx = json.load(open('f.json'))\nos.remove('f.json')\nlen(x)",
  "it = numbers(10**6)\nnext(it)",
  "1 / 0",
  "import sys; sys.exit(2)",
  "import threading, time; time.sleep(0.001)",
  "input()",
];

/** Runs one program after the other until told to stop, or until the sandbox is gone. */
export const exercise = async (sandbox: Sandbox, tally: Tally, more: () => boolean): Promise<void> => {
  for (let turn = 0; more(); turn++) {
    const code = PROGRAMS[turn % PROGRAMS.length] ?? "1";
    let end: string;
    try {
      const running = sandbox.run(code, { stdin: "a line\n" });
      for await (const chunk of running.stdout) tally.bytes += chunk.length;
      end = endOf(await running);
      tally.runs++;
    } catch (error) {
      if (!(error instanceof SallyportError)) throw error;
      end = error.code;
    }
    tally.ends.set(end, (tally.ends.get(end) ?? 0) + 1);
    if (sandbox.closed !== undefined) return;
  }
};

const endOf = (result: RunResult): string =>
  result.status === "error" ? `error ${result.error.type}` : result.status;
