import type { End } from "../engine/engine.js";
import { ClosedError, OptionError } from "../errors.js";
import type { FileSystem } from "../fs/filesystem.js";
import { absentDriver } from "../kernel/absent-driver.js";
import { identity } from "../kernel/identity.js";
import { Kernel } from "../kernel/kernel.js";
import { skeleton } from "../kernel/skeleton.js";
import { Watch } from "../limits/watch.js";
import { lowerLimits, type ParsedLimits, type ParsedRunLimits, parseLimits } from "../options/limits.js";
import { checkSandboxOptions, type RunOptions, type SandboxOptions } from "../options/sandbox.js";
import type { RunResult, Usage } from "../result.js";
import { SandboxFiles } from "../session/files.js";
import { ended, type Shown, stopped } from "../session/outcome.js";
import { Output } from "../session/output.js";
import { Run } from "../session/run.js";
import { SessionStdio } from "../session/stdio.js";
import { environment, worldOf } from "../session/world.js";
import type { ProgramEnd, ProgramGuest, ProgramProcess } from "./guest.js";

/** Options of a sandbox whose guest is a program. */
export type ProgramOptions = Omit<
  SandboxOptions,
  "functions" | "adapters" | "argv" | "engine" | "hardened" | "image" | "record" | "durable"
>;

/** What a caller without types might give all the same. */
const FOR_PYTHON: Readonly<Record<Exclude<keyof SandboxOptions, keyof ProgramOptions>, true>> = {
  functions: true,
  adapters: true,
  argv: true,
  engine: true,
  hardened: true,
  image: true,
  record: true,
  durable: true,
};

/**
 * A sandbox for a program that runs from its start to its end: a WASI command, or an executable of RPython's.
 * What it writes to its file systems stays for the next run.
 */
export class ProgramSandbox implements AsyncDisposable {
  /** The program's files, from outside. */
  readonly files: SandboxFiles;
  readonly #guest: ProgramGuest;
  readonly #options: ProgramOptions;
  readonly #limits: ParsedLimits;
  readonly #mounts: ReadonlyMap<string, FileSystem>;
  readonly #own: readonly FileSystem[];
  readonly #running = new Set<{ kill(reason: string): void; readonly over: Promise<unknown> }>();
  #closed: string | undefined;

