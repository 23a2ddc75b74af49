import { getEventListeners, setMaxListeners } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type EngineName,
  type GuestIterator,
  type Input,
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
  /** Listeners for events of this process, and for the abort of the signal that all sandboxes and runs share. */
  readonly listeners: number;
}

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    // The process has ended meanwhile.
    return "";
  }
};

/** Guest processes of this one, whatever their state: its children, and those of helpers that start guests for it. */
export const children = (of: number = process.pid): readonly number[] =>
  read(`/proc/${of}/task/${of}/children`)
    .split(" ")
    .filter(Boolean)
    .map(Number)
    .flatMap((pid) => (read(`/proc/${pid}/comm`).startsWith("spawner") ? children(pid) : [pid]));

/**
 * Guest processes that were not there before. A guest's helper reaps it when it gets to run, which may be after the
 * guest's end is known here: it is given a minute.
 */
export const leftOver = async (before: readonly number[]): Promise<readonly number[]> => {
  const until = performance.now() + 60_000;
  for (;;) {
    const left = children().filter((pid) => !before.includes(pid));
    if (left.length === 0 || performance.now() > until) return left;
    await sleep(10);
  }
};

export const held = ({ signal }: Load): Held => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const own = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  return {
    processes: children().length,
    descriptors: readdirSync("/proc/self/fd").length,
    memory: heapUsed + external,
    listeners: own + getEventListeners(signal, "abort").length,
  };
};

/** What many sessions do, and what became of it. */
export interface Load {
  /** Given to every sandbox and every run; never aborted. */
  readonly signal: AbortSignal;
  runs: number;
  calls: number;
  bytes: number;
  /** By status, or by the code of an error. */
  readonly ends: Map<string, number>;
  /** What was said of guests that ended otherwise than by themselves. */
  readonly reasons: Map<string, number>;
}

export const newLoad = (): Load => ({
  signal: sharedSignal(),
  runs: 0,
  calls: 0,
  bytes: 0,
  ends: new Map(),
  reasons: new Map(),
});

const sharedSignal = (): AbortSignal => {
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  return signal;
};

/** A session that computes, calls the host, streams both ways, uses files and errs. */
export const openSession = (engine: EngineName, load: Load): Promise<Sandbox> =>
  Sandbox.create({
    engine,
    signal: load.signal,
    // Hundreds on a few cores: a guest that is told to stop may have to wait for its turn.
    limits: { memory: "128 MiB", wall: "60 s", grace: "60 s", output: "1 MiB" },
    functions: {
      add: (a: number, b: number) => {
        load.calls++;
        return a + b;
      },
      later: async (value: unknown) => {
        load.calls++;
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

interface Step {
  readonly code: string;
  readonly stdin?: () => Input;
  /** Milliseconds after which it is aborted. */
  readonly abort?: number;
}

const STEPS: readonly Step[] = [
  { code: "sum(add(n, 1) for n in range(20))" },
  { code: "import asyncio\nawait asyncio.gather(*(later(n) for n in range(10)))" },
  { code: "sum(numbers(50)), total(n for n in range(50))" },
  { code: "for n in range(200): print('line', n)" },
  {
    code: "import json, os\nopen('f.json', 'w').write(json.dumps(list(range(500))))\nx = json.load(open('f.json'))\nos.remove('f.json')\nlen(x)",
  },
  { code: "it = numbers(10**6)\nnext(it)" },
  { code: "1 / 0" },
  { code: "import sys; sys.exit(2)" },
  { code: "import threading, time; time.sleep(0.001)" },
  { code: "input()", stdin: () => "a line\n" },
  {
    code: "import sys\nfor line in sys.stdin: print(line.upper(), end='')",
    stdin: async function* () {
      for (let n = 0; n < 50; n++) yield `line ${n}\n`;
    },
  },
  { code: "from sallyport import display\nfor n in range(5): display({'n': n})" },
  { code: "import time; time.sleep(60)", abort: 5 },
];

/** How many different things a session does, one after the other. */
export const steps = STEPS.length;

/** Does one thing after the other until told to stop, or until the sandbox is gone. */
export const exercise = async (
  sandbox: Sandbox,
  load: Load,
  more: () => boolean,
  first = 0,
): Promise<void> => {
  for (let turn = first; more(); turn++) {
    const { code, stdin, abort } = STEPS[turn % STEPS.length] ?? { code: "1" };
    let end: string;
    try {
      const signal = abort === undefined ? load.signal : AbortSignal.timeout(abort);
      const running = sandbox.run(code, { signal, ...(stdin === undefined ? {} : { stdin: stdin() }) });
      for await (const chunk of running.stdout) load.bytes += chunk.length;
      const result = await running;
      end = endOf(result);
      if (!result.ok && "closed" in result && result.closed) count(load.reasons, result.error.message);
      load.runs++;
    } catch (error) {
      // A run that was aborted before it began rejects with the signal's reason.
      if (error instanceof DOMException && abort !== undefined) end = "killed aborted";
      else if (error instanceof SallyportError) {
        end = error.code;
        count(load.reasons, error.message);
      } else throw error;
    }
    count(load.ends, end);
    if (sandbox.closed !== undefined) return;
  }
};

const count = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

const endOf = (result: RunResult): string => {
  if (result.status === "error") return `error ${result.error.type}`;
  if (result.status !== "killed") return result.status;
  return result.closed ? "killed" : `killed ${result.reason}`;
};
