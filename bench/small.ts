import { join } from "node:path";
import { Pool } from "../src/index.js";
import { smallPrograms } from "../test/programs/load.js";
import type { Context } from "./context.js";
import { run } from "./lib/processes.js";
import { table } from "./lib/table.js";

/** How many small programs print what they should, and how many run in a second. */
export interface SmallReport {
  readonly programs: number;
  readonly rows: ReadonlyMap<string, { readonly right: number; readonly perSecond: number }>;
}

export async function small(context: Context): Promise<SmallReport> {
  const programs = smallPrograms();
  const rows = new Map<string, { right: number; perSecond: number }>();
  {
    await using pool = new Pool({ size: 4, options: { engine: "native", env: { COLUMNS: "80" } } });
    const began = performance.now();
    const results = await Promise.all(
      programs.map(({ source, expected }) =>
        pool.use(
          async (sandbox) => (await sandbox.runProgram({ source, name: "<stdin>" })).stdout === expected,
        ),
      ),
    );
    const seconds = (performance.now() - began) / 1000;
    rows.set("sallyport, a pool, each in a sandbox of its own", {
      right: results.filter(Boolean).length,
      perSecond: programs.length / seconds,
    });
  }
  if (context.quick) return { programs: programs.length, rows };
  const input = programs.map(({ name, source }) => JSON.stringify({ name, source })).join("\n");
  for (const [title, script] of [
    ["Pyodide, one interpreter for all", "pyodide-worker.mjs"],
    ["Monty, in this process", "monty-worker.mjs"],
  ] as const) {
    const { stdout } = await run(process.execPath, [join(context.peers, script), "small"], input);
    const answers = new Map<string, string>();
    let seconds = Number.NaN;
    for (const line of stdout.split("\n").filter((text) => text.startsWith("{"))) {
      const answer: { name?: string; output?: string; seconds?: number } = JSON.parse(line);
      if (answer.seconds !== undefined) seconds = answer.seconds;
      if (answer.name !== undefined && answer.output !== undefined) answers.set(answer.name, answer.output);
    }
    const right = programs.filter(
      ({ name, expected }) => answers.get(name)?.trimEnd() === expected.trimEnd(),
    ).length;
    rows.set(title, { right, perSecond: programs.length / seconds });
  }
  return { programs: programs.length, rows };
}

export function printSmall({ programs, rows }: SmallReport): string {
  const lines = [...rows].map(([name, { right, perSecond }]) => [
    name,
    `${right} of ${programs}`,
    perSecond.toFixed(0),
  ]);
  return table(["Small programs of the kind that models write", "right", "a second"], lines);
}
