import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { Context } from "./context.js";
import { run } from "./lib/processes.js";
import { geometricMean, minimum } from "./lib/stats.js";
import { milliseconds, ratio, table } from "./lib/table.js";

/** Best times in seconds of one program, by contestant; undefined where it does not run. */
export interface CpuRow {
  readonly program: string;
  readonly native: number;
  readonly guest: number;
  readonly pyodide: number | undefined;
  readonly monty: number | undefined;
}

export interface CpuReport {
  readonly rows: readonly CpuRow[];
  /** Geometric mean and the slowest, as ratios to native. */
  readonly mean: number;
  readonly worst: { readonly program: string; readonly ratio: number };
}

interface Measured {
  readonly times: readonly number[];
  readonly result: string;
}

const parse = (stdout: string): Measured | undefined => {
  const line = stdout.trim().split("\n").at(-1) ?? "";
  if (!line.startsWith("{")) return undefined;
  const value: Measured = JSON.parse(line);
  return value;
};

const programs = join(import.meta.dirname, "programs");
const worker = join(import.meta.dirname, "lib/worker.py");

/** CPU-bound programs: each contestant in turn, several rounds, the best time of each. */
export async function cpu(context: Context): Promise<CpuReport> {
  const { seconds, rounds } = context.quick ? { seconds: 0.1, rounds: 1 } : { seconds: 0.4, rounds: 3 };
  const names = readdirSync(programs)
    .filter((name) => name.endsWith(".py"))
    .sort();
  const rows: CpuRow[] = [];
  for (const name of names) {
    const file = join(programs, name);
    const best = { native: Infinity, guest: Infinity };
    for (let round = 0; round < rounds; round++) {
      const native = parse((await run(context.python.path, ["-I", worker, file, String(seconds)])).stdout);
      const guest = await context.guest.measure(file, seconds);
      if (native === undefined || guest === undefined) throw new Error(`${name} does not run`);
      if (native.result !== guest.result)
        throw new Error(`${name}: ${native.result} natively, ${guest.result} confined`);
      best.native = Math.min(best.native, minimum(native.times));
      best.guest = Math.min(best.guest, minimum(guest.times));
    }
    const peer = async (script: string): Promise<number | undefined> => {
      const ran = await run(process.execPath, [
        join(context.peers, script),
        "measure",
        file,
        String(seconds),
      ]);
      const measured = parse(ran.stdout);
      return measured === undefined ? undefined : minimum(measured.times);
    };
    const [pyodide, monty] = context.quick
      ? [undefined, undefined]
      : [await peer("pyodide-worker.mjs"), await peer("monty-worker.mjs")];
    const row = { program: basename(name, ".py"), ...best, pyodide, monty };
    rows.push(row);
    context.progress(`${row.program}: ${ratio(row.guest / row.native)}`);
  }
  const ratios = rows.map((row) => ({ program: row.program, ratio: row.guest / row.native }));
  const worst = ratios.reduce((a, b) => (a.ratio >= b.ratio ? a : b));
  return { rows, mean: geometricMean(ratios.map((r) => r.ratio)), worst };
}

export function printCpu({ rows, mean, worst }: CpuReport): string {
  const lines = rows.map((r) => [
    r.program,
    milliseconds(r.native),
    milliseconds(r.guest),
    ratio(r.guest / r.native),
    milliseconds(r.pyodide),
    ratio(r.pyodide === undefined ? undefined : r.pyodide / r.native),
    milliseconds(r.monty),
  ]);
  return [
    table(["CPU, ms (best)", "native", "confined", "ratio", "Pyodide", "ratio", "Monty"], lines),
    `geometric mean ${ratio(mean)}, slowest ${worst.program} ${ratio(worst.ratio)}`,
  ].join("\n");
}
