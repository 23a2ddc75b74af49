import { existsSync } from "node:fs";
import { join } from "node:path";
import { Sandbox, Snapshot } from "../src/index.js";
import type { Context } from "./context.js";
import { interleaved, run } from "./lib/processes.js";
import { median } from "./lib/stats.js";
import { table } from "./lib/table.js";

/** Seconds and bytes for a session with so much state. */
export interface SnapshotTimes {
  /** Taking it. */
  readonly take: number;
  /** Bytes of memory in it, and of its file. */
  readonly memory: number;
  readonly file: number;
  /** Making the file, and reading it. */
  readonly encode: number;
  readonly decode: number;
  /** Until a restored sandbox has run "1". */
  readonly restore: number;
  /** Two copies, both of which have run "1". */
  readonly fork: number;
}

export interface SnapshotReport {
  /** By megabytes of a list of small objects. */
  readonly rows: ReadonlyMap<number, SnapshotTimes>;
  /** Seconds that the native Python takes to start, do nothing, and end. */
  readonly native: number;
  /** Pyodide's memory snapshot of an interpreter that has run nothing: seconds to make it, seconds until an interpreter that loads it has
   * run "1+1", and its bytes. */
  readonly pyodide: { readonly make: number; readonly load: number; readonly bytes: number } | undefined;
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly seconds: number; readonly value: T }> {
  const began = performance.now();
  const value = await work();
  return { seconds: (performance.now() - began) / 1000, value };
}

/** Some megabytes of dictionaries, lists and texts. */
const prepare = (megabytes: number): string =>
  `data = [{"id": n, "name": f"name {n}", "list": [n] * 10} for n in range(${Math.round(megabytes * 4500)})]`;

async function measure(megabytes: number, rounds: number): Promise<SnapshotTimes> {
  await using sandbox = await Sandbox.create({ engine: "native", limits: { memory: "1GiB" } });
  const options = { engine: "native", limits: { memory: "1GiB" } } as const;
  await sandbox.run(prepare(megabytes));
  const times: Record<"take" | "encode" | "decode" | "restore" | "fork", number[]> = {
    take: [],
    encode: [],
    decode: [],
    restore: [],
    fork: [],
  };
  let memory = 0;
  let file = 0;
  for (let round = 0; round < rounds; round++) {
    const taken = await timed(() => sandbox.snapshot());
    const encoded = await timed(() => taken.value.bytes());
    const decoded = await timed(() => Snapshot.decode(encoded.value));
    const restored = await timed(async () => {
      const copy = await Sandbox.restore(decoded.value, options);
      await copy.run("1");
      return copy;
    });
    const forked = await timed(async () => {
      const copies = await sandbox.fork(2);
      await Promise.all(copies.map((copy) => copy.run("1")));
      return copies;
    });
    await Promise.all([restored.value, ...forked.value].map((copy) => copy.close()));
    memory = taken.value.size;
    file = encoded.value.byteLength;
    times.take.push(taken.seconds);
    times.encode.push(encoded.seconds);
    times.decode.push(decoded.seconds);
    times.restore.push(restored.seconds);
    times.fork.push(forked.seconds);
  }
  const { take, encode, decode, restore, fork } = times;
  const middle = [take, encode, decode, restore, fork].map((values) => median(values));
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = middle;
  return { take: a, memory, file, encode: b, decode: c, restore: d, fork: e };
}

export async function snapshots(context: Context): Promise<SnapshotReport> {
  const rows = new Map<number, SnapshotTimes>();
  for (const megabytes of context.quick ? [0, 1] : [0, 1, 10, 50, 100]) {
    context.progress(`snapshots of ${megabytes} MB`);
    rows.set(megabytes, await measure(megabytes, context.quick ? 1 : 7));
  }
  return { rows, native: await native(context), pyodide: await pyodide(context) };
}

async function native({ python, quick }: Context): Promise<number> {
  const start = async () => (await run(python.path, ["-I", "-c", "pass"])).seconds;
  const samples = await interleaved(new Map([["", start]]), quick ? 5 : 30);
  return median([...samples.values()].flat());
}

async function pyodide(context: Context): Promise<SnapshotReport["pyodide"]> {
  if (context.quick || !existsSync(join(context.peers, "node_modules", "pyodide"))) return undefined;
  context.progress("Pyodide's snapshots");
  const worker = join(context.peers, "pyodide-worker.mjs");
  const { stdout, stderr } = await run(process.execPath, [worker, "alternative"]);
  const found = /"take":([\d.e-]+),"restore":([\d.e-]+),"bytes":(\d+)/.exec(stdout);
  if (found === null) throw new Error(`Pyodide has made no snapshot: ${stderr.slice(-300)}`);
  return { make: Number(found[1]), load: Number(found[2]), bytes: Number(found[3]) };
}

export function printSnapshots({ rows, native: start, pyodide: peer }: SnapshotReport): string {
  const ms = (seconds: number): string => (seconds * 1000).toFixed(1);
  const kib = (bytes: number): string => (bytes / 1024).toFixed(0);
  const lines = [...rows].map(([megabytes, t]) => [
    megabytes === 0 ? "fresh" : `${megabytes} MB of objects`,
    ms(t.take),
    kib(t.memory),
    ms(t.encode),
    kib(t.file),
    ms(t.decode),
    ms(t.restore),
    ms(t.fork),
  ]);
  const beside = [
    `Beside it: the native Python starts and ends in ${ms(start)} ms.`,
    ...(peer === undefined
      ? []
      : [
          `Pyodide makes a memory snapshot of a fresh interpreter in ${ms(peer.make)} ms (${kib(peer.bytes)} KiB), and is ready from it after ${ms(peer.load)} ms.`,
        ]),
  ];
  const rowsTable = table(
    [
      "Snapshots",
      "take, ms",
      "memory, KiB",
      "encode, ms",
      "file, KiB",
      "decode, ms",
      "restore, ms",
      "fork(2), ms",
    ],
    lines,
  );
  return [rowsTable, ...beside].join("\n");
}
