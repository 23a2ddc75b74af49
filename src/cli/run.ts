import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { OptionError } from "../errors.js";
import type { Observer } from "../kernel/observe.js";
import { forOneRun } from "../options/limits.js";
import type { Input, RunOptions, SandboxOptions } from "../options/sandbox.js";
import type { RunResult } from "../result.js";
import { Sandbox } from "../sandbox.js";
import { Snapshot } from "../snapshot/snapshot.js";
import { reasonOf } from "../wire/thrown.js";
import { loadConfig, mergeFlags } from "./config.js";
import { checkDurable, durableOptions } from "./durable.js";
import { EXIT } from "./exit-codes.js";
import { checkPlace, inputOf } from "./files.js";
import { type Finished, finish, NOTHING } from "./finish.js";
import type { SandboxFlags } from "./flags.js";
import { missingModule } from "./hints.js";
import { toJson } from "./json.js";
import { outputFailed, whenOutputFails } from "./output.js";
import { sandboxOptions } from "./sandbox.js";
import { escapeLines, escapeText, painter, wantsColor } from "./terminal.js";
import { tracer } from "./trace.js";
import { writeTo } from "./write.js";

export interface RunFlags extends SandboxFlags {
  readonly code?: string;
  readonly stdin?: string;
  readonly json?: boolean;
  readonly watch?: boolean;
  /** Write a snapshot to this file when the code has run. */
  readonly save?: string;
  /** Go on from the snapshot in this file. */
  readonly from?: string;
}

interface Job {
  readonly program: { readonly source: string; readonly name: string };
  /** Whether that name is a file's. */
  readonly file: boolean;
  readonly args: readonly string[];
  readonly stdin: Input | undefined;
}

/** `sallyport run`: runs a program, streams what it prints, and answers the exit code. */
export const run = async (
  file: string | undefined,
  args: readonly string[],
  given: RunFlags,
): Promise<number> => {
  const flags: RunFlags = { ...given, ...mergeFlags(await loadConfig(given.config, process.cwd()), given) };
  if (flags.durable !== undefined) checkDurable(flags);
  if (flags.save !== undefined) checkPlace("--save", flags.save);
  if (flags.watch === true) {
    if (file === undefined || file === "-" || flags.code !== undefined) {
      throw new OptionError("--watch", "needs a program in a file");
    }
    const { watchAndRun } = await import("./watch.js");
    return watchAndRun(file, flags, async (signal) => runJob(await jobOf(file, args, flags), flags, signal));
  }
  return runJob(await jobOf(file, args, flags), flags);
};

/** What is to be run, and what it reads. */
const jobOf = async (file: string | undefined, args: readonly string[], flags: RunFlags): Promise<Job> => {
  const stdin = inputOf(flags.stdin);
  if (flags.code !== undefined) {
    const all = file === undefined ? args : [file, ...args];
    return { program: { source: flags.code, name: "-c" }, file: false, args: all, stdin };
  }
  if (file === undefined) throw new OptionError("FILE", 'give a program, "-" for stdin, or -c CODE');
  if (file === "-") {
    const source = (await buffer(process.stdin)).toString("utf8");
    return {
      program: { source, name: "<stdin>" },
      file: false,
      args,
      stdin: flags.stdin === undefined ? undefined : stdin,
    };
  }
  try {
    const source = await readFile(file, "utf8");
    return { program: { source, name: file }, file: true, args, stdin };
  } catch (error) {
    const why = reasonOf(error);
    throw new OptionError("FILE", `cannot read ${JSON.stringify(file)}: ${why}`, { cause: error });
  }
};

