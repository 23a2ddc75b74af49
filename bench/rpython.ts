import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rpython, Sandbox } from "../src/index.js";
import type { Context } from "./context.js";
import { compile } from "./lib/compile.js";
import { run } from "./lib/processes.js";
import { ratio, table } from "./lib/table.js";

/** Seconds per request of an RPython child; undefined where there is no C compiler. */
export interface RpythonReport {
  readonly raw: number;
  readonly getenv: number;
  readonly stat: number;
}

/** What PyPy's own controller, in Python, took for the same where two C processes exchanged a request in 8 µs. */
const ORIGINAL = { getenv: 31 / 8, stat: 43 / 8 };

export async function rpythonCost(context: Context): Promise<RpythonReport | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-bench-"));
  try {
    const [child, pingpong] = [await compile("rpython.c", folder), await compile("pingpong.c", folder)];
    if (child === undefined || pingpong === undefined) return undefined;
    const seconds = context.quick ? "0.2" : "1";
    const raw: { exchange: number } = JSON.parse((await run(pingpong, [seconds])).stdout);
    await using sandbox = await Sandbox.create({ guest: rpython({ executable: child, launcher: "none" }) });
    const result = await sandbox.exec([seconds]);
    if (!result.ok) throw new Error(`the child failed: ${result.status} ${result.stderr}`);
    const times: { getenv: number; stat: number } = JSON.parse(result.stdout);
    return { raw: raw.exchange, ...times };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function printRpython(report: RpythonReport | undefined): string {
  if (report === undefined) return "RPython children: left out, there is no C compiler";
  const row = (name: "getenv" | "stat"): string[] => [
    name,
    (report[name] * 1e6).toFixed(1),
    ratio(report[name] / report.raw),
    ratio(ORIGINAL[name]),
  ];
  return table(
    ["RPython's protocol, a request", "µs", "of two C processes", "PyPy's controller"],
    [row("getenv"), row("stat")],
  );
}
