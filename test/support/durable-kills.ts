/**
 * Durable runs whose controller is killed at random moments, again and again, until they are done; and what must be true of
 * what they leave.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../fixtures/durable.py", import.meta.url));

export interface KillOptions {
  /** The built command. */
  readonly main: string;
  readonly engine: "native" | "wasm";
  /** Rounds of the program. */
  readonly rounds: number;
  /** Most kills; after them it is left to end. */
  readonly kills: number;
  /** Its random numbers are those of every run with this seed. */
  readonly seed?: string;
  /** Milliseconds, from the start of a process to its kill. */
  readonly delay: () => number;
}

export interface Killed {
  readonly kills: number;
  /** All of its output, as the directory has it. */
  readonly stdout: string;
  readonly stderr: string;
  /** What it left in the directory that it could write to. */
  readonly files: readonly string[];
}

interface Process {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const command = ({ main, engine, rounds, seed }: KillOptions, data: string, durable?: string): string[] => [
  main,
  "run",
  "--no-config",
  "--engine",
  engine,
  ...(seed === undefined ? [] : ["--seed", seed]),
  ...(durable === undefined ? [] : ["--durable", durable]),
  "--mount",
  `${data}:/data:rw`,
  PROGRAM,
  String(rounds),
  "/data",
];

const execute = (argv: readonly string[], killAfter?: number): Promise<Process> => {
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfter);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    });
  });
};

/** What is in a directory, in words. */
const listing = (directory: string): string[] =>
  readdirSync(directory, { withFileTypes: true, recursive: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const name = path.slice(directory.length + 1);
      if (entry.isSymbolicLink()) return `${name} -> ${readlinkSync(path)}`;
      if (entry.isDirectory()) return `${name}/`;
      // A database has its own counters in it: its rows are the program's to check.
      return name.endsWith(".db") ? name : `${name} ${statSync(path).nlink} ${readFileSync(path, "latin1")}`;
    })
    .sort();

/** The program without a journal. */
export const runOnce = async (options: KillOptions): Promise<Omit<Killed, "kills">> => {
  const data = mkdtempSync(join(tmpdir(), "sallyport-data-"));
  try {
    const { code, stdout, stderr } = await execute(command(options, data));
    if (code !== 0) throw new Error(`it ended with ${code}: ${stderr}`);
    return { stdout, stderr, files: listing(data) };
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
};

/** The program with a journal, killed and started again until it is done. Throws where anything is not as it must be. */
export const runKilled = async (options: KillOptions): Promise<Killed> => {
  const top = mkdtempSync(join(tmpdir(), "sallyport-durable-"));
  const [data, durable] = [join(top, "data"), join(top, "durable")];
  mkdirSync(data);
  const processes: Process[] = [];
  let kept = false;
  try {
    for (let kills = 0; ; ) {
      const ended = await execute(
        command(options, data, durable),
        kills < options.kills ? options.delay() : undefined,
      );
      processes.push(ended);
      if (ended.code === null) {
        kills += 1;
        continue;
      }
      if (ended.code !== 0) throw new Error(`it ended with ${ended.code}: ${ended.stderr}`);
      const [stdout, stderr] = [
        readFileSync(join(durable, "stdout"), "utf8"),
        readFileSync(join(durable, "stderr"), "utf8"),
      ];
      check(options, processes, { stdout, stderr }, data);
      const again = await execute(command(options, data, durable));
      if (again.code !== 0 || again.stdout !== stdout || again.stderr !== stderr) {
        throw new Error(`once it is done it does not give its output again: ${again.stderr}`);
      }
      return { kills, stdout, stderr, files: listing(data) };
    }
  } catch (error) {
    kept = true;
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${why} (${top}, engine ${options.engine}, ${processes.length} processes)`, {
      cause: error,
    });
  } finally {
    if (!kept) rmSync(top, { recursive: true, force: true });
  }
};

const check = (
  { rounds }: KillOptions,
  processes: readonly Process[],
  whole: { readonly stdout: string; readonly stderr: string },
  data: string,
): void => {
  const lines = whole.stdout.split("\n");
  const log = readFileSync(join(data, "log"), "utf8");
  if (log !== `${lines.slice(0, rounds).join("\n")}\n`)
    throw new Error("what was appended is not what was printed");
  if (!lines.some((line) => line.startsWith("done "))) throw new Error(`it is not done: ${whole.stdout}`);
  printed(
    whole.stdout,
    processes.map(({ stdout }) => stdout),
  );
  printed(
    whole.stderr,
    processes.map(({ stderr }) => stderr),
  );
};

/** What the processes printed, one after the other, is all of it; only the last piece of one may come again in the next. */
const printed = (whole: string, parts: readonly string[]): void => {
  let at = 0;
  for (const part of parts) {
    // One that was killed when it was done already has left nothing to do but to print all of it again.
    if (part === "" || (part === whole && at === whole.length)) continue;
    const from = [...Array(at + 1).keys()].reverse().find((start) => whole.startsWith(part, start));
    if (from === undefined)
      throw new Error(
        `a process printed ${JSON.stringify(part)} after ${JSON.stringify(whole.slice(0, at))}`,
      );
    // A round is a piece, and so is all that comes after them: Python keeps that back until its end.
    const rounds = whole.slice(from, at).match(/^[0-9a-f]{16}-|^round /gm) ?? [];
    if (rounds.length > 1) throw new Error(`printed again: ${JSON.stringify(whole.slice(from, at))}`);
    at = from + part.length;
  }
  if (at !== whole.length) throw new Error(`the processes did not print ${JSON.stringify(whole.slice(at))}`);
};