const runJob = async (job: Job, flags: RunFlags, signal?: AbortSignal): Promise<number> => {
  const paint = painter(wantsColor(process.stderr));
  const trace = flags.trace === undefined ? undefined : tracer(flags.trace, paint, process.stderr);
  await using sandbox = await sandboxOf(job, flags, trace?.observe);
  const json = flags.json === true;
  const options: RunOptions = {
    capture: json,
    ...(job.stdin === undefined ? {} : { stdin: job.stdin }),
    ...(signal === undefined ? {} : { signal }),
    ...(json ? {} : { onStdout: writeTo(process.stdout), onStderr: writeTo(process.stderr) }),
  };
  const running = kept(flags)
    ? sandbox.run(job.program.source, {
        ...options,
        name: job.program.name,
        ...(job.file ? { variables: { __file__: job.program.name } } : {}),
        result: "none",
      })
    : sandbox.runProgram(job.program, job.args, { ...options, id: "program" });
  // A durable run is not ended by Ctrl-C: it can be continued.
  let paused = false;
  const pause = (): void => {
    paused = true;
    running.kill();
  };
  const stopListening = onInterrupt(flags.durable === undefined ? () => running.interrupt() : pause, () =>
    running.kill(),
  );
  let result: RunResult;
  try {
    result = await running;
  } finally {
    stopListening();
    await trace?.close();
  }
  const failed = outputFailed();
  if (failed !== undefined) return failed;
  if (paused && result.status === "killed") {
    process.stderr.write(`${paint("red", "sallyport:")} stopped; the same command goes on from here\n`);
    return EXIT.interrupted;
  }
  let end: Finished = NOTHING;
  if (sandbox.closed === undefined) {
    if (flags.save !== undefined) await (await sandbox.snapshot()).save(flags.save);
    else if (kept(flags)) end = await finish(sandbox, options);
  }
  // A program prints its own exception; code whose state goes on does not.
  if (kept(flags) && !json && result.status === "error")
    process.stderr.write(escapeLines(result.error.traceback));
  if (json) {
    const stdout = result.stdout + end.stdout;
    process.stdout.write(`${toJson({ ...result, stdout, stderr: result.stderr + end.stderr })}\n`);
  } else if (!result.ok && result.status !== "error" && result.status !== "exit") {
    process.stderr.write(`${paint("red", "sallyport:")} ${escapeText(result.error.message)}\n`);
  }
  const hint =
    result.status === "error" && job.file && !json && missingModule(result.error, job.program.name);
  if (typeof hint === "string") process.stderr.write(`${paint("red", "sallyport:")} ${hint}\n`);
  return exitCode(result) || end.code;
};

/** Whether the state is to go on: the code is then part of a session, whose names stay. */
const kept = ({ save, from, image }: RunFlags): boolean =>
  save !== undefined || from !== undefined || image !== undefined;

const sandboxOf = async (job: Job, flags: RunFlags, observe: Observer | undefined): Promise<Sandbox> => {
  const given = sandboxOptions(flags, observe);
  const durable =
    flags.durable === undefined ? undefined : durableOptions(flags.durable, { ...job, mount: flags.mount });
  const options: SandboxOptions = {
    ...given,
    limits: forOneRun(given.limits ?? {}),
    ...(durable === undefined ? {} : { durable }),
  };
  if (flags.from !== undefined) return Sandbox.restore(await Snapshot.load(flags.from), options);
  return Sandbox.create(kept(flags) ? { ...options, argv: [job.program.name, ...job.args] } : options);
};

/** Ctrl-C: the first one interrupts, the second one kills; so does an output that nobody takes any more. */
export const onInterrupt = (first: () => void, second: () => void): (() => void) => {
  let count = 0;
  const listener = (): void => {
    count++;
    if (count === 1) first();
    else second();
  };
  process.on("SIGINT", listener);
  const forget = whenOutputFails(second);
  return () => {
    process.off("SIGINT", listener);
    forget();
  };
};

/** The exit code for an outcome; see exit-codes.ts. */
export const exitCode = (result: RunResult): number => {
  switch (result.status) {
    case "ok":
      return 0;
    case "exit":
      return result.code & 0xff;
    case "error":
      return result.error.type === "KeyboardInterrupt" ? EXIT.interrupted : EXIT.exception;
    case "timeout":
      return EXIT.time;
    case "killed":
      return result.reason === "interrupted" && !result.closed ? EXIT.interrupted : EXIT.killed;
    case "memory":
    case "output":
    case "protocol":
      return EXIT.killed;
  }
};
