import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Sandbox } from "../src/index.js";
import type { Context } from "./context.js";
import { interleaved } from "./lib/processes.js";
import { median } from "./lib/stats.js";
import { table } from "./lib/table.js";

/** Seconds (medians) of a program without and with a trace that records it. */
export interface TraceCost {
  readonly plain: number;
  readonly recorded: number;
  readonly operations: number;
  /** Of the trace. */
  readonly bytes: number;
}

export interface TraceReport {
  readonly rows: ReadonlyMap<string, TraceCost>;
}

const PROGRAMS = {
  "operations: 20,000 files' attributes, 4,000 small reads and writes": `
import os
for n in range(20_000):
    os.stat("/sandbox")
with open("/tmp/file", "wb+", buffering=0) as file:
    for n in range(2_000):
        file.write(b"x" * 100)
    file.seek(0)
    for n in range(2_000):
        file.read(100)
`,
  "computing: objects, texts, sorting": `
total = 0
for turn in range(30):
    words = sorted(f"word {(n * 7919) % 10007}" for n in range(10_000))
    total += len({word: len(word) for word in words})
`,
} as const;

export async function traceCost(context: Context): Promise<TraceReport> {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-bench-trace-"));
  const rows = new Map<string, TraceCost>();
  try {
    for (const [name, code] of Object.entries(PROGRAMS)) {
      context.progress(`traces: ${name}`);
      const file = join(folder, "trace");
      let operations = 0;
      const measure = (record?: string) => async () => {
        await using sandbox = await Sandbox.create({
          engine: "native",
          ...(record === undefined ? {} : { record }),
        });
        await sandbox.ready();
        const began = performance.now();
        const result = await sandbox.run(code);
        const seconds = (performance.now() - began) / 1000;
        if (!result.ok) throw new Error(`the program has failed: ${JSON.stringify(result)}`);
        operations = Object.values(result.usage.operations).reduce((sum, count) => sum + count, 0);
        return seconds;
      };
      const contestants = new Map([
        ["plain", measure()],
        ["recorded", measure(file)],
      ]);
      const samples = await interleaved(contestants, context.quick ? 2 : 9);
      const { size } = statSync(file);
      rows.set(name, {
        plain: median(samples.get("plain") ?? []),
        recorded: median(samples.get("recorded") ?? []),
        operations,
        bytes: size,
      });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { rows };
}

export function printTraces({ rows }: TraceReport): string {
  const ms = (seconds: number): string => (seconds * 1000).toFixed(1);
  const lines = [...rows].map(([name, { plain, recorded, operations, bytes }]) => [
    name,
    ms(plain),
    ms(recorded),
    `${((recorded / plain - 1) * 100).toFixed(0)} %`,
    String(operations),
    (bytes / 1024).toFixed(0),
  ]);
  return table(["Recording a trace", "plain, ms", "recorded, ms", "more", "operations", "trace, KiB"], lines);
}
