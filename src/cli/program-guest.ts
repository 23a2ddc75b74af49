import type { Input, RunOptions } from "../options/sandbox.js";
import type { ProgramGuest } from "../programs/guest.js";
import { ProgramSandbox } from "../programs/sandbox.js";
import type { RunResult } from "../result.js";
import { loadConfig, mergeFlags } from "./config.js";
import { inputOf } from "./files.js";
import type { SandboxFlags } from "./flags.js";
import { toJson } from "./json.js";
import { outputFailed } from "./output.js";
import { exitCode, onInterrupt } from "./run.js";
import { sandboxOptions } from "./sandbox.js";
import { escapeText, painter, wantsColor } from "./terminal.js";
import { tracer } from "./trace.js";
import { writeTo } from "./write.js";

export interface ProgramFlags extends SandboxFlags {
  readonly stdin?: string;
  readonly json?: boolean;
}

/** What to do around a run. */
export interface ProgramHooks {
  /** Stands between this command's stdin and the guest's. */
  readonly input?: (stdin: Input) => Input;
  /** Called when the run has begun; what it answers is called when it is over. */
  readonly began?: (kill: () => void) => () => void;
  /** The exit code where the hooks have ended the run. */
  readonly verdict?: () => { readonly code: number; readonly message: string } | undefined;
}

/** The flags, with the config file's beneath them. */
export const withConfig = async <T extends SandboxFlags>(given: T): Promise<T> => ({
  ...given,
  ...mergeFlags(await loadConfig(given.config, process.cwd()), given),
});

/** Runs a program guest once with this command's streams; answers the exit code. */
export const runProgramGuest = async (
  guest: ProgramGuest,
  args: readonly string[],
  flags: ProgramFlags,
  hooks: ProgramHooks = {},
): Promise<number> => {
  const paint = painter(wantsColor(process.stderr));
  const trace = flags.trace === undefined ? undefined : tracer(flags.trace, paint, process.stderr);
  // A config file may say what is for Python alone.
  const {
    engine: _engine,
    hardened: _hardened,
    image: _image,
    ...options
  } = sandboxOptions(flags, trace?.observe);
  await using sandbox = new ProgramSandbox(guest, options);
  const json = flags.json === true;
  const stdin = inputOf(flags.stdin);
  const run: RunOptions = {
    capture: json,
    stdin: hooks.input?.(stdin) ?? stdin,
    ...(json ? {} : { onStdout: writeTo(process.stdout), onStderr: writeTo(process.stderr) }),
  };
  const running = sandbox.exec(args, run);
  const over = hooks.began?.(() => running.kill());
  const stopListening = onInterrupt(
    () => running.interrupt(),
    () => running.kill(),
  );
  let result: RunResult;
  try {
    result = await running;
  } finally {
    stopListening();
    over?.();
    await trace?.close();
    process.stdin.unref?.();
  }
  const failed = outputFailed();
  if (failed !== undefined) return failed;
  if (json) process.stdout.write(`${toJson(result)}\n`);
  const verdict = hooks.verdict?.();
  const message =
    verdict?.message ?? (result.ok || result.status === "exit" ? undefined : result.error.message);
  if (message !== undefined && !json)
    process.stderr.write(`${paint("red", "sallyport:")} ${escapeText(message)}\n`);
  return verdict?.code ?? exitCode(result);
};
