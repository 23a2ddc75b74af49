import { readFileSync } from "node:fs";
import { Sandbox } from "../src/index.js";
import type { Context } from "./context.js";
import { median } from "./lib/stats.js";
import { table } from "./lib/table.js";

/** Bytes of guest processes, from /proc/PID/smaps_rollup. */
export interface MemoryRow {
  readonly live: number;
  /** Private memory of each guest (median): what one more costs. */
  readonly each: number;
  /** Of all guests: the sum of what is private, and of the proportional share of what is common. */
  readonly private: number;
  readonly proportional: number;
  /** Of the controller: its resident memory for each live sandbox, beyond what it had before. */
  readonly controller: number;
}

export interface MemoryReport {
  readonly rows: readonly MemoryRow[];
}

interface Figures {
  readonly private: number;
  readonly proportional: number;
}

const figures = (pid: number): Figures => {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
  const sum = (name: RegExp): number =>
    [...text.matchAll(name)].reduce((total, match) => total + Number(match[1]) * 1024, 0);
  return { private: sum(/^Private_(?:Clean|Dirty):\s+(\d+)/gm), proportional: sum(/^Pss:\s+(\d+)/gm) };
};

export async function memoryUse(context: Context): Promise<MemoryReport> {
  if (process.platform !== "linux") return { rows: [] };
  const rows: MemoryRow[] = [];
  for (const live of context.quick ? [1, 20] : [1, 100, 500, 1000]) {
    const before = process.memoryUsage().rss;
    const sandboxes: Sandbox[] = [];
    try {
      while (sandboxes.length < live) {
        const sandbox = await Sandbox.create({ engine: "native" });
        sandboxes.push(sandbox);
        await sandbox.ready();
      }
      const all = sandboxes.map(({ pid }) => figures(pid));
      const total = (of: keyof Figures): number => all.reduce((sum, figure) => sum + figure[of], 0);
      const controller = (process.memoryUsage().rss - before) / live;
      rows.push({
        live,
        each: median(all.map((f) => f.private)),
        private: total("private"),
        proportional: total("proportional"),
        controller,
      });
      context.progress(`${live} live sandboxes`);
    } finally {
      await Promise.all(sandboxes.map((sandbox) => sandbox.close()));
    }
  }
  return { rows };
}

export function printMemory({ rows }: MemoryReport): string {
  const mega = (bytes: number): string => (bytes / 2 ** 20).toFixed(2);
  const lines = rows.map((r) => [
    String(r.live),
    mega(r.each),
    mega(r.private),
    mega(r.proportional),
    mega(r.controller),
  ]);
  return table(
    ["Live idle sandboxes", "private each, MiB", "private, all", "shared fairly, all", "controller, each"],
    lines,
  );
}
