import { spawn } from "node:child_process";

/** How a process ended, and how long it took from before its start until its end. */
export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** Runs a process to its end. */
export function run(command: string, args: readonly string[], input = "", env = process.env): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], env });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (data: Buffer) => out.push(data));
    child.stderr.on("data", (data: Buffer) => err.push(data));
    child.on("error", reject);
    child.on("close", (status) => {
      const seconds = (performance.now() - began) / 1000;
      const text = (parts: readonly Buffer[]) => Buffer.concat(parts).toString("utf8");
      resolve({ status, stdout: text(out), stderr: text(err), seconds });
    });
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

/** Measures each contestant in turn, `rounds` times over, so that a slow moment of the machine meets all of them. */
export async function interleaved<Name extends string>(
  contestants: ReadonlyMap<Name, () => Promise<number>>,
  rounds: number,
): Promise<ReadonlyMap<Name, readonly number[]>> {
  const samples = new Map<Name, number[]>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of contestants) {
      const value = await measure();
      samples.set(name, [...(samples.get(name) ?? []), value]);
    }
  }
  return samples;
}
