import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { recordRun } from "../../support/replayed/command.js";

/** The built command: tests of the command line run what users run. */
export const MAIN = fileURLToPath(new URL("../../../dist/bundle/sallyport.js", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly stdin?: string | Uint8Array;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with all of stdout and stderr so far, whenever there is more. */
  readonly onOutput?: (stdout: string, interrupt: () => void, stderr: string) => void;
}

/** Runs the command to its end. */
export const cli = (args: readonly string[], options: CliOptions = {}): Promise<Ended> => {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing; run: npm run build`);
  const recorded = recordRun(args);
  const child = spawn(process.execPath, [MAIN, ...recorded.args], {
    cwd: options.cwd ?? process.cwd(),
    env: { ...process.env, NO_COLOR: "1", ...options.env },
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const tell = (): void => {
    const [out, error] = [stdout, stderr].map((chunks) => Buffer.concat(chunks).toString());
    options.onOutput?.(out ?? "", () => child.kill("SIGINT"), error ?? "");
  };
  child.stdout.on("data", (chunk: Buffer) => {
    stdout.push(chunk);
    tell();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr.push(chunk);
    tell();
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.stdin ?? "");
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      recorded.ended();
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    });
  });
};

export const ROOT = join(fileURLToPath(new URL("../../..", import.meta.url)));
