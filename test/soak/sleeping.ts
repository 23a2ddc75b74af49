/** Many sessions that sleep: each with a state of its own, woken at random by a controller that has just begun. */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directoryStore, type EngineName, Image, Sessions } from "../../src/index.js";

export interface SleepingOptions {
  readonly sessions: number;
  readonly wake: number;
  readonly engine?: EngineName;
  /** Start from an image that has imported what the sessions use. */
  readonly prepared?: boolean;
  readonly progress?: (text: string) => void;
}

export interface SleepingReport {
  readonly sessions: number;
  readonly woken: number;
  /** Sessions whose state was not what it should be. */
  readonly wrong: number;
  /** Seconds to make all of them. */
  readonly made: number;
  /** Bytes of a session's file: mean, and the largest; and blocks on the disk, mean. */
  readonly bytes: { readonly mean: number; readonly most: number; readonly disk: number };
  /** Milliseconds from asking for a session that sleeps to the result of its first run. */
  readonly wakeTime: { readonly p50: number; readonly p99: number };
  /** Bytes that the controller has resident: at its start, and with all sessions asleep (after making, after waking). */
  readonly memory: { readonly start: number; readonly made: number; readonly woken: number };
}

const CONCURRENT = 4;

/** What each session is: a class, an object of it, a generator, a file, a database, random numbers that go on. */
const IMPORTS = "import random, sqlite3";
const setup = (index: number): string => `
${IMPORTS}
class Account:
    def __init__(self, owner, balance):
        self.owner, self.balance = owner, balance
account = Account("owner ${index}", ${index})
history = [{"step": n, "amount": n * ${index}} for n in range(50)]
counter = iter(range(${index}, ${index} + 1000))
next(counter)
open("/sandbox/notes.txt", "w").write("notes of ${index}")
database = sqlite3.connect(":memory:")
database.execute("create table t (n)")
database.execute("insert into t values (${index})")
random.seed(${index})
expected = random.Random(${index}).random()
`;

const CHECK = `
[account.owner, account.balance, sum(h["amount"] for h in history), next(counter), open("/sandbox/notes.txt").read(),
 database.execute("select n from t").fetchone()[0], random.random() == expected]
`;

const expected = (index: number): unknown => [
  `owner ${index}`,
  index,
  index * 1225,
  index + 1,
  `notes of ${index}`,
  index,
  true,
];

const rank = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

/** Does the work for 0, 1, … on so many at a time. */
const each = async (count: number, work: (index: number) => Promise<void>): Promise<void> => {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: CONCURRENT }, worker));
};

/** So many different numbers below `count`, at random. */
const sample = (count: number, many: number): readonly number[] => {
  const numbers = Array.from({ length: count }, (_, index) => index);
  for (let at = 0; at < many; at++) {
    const other = at + Math.floor(Math.random() * (count - at));
    [numbers[at], numbers[other]] = [numbers[other] ?? 0, numbers[at] ?? 0];
  }
  return numbers.slice(0, many);
};

const resident = (): number => {
  globalThis.gc?.();
  return process.memoryUsage.rss();
};

export const sleeping = async (options: SleepingOptions): Promise<SleepingReport> => {
  const { sessions: count, wake, progress = () => undefined } = options;
  const directory = mkdtempSync(join(tmpdir(), "sallyport-sleeping-"));
  await using image = options.prepared === true ? await Image.build({ setup: IMPORTS }) : undefined;
  const sandbox = () => ({
    ...(options.engine === undefined ? {} : { engine: options.engine }),
    ...(image === undefined ? {} : { image }),
  });
  const store = directoryStore(directory);
  const id = (index: number): string => `session-${index}`;
  try {
    const start = resident();
    const began = performance.now();
    {
      await using sessions = new Sessions({ store, sandbox, awake: CONCURRENT });
      await each(count, async (index) => {
        await sessions.use(id(index), (one) => one.run(setup(index)).value());
        await sessions.sleep(id(index));
        if (index % 500 === 499)
          progress(`${index + 1} made, ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`);
      });
    }
    const made = (performance.now() - began) / 1000;
    const afterMaking = resident();
    const files = readdirSync(directory).map((name) => statSync(join(directory, name)));
    const sizes = files.map(({ size }) => size);

    const times: number[] = [];
    let wrong = files.length === count ? 0 : 1;
    await using sessions = new Sessions({ store, sandbox, awake: 1 });
    for (const index of sample(count, wake)) {
      const asked = performance.now();
      const seen = await sessions.use(id(index), (one) => one.run(CHECK).value());
      times.push(performance.now() - asked);
      if (JSON.stringify(seen) !== JSON.stringify(expected(index))) wrong++;
    }
    times.sort((a, b) => a - b);
    return {
      sessions: count,
      woken: times.length,
      wrong,
      made,
      bytes: {
        mean: sizes.reduce((sum, size) => sum + size, 0) / sizes.length,
        most: Math.max(...sizes),
        disk: files.reduce((sum, { blocks }) => sum + blocks * 512, 0) / files.length,
      },
      wakeTime: { p50: rank(times, 0.5), p99: rank(times, 0.99) },
      memory: { start, made: afterMaking, woken: resident() },
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
