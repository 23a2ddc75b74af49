import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Sandbox, Snapshot } from "../src/index.js";
import type { Context } from "./context.js";
import { interleaved, run } from "./lib/processes.js";
import { median } from "./lib/stats.js";
import { table } from "./lib/table.js";

/** What one more isolated interpreter costs a program that is running already. */
export interface Alternative {
  readonly version: string;
  /** Seconds from asking for it until it has answered 1+1. */
  readonly another: number;
  /** Bytes of private memory of one that has done so and is idle. */
  readonly idle: number;
  /** Of one that has done little: seconds to take, seconds until a restored one has answered, bytes. */
  readonly snapshot: { readonly take: number; readonly restore: number; readonly bytes: number } | undefined;
}

export interface AlternativesReport {
  readonly rows: ReadonlyMap<string, Alternative>;
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
};

const privateOf = (pid: number): number => {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
  return [...text.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+)/gm)].reduce(
    (sum, match) => sum + Number(match[1]) * 1024,
    0,
  );
};

/** Processes below this one, whatever the depth. */
const descendants = (pid: number): readonly number[] =>
  readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1")
      .split(" ")
      .filter(Boolean)
      .flatMap((child) => [Number(child), ...descendants(Number(child))]),
  );

async function sallyport(rounds: number): Promise<Alternative> {
  const another = await interleaved(
    new Map([["", () => timed(() => Sandbox.run("1+1", { engine: "native" }))]]),
    rounds,
  );
  await using sandbox = await Sandbox.create({ engine: "native" });
  await sandbox.run("1+1");
  // What is shared counts as private while there is nobody to share it with.
  await using other = await Sandbox.create({ engine: "native" });
  await other.run("1+1");
  const idle = privateOf(other.pid);
  const takes: number[] = [];
  const restores: number[] = [];
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    let data: Uint8Array = new Uint8Array();
    takes.push(
      await timed(async () => {
        data = await (await sandbox.snapshot()).bytes();
      }),
    );
    bytes = data.length;
    restores.push(
      await timed(async () => {
        await using copy = await Sandbox.restore(await Snapshot.decode(data), { engine: "native" });
        await copy.run("1+1");
      }),
    );
  }
  const manifest: { version: string } = JSON.parse(
    readFileSync(join(import.meta.dirname, "../package.json"), "utf8"),
  );
  return {
    version: manifest.version,
    another: median([...another.values()].flat()),
    idle,
    snapshot: { take: median(takes), restore: median(restores), bytes },
  };
}

/** Each Python in namespaces of its own, started from this process. */
async function bubblewrap(context: Context, rounds: number): Promise<Alternative | undefined> {
  const version = (await run("bwrap", ["--version"]).catch(() => undefined))?.stdout.trim().split(" ").at(-1);
  if (version === undefined) return undefined;
  const args = ["--ro-bind", "/", "/", "--unshare-all", "--die-with-parent", context.python.path, "-I", "-c"];
  const works = await run("bwrap", [...args, "print(1+1)"]);
  if (works.stdout.trim() !== "2") return undefined;
  const another = await interleaved(
    new Map([["", () => timed(() => run("bwrap", [...args, "print(1+1)"]))]]),
    rounds,
  );
  const child = spawn("bwrap", [...args, "print(1+1, flush=True); input()"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  const pid = child.pid ?? 0;
  const idle = [pid, ...descendants(pid)].reduce((sum, each) => sum + privateOf(each), 0);
  child.stdin.end("\n");
  await once(child, "close");
  return {
    version: `${version}, Python ${context.python.version}`,
    another: median([...another.values()].flat()),
    idle,
    snapshot: undefined,
  };
}

async function peer(context: Context, script: string, name: string): Promise<Alternative> {
  const { stdout, stderr } = await run(process.execPath, [join(context.peers, script), "alternative"]);
  const line = stdout.trim().split("\n").at(-1) ?? "";
  if (!line.startsWith("{")) throw new Error(`${name}: ${stderr.slice(-300)}`);
  const measured: Omit<Alternative, "version"> = JSON.parse(line);
  const manifest: { version: string } = JSON.parse(
    readFileSync(join(context.peers, "node_modules", name, "package.json"), "utf8"),
  );
  return { ...measured, version: manifest.version };
}

export async function alternatives(context: Context): Promise<AlternativesReport> {
  if (process.platform !== "linux") return { rows: new Map() };
  const rounds = context.quick ? 3 : 30;
  const rows = new Map([["Sallyport", await sallyport(rounds)]]);
  const wrapped = await bubblewrap(context, rounds);
  if (wrapped !== undefined) rows.set("bubblewrap + Python", wrapped);
  if (!context.quick) {
    rows.set("Pyodide", await peer(context, "pyodide-worker.mjs", "pyodide"));
    rows.set("Monty", await peer(context, "monty-worker.mjs", "@pydantic/monty"));
  }
  return { rows };
}

export function printAlternatives({ rows }: AlternativesReport): string {
  const ms = (seconds: number | undefined): string =>
    seconds === undefined ? "—" : (seconds * 1000).toFixed(2);
  const lines = [...rows].map(([name, { version, another, idle, snapshot }]) => [
    `${name} ${version}`,
    ms(another),
    (idle / 2 ** 20).toFixed(2),
    ms(snapshot?.take),
    ms(snapshot?.restore),
    snapshot === undefined ? "—" : (snapshot.bytes / 1024).toFixed(0),
  ]);
  return table(
    ["One more interpreter", "1+1 after, ms", "idle, MiB", "snapshot, ms", "restore, ms", "KiB"],
    lines,
  );
}
