import { basename, dirname } from "node:path";
import { directory, type EngineChoice, type FileSystem, Sandbox } from "../../src/index.js";

/** A clock fine enough to time with; sandboxes have 1 ms unless told otherwise. */
export const FINE_CLOCK = { mode: "real", resolution: 1000n } as const;

/** Runs a Python file of the host in a sandbox of its own; answers its stdout. */
export async function runInGuest(
  file: string,
  args: readonly string[],
  mounts: Readonly<Record<`/${string}`, FileSystem>> = {},
  engine: EngineChoice = "native",
): Promise<string> {
  await using sandbox = await Sandbox.create({
    engine,
    clock: FINE_CLOCK,
    mounts: { "/program": directory(dirname(file)), ...mounts },
    limits: { memory: "1 GiB" },
  });
  const result = await sandbox.runFile(`/program/${basename(file)}`, args);
  if (!result.ok) throw new Error(`${basename(file)}: ${result.error.message}\n${result.stderr}`);
  return result.stdout;
}
