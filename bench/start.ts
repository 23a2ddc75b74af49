import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Sandbox } from "../src/index.js";
import type { Context } from "./context.js";
import { compile } from "./lib/compile.js";
import { interleaved, run } from "./lib/processes.js";
import { recordAnswers } from "./lib/record.js";
import { median } from "./lib/stats.js";
import { milliseconds, ratio, table } from "./lib/table.js";

/** Seconds (medians) from before a process starts until the result of print(1+1) is there and the process is gone. */
export interface StartReport {
  /** Without a controller: from recorded answers, by a program in C, which starts the native Python, too. */
  readonly alone: { readonly guest: number; readonly native: number } | undefined;
  /** From a live controller, which starts the native Python, too. */
  readonly live: ReadonlyMap<string, number>;
  /** The same from one that holds a gigabyte. */
  readonly large: { readonly guest: number; readonly native: number };
  /** From nothing: a new Node process, or whatever the peer needs. */
  readonly cold: ReadonlyMap<string, number>;
}

const CODE = "print(1+1)";

async function alone(context: Context, folder: string): Promise<StartReport["alone"]> {
  const tool = await compile("start.c", folder);
  if (tool === undefined) return undefined;
  const { file, argv, answers } = await recordAnswers(CODE, folder);
  const rounds = context.quick ? "20" : "200";
  const native = [context.python.path, "-I", "-S", "-c", CODE];
  const { stdout, stderr } = await run(tool, [rounds, answers, file, ...argv, "--", ...native]);
  const found = /^guest ([\d.]+) native ([\d.]+)/.exec(stdout);
  if (found === null) throw new Error(`start: ${stderr}`);
  return { guest: Number(found[1]) / 1e6, native: Number(found[2]) / 1e6 };
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
};

async function live(context: Context): Promise<ReadonlyMap<string, number>> {
  const native = (args: readonly string[]) => () =>
    timed(() => expectTwo(run(context.python.path, [...args, "-c", CODE])));
  const ours = () =>
    timed(async () => {
      const result = await Sandbox.run(CODE);
      if (result.stdout !== "2\n") throw new Error("the guest did not print 2");
    });
  const contestants = new Map([
    ["sallyport", ours],
    ["python3 -I", native(["-I"])],
    ["python3 -I -S", native(["-I", "-S"])],
  ]);
  for (const work of contestants.values()) await work();
  const samples = await interleaved(contestants, context.quick ? 10 : 60);
  return new Map([...samples].map(([name, values]) => [name, median(values)]));
}

async function large(context: Context): Promise<StartReport["large"]> {
  const script = join(import.meta.dirname, "lib/large.ts");
  const args = ["--import", "tsx", script, context.python.path, context.quick ? "5" : "30"];
  const { stdout, stderr } = await run(process.execPath, args);
  const found = /^\{.*\}$/m.exec(stdout)?.[0];
  if (found === undefined) throw new Error(`start: ${stderr}`);
  return JSON.parse(found);
}

async function expectTwo(ran: ReturnType<typeof run>): Promise<void> {
  const { stdout, stderr } = await ran;
  if (stdout.trim() !== "2") throw new Error(`not 2 but ${stdout} ${stderr.slice(-300)}`);
}

async function cold(context: Context, folder: string): Promise<ReadonlyMap<string, number>> {
  const cli = join(import.meta.dirname, "../dist/bundle/sallyport.js");
  const node = (args: readonly string[]) => () => timed(() => expectTwo(run(process.execPath, args)));
  const contestants = new Map<string, () => Promise<number>>([
    ["sallyport run", node([cli, "run", "-c", CODE])],
    ["sallyport run --engine wasm", node([cli, "run", "--engine", "wasm", "-c", CODE])],
    ["python3 -I", () => timed(() => expectTwo(run(context.python.path, ["-I", "-c", CODE])))],
  ]);
  const bwrap = [
    "--ro-bind",
    "/",
    "/",
    "--unshare-all",
    "--die-with-parent",
    context.python.path,
    "-I",
    "-c",
    CODE,
  ];
  if ((await run("bwrap", bwrap).catch(() => undefined))?.stdout.trim() === "2") {
    contestants.set("bubblewrap + python3", () => timed(() => expectTwo(run("bwrap", bwrap))));
  }
  if (!context.quick) {
    const pyodide = join(context.peers, "pyodide-worker.mjs");
    const snapshot = join(folder, "pyodide.snapshot");
    await run(process.execPath, [pyodide, "snapshot", snapshot]);
    contestants.set("Pyodide", node([pyodide, "start"]));
    contestants.set("Pyodide, memory snapshot", node([pyodide, "start", snapshot]));
    contestants.set("Monty", node([join(context.peers, "monty-worker.mjs"), "start"]));
  }
  const samples = await interleaved(contestants, context.quick ? 3 : 7);
  return new Map([...samples].map(([name, values]) => [name, median(values)]));
}

export async function start(context: Context): Promise<StartReport> {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-bench-"));
  try {
    return {
      alone: await alone(context, folder),
      live: await live(context),
      large: await large(context),
      cold: await cold(context, folder),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function printStart({ alone: a, live: l, large: g, cold: c }: StartReport): string {
  const rows: string[][] = [];
  if (a !== undefined) {
    rows.push(["guest alone", milliseconds(a.guest), ratio(a.guest / a.native)]);
    rows.push(["  python3 -I -S, alone", milliseconds(a.native), "1.00x"]);
  }
  const base = l.get("python3 -I");
  for (const [name, value] of l) {
    rows.push([
      `from a live controller: ${name}`,
      milliseconds(value),
      ratio(base === undefined ? undefined : value / base),
    ]);
  }
  const held = "from a live controller that holds 1 GiB";
  rows.push([`${held}: sallyport`, milliseconds(g.guest), ratio(g.guest / g.native)]);
  rows.push([`${held}: python3 -I`, milliseconds(g.native), "1.00x"]);
  const first = c.get("python3 -I");
  for (const [name, value] of c) {
    rows.push([
      `from nothing: ${name}`,
      milliseconds(value),
      ratio(first === undefined ? undefined : value / first),
    ]);
  }
  return table(["Start to the result of print(1+1), ms (median)", "", "ratio"], rows);
}