  /** @throws OptionError */
  constructor(guest: ProgramGuest, options: ProgramOptions = {}) {
    checkSandboxOptions(options);
    for (const name of Object.keys(FOR_PYTHON)) {
      if (Reflect.get(options, name) === undefined) continue;
      throw new OptionError(name, "is for sandboxes of Python, not of a program");
    }
    this.#guest = guest;
    this.#options = options;
    this.#limits = parseLimits(options.limits);
    const who = identity(guest.identity);
    const own = new Map([["/", skeleton(who, { bytes: this.#limits.storage })], ...guest.mounts()]);
    this.#own = [...own.values()];
    this.#mounts = new Map([...own, ...Object.entries(options.mounts ?? {})]);
    this.files = new SandboxFiles(this.#mounts);
  }

  /** Runs the program with these arguments. Several may run at once; they share the files. */
  exec(args: readonly string[] = [], options: RunOptions = {}): Run<undefined> {
    if (this.#closed !== undefined) throw new ClosedError(this.#closed);
    options.signal?.throwIfAborted();
    const limits = lowerLimits(options.limits, this.#limits);
    return this.#begin(args, options, limits);
  }

  /**
   * Runs code in a program that is an interpreter.
   *
   * @throws OptionError where the guest is none
   */
  run(code: string, options: RunOptions = {}): Run<undefined> {
    const args = this.#guest.codeArguments?.(code);
    if (args === undefined) throw new OptionError("guest", "this program is no interpreter; use exec()");
    return this.exec(args, options);
  }

  /** Ends what runs, and closes the file systems that are the sandbox's own. */
  async close(): Promise<void> {
    this.#closed ??= "its owner closed it";
    const running = [...this.#running];
    for (const run of running) run.kill("the sandbox was closed");
    await Promise.all(running.map((run) => run.over));
    await Promise.all(this.#own.map((fs) => fs.close?.()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #begin(args: readonly string[], options: RunOptions, limits: ParsedRunLimits): Run<undefined> {
    let kernel: Kernel | undefined;
    let program: ProgramProcess | undefined;
    let failure: { readonly error: unknown } | undefined;
    let dead: string | undefined;
    const kill = (reason: string): void => {
      dead ??= reason;
      program?.kill(reason);
    };
    const output = (own: RunOptions["onStdout"], shared: RunOptions["onStdout"]): Output =>
      new Output({
        keep: options.capture ?? true,
        callbacks: [own, shared].filter((callback) => callback !== undefined),
        drained: () => kernel?.wake(),
        failed: (error) => {
          failure = { error };
          kill("a callback of its output failed");
        },
      });
    const stdout = output(options.onStdout, this.#options.onStdout);
    const stderr = output(options.onStderr, this.#options.onStderr);
    const stdio = new SessionStdio(() => kernel?.wake());
    const started = performance.now();
    const watch = new Watch({
      limits,
      grace: 0,
      cpuTime: () => program?.cpuTime(),
      stop: () => undefined,
      kill: (reason) => kill(`its limit was reached: ${reason}`),
    });
    stdio.stdin.begin(options.stdin);
    stdio.begin({ stdout, stderr, limit: limits.output, exceeded: () => watch.stop("output") });

    let status: number | undefined;
    const go = async (): Promise<RunResult<undefined>> => {
      kernel = new Kernel({
        ...worldOf(this.#options),
        driver: absentDriver,
        mounts: this.#mounts,
        stdio,
        args: [this.#guest.argv0, ...args],
        env: environment(this.#options),
        cwd: this.#options.cwd ?? this.#guest.cwd,
        descriptors: this.#limits.descriptors,
        ...(this.#options.terminal === undefined ? {} : { terminal: this.#options.terminal }),
        ...(this.#options.onFault === undefined ? {} : { onFault: this.#options.onFault }),
        identity: { ...this.#guest.identity, ...this.#options.identity },
        onExit: (code) => {
          status = code;
        },
        onBudget: () => watch.stop("operations"),
        usage: () => ({ user: BigInt(Math.round((program?.cpuTime() ?? 0) * 1e6)), system: 0n, peak: 0 }),
      });
      kernel.budget = limits.operations;
      const abort = (): void => watch.stop("aborted");
      const signals = [options.signal, this.#options.signal].filter((signal) => signal !== undefined);
      for (const signal of signals) signal.addEventListener("abort", abort, { once: true });
      try {
        program = await this.#guest.start({
          kernel,
          mounted: Object.keys(this.#options.mounts ?? {}),
          args,
          memory: this.#limits.memory,
          cpuSeconds: Number.isFinite(limits.cpu) ? Math.ceil(limits.cpu / 1000) + 1 : 0,
          signal: options.signal,
        });
        if (dead !== undefined) program.kill(dead);
        const end = await program.ended;
        const usage = usageOf(kernel, program, performance.now() - started);
        stdio.end();
        if (failure !== undefined) throw failure.error;
        const shown: Shown = { stdout: text(stdout), stderr: text(stderr), displays: [], usage };
        return this.#result(end, status, watch, limits, shown);
      } finally {
        watch[Symbol.dispose]();
        stdio.end();
        for (const signal of signals) signal.removeEventListener("abort", abort);
        await kernel.close();
      }
    };
    const result = go();
    const entry = { kill, over: result.catch(() => undefined) };
    this.#running.add(entry);
    void entry.over.then(() => this.#running.delete(entry));
    return new Run<undefined>({
      result,
      stdout,
      stderr,
      interrupt: () => watch.stop("interrupted"),
      kill: () => kill("killed by its owner"),
    });
  }

  #result(
    end: ProgramEnd,
    status: number | undefined,
    watch: Watch,
    limits: ParsedRunLimits,
    shown: Shown,
  ): RunResult<undefined> {
    const own: End =
      end.kind === "memory" || end.kind === "fatal" ? { kind: "signal", signal: "SIGABRT" } : end;
    if (watch.stopped !== undefined)
      return plain(stopped({ reason: watch.stopped, closed: undefined }, limits, undefined, shown));
    if (status !== undefined)
      return plain(ended({ kind: "exit", status }, { limit: Infinity, peak: 0 }, shown));
    if (own.kind === "signal" && own.signal === "SIGKILL" && shown.usage.cpu >= limits.cpu) {
      return plain(stopped({ reason: "cpu", closed: undefined }, limits, undefined, shown));
    }
    const result = plain(ended(own, { limit: this.#limits.memory, peak: shown.usage.peakMemory }, shown));
    if (end.kind === "memory" && !result.ok)
      return {
        ...shown,
        ok: false,
        status: "memory",
        closed: false,
        error: { ...result.error, type: "MemoryLimitExceeded", message: end.message },
      };
    if (end.kind === "fatal" && result.status === "killed")
      return { ...result, reason: "fatal", error: { ...result.error, message: end.message } };
    return result;
  }
}

/** A program has no value; the union's value is undefined anyway. */
const plain = (result: RunResult): RunResult<undefined> =>
  result.status === "ok" ? { ...result, value: undefined } : result;

const text = (output: Output): string => new TextDecoder().decode(output.bytes());

function usageOf(kernel: Kernel, program: ProgramProcess, wall: number): Usage {
  const { byName, bytesRead, bytesWritten } = kernel.counts;
  return {
    cpu: program.cpuTime() ?? 0,
    wall,
    peakMemory: program.peak() ?? 0,
    operations: Object.fromEntries(byName),
    bytesIn: bytesWritten,
    bytesOut: bytesRead,
  };
}
