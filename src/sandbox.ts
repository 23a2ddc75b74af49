import { checkObject, checkText } from "./checks/objects.js";
import type { DurableStanding } from "./durable/session.js";
import type { EngineName } from "./engine/engine.js";
import { OptionError } from "./errors.js";
import { splitArguments } from "./functions/keywords.js";
import { dedent } from "./options/dedent.js";
import { forOneRun } from "./options/limits.js";
import type { RunOptions, SandboxOptions } from "./options/sandbox.js";
import type { ProgramGuest } from "./programs/guest.js";
import { type ProgramOptions, ProgramSandbox } from "./programs/sandbox.js";
import type { Check, Completions, Inspection, ProgramAction } from "./protocol/messages.js";
import { type RunResult, toError } from "./result.js";
import type { SandboxFiles } from "./session/files.js";
import { openPython } from "./session/open.js";
import type { PythonSession } from "./session/python.js";
import type { Run } from "./session/run.js";
import { Snapshot } from "./snapshot/snapshot.js";

/** A one-shot run's options: those of the sandbox and of the run together. */
export type OneShotOptions = Omit<SandboxOptions, "signal"> & RunOptions;

/** A program, as `python` would be given one. */
export type Program =
  /** A file of the guest, or a directory or zip with `__main__.py`. */
  | { readonly path: string }
  /** As `python -m`. */
  | { readonly module: string }
  | { readonly source: string; readonly name?: string };

/** For what an editor asks while someone types. */
const QUICKLY: RunOptions = { limits: { wall: 5000 } };

/** A confined Python that keeps its state from run to run. `await using` closes it. */
export class Sandbox implements AsyncDisposable {
  /** The guest's files, from outside. */
  readonly files: SandboxFiles;
  readonly #python: PythonSession;

  private constructor(python: PythonSession) {
    this.#python = python;
    this.files = python.files;
  }

  /**
   * Starts a sandbox; it is confined when the promise resolves. With a `guest` (`wasi()`, `rpython()`) it is one for
   * that program instead of the Python that is shipped.
   *
   * @throws OptionError for options that cannot be, EngineError where no guest can be started
   */
  static async create(options: ProgramOptions & { readonly guest: ProgramGuest }): Promise<ProgramSandbox>;
  static async create(options?: SandboxOptions): Promise<Sandbox>;
  static async create(
    options: SandboxOptions | (ProgramOptions & { readonly guest: ProgramGuest }) = {},
  ): Promise<Sandbox | ProgramSandbox> {
    checkObject(options);
    if (!("guest" in options)) return new Sandbox(await openPython(options));
    const { guest, ...rest } = options;
    return new ProgramSandbox(guest, rest);
  }

  /** Runs code once, in a sandbox of its own. */
  static async run<T = unknown>(code: string, options: OneShotOptions = {}): Promise<RunResult<T>> {
    const { sandbox: forSandbox, run } = splitOptions(
      options.limits === undefined ? options : { ...options, limits: forOneRun(options.limits) },
    );
    await using sandbox = await Sandbox.create(forSandbox);
    return await sandbox.run<T>(code, run);
  }

  /**
   * Starts a sandbox that goes on where a snapshot was taken. `options` are as for `create`, and should be those of
   * the sandbox that the snapshot is of: file systems that are not memory have to be mounted again.
   *
   * @throws SnapshotError for a snapshot that does not belong here, or is damaged; else as `create`
   */
  static async restore(snapshot: Snapshot, options: SandboxOptions = {}): Promise<Sandbox> {
    const { state } = snapshot;
    return new Sandbox(await openPython(options, state));
  }

  /** Which engine executes the guest. */
  get engine(): EngineName {
    return this.#python.engine;
  }

  /** The guest's process id. */
  get pid(): number {
    return this.#python.pid;
  }

  /** What there was of a durable session when it was opened; undefined for one that is not durable. */
  get durable(): DurableStanding | undefined {
    return this.#python.durable;
  }

  /** Why the sandbox is closed; undefined while it is open. */
  get closed(): string | undefined {
    return this.#python.session.closed;
  }

  /** Settles with the reason when the sandbox is closed, by whatever. */
  get ended(): Promise<string> {
    return this.#python.session.ended;
  }

  /** Settles when Python is ready for its first run, which then starts at once. */
  async ready(): Promise<void> {
    await this.#python.act({ kind: "none" });
  }

  /**
   * Runs code; what it defines stays for later runs. The value of a trailing expression is the result's value.
   * Code that is indented as a whole, as in a template literal, may be. Runs wait for those before them.
   */
  run<T = unknown>(code: string, options: RunOptions = {}): Run<T> {
    this.#python.cells++;
    const name = options.name ?? `<cell ${this.#python.cells}>`;
    const { result = "value" } = options;
    return this.#python.run<T>((bind) => {
      checkText("code", code);
      return { kind: "cell", source: dedent(code), name, result, ...bind };
    }, options);
  }

  /** Runs a program from its beginning to its end, as `python program args` does. It has a `__main__` of its own. */
  runProgram(program: Program, args: readonly string[] = [], options: RunOptions = {}): Run<undefined> {
    return this.#python.run<undefined>((bind) => {
      const what = checkedProgram(program, options.name);
      return { kind: "program", what, args, ...bind };
    }, options);
  }

  /** Runs a file of the guest as a program. */
  runFile(path: string, args: readonly string[] = [], options: RunOptions = {}): Run<undefined> {
    return this.runProgram({ path }, args, options);
  }

  /**
   * Calls a Python function by `module:name`; `__main__:name` is one that a run defined. `keywords(…)` may come last.
   *
   * @throws PythonError for its exception, LimitError, KilledError, ProtocolError for what else can end it
   */
  async call<T = unknown>(
    target: `${string}:${string}`,
    args: readonly unknown[] = [],
    options: Omit<RunOptions, "name" | "variables"> = {},
  ): Promise<T> {
    if (!/^[^:]+:[^:]+$/.test(target)) {
      const name = JSON.stringify(target);
      throw new OptionError("target", `${name} is no "module:name", such as "math:sqrt" or "__main__:f"`);
    }
    const { args: positional, kwargs } = splitArguments(args);
    const result = await this.#python.run<T>(
      (_bind, encode) => ({
        kind: "call",
        target,
        args: encode(positional, "args"),
        kwargs: encode(kwargs, "kwargs"),
      }),
      options,
    );
    if (result.status === "ok") return result.value;
    throw result.ok ? this.#python.left(result.code) : toError(result);
  }

  /** A Python function as a TypeScript one: `sandbox.function<[number, number], number>("operator:add")`. */
  function<Args extends readonly unknown[], T = unknown>(
    target: `${string}:${string}`,
  ): (...args: Args) => Promise<T> {
    return (...args) => this.call<T>(target, args);
  }

  /**
   * What the names before `cursor` could be.
   *
   * @throws LimitError where the guest's objects take longer than 5 s to say what they have; so do `check` and `inspect`
   */
  async complete(source: string, cursor = source.length, limit = 200): Promise<Completions> {
    const points = [...source.slice(0, cursor)].length;
    const result = await this.#python.act({ kind: "complete", source, cursor: points, limit }, QUICKLY);
    return result.status === "completions" ? result.completions : { start: points, matches: [] };
  }

  /** Whether a source is complete, or goes on in the next line. */
  async check(source: string): Promise<Check> {
    const result = await this.#python.act({ kind: "check", source }, QUICKLY);
    if (result.status === "check") return result.check;
    return { state: "complete", indent: "" };
  }

  /** Signature and documentation of the name before `cursor`. */
  async inspect(source: string, cursor = source.length): Promise<Inspection | null> {
    const points = [...source.slice(0, cursor)].length;
    const result = await this.#python.act({ kind: "inspect", source, cursor: points }, QUICKLY);
    return result.status === "inspection" ? result.inspection : null;
  }

  /**
   * The whole state between two runs: memory, files in memory, descriptors, clock, randomness. Waits for runs that were
   * asked for before.
   *
   * @throws SnapshotError for what cannot be kept, naming it: objects and streams of the host's, sockets that are
   * connected; and for a guest that does not hand over its memory (in 30 s and 1 s for each 32 MiB of `limits.memory`),
   * which is killed then
   */
  async snapshot(): Promise<Snapshot> {
    return new Snapshot(await this.#python.snapshot());
  }

  /**
   * Independent copies that go on from here, with the same options. Each has its own memory and files in memory;
   * mounts of other kinds are shared.
   *
   * @throws as `snapshot` and `create`; then none of the copies is left
   */
  async fork(count = 1): Promise<Sandbox[]> {
    if (!Number.isInteger(count) || count < 1)
      throw new OptionError("count", `must be at least 1, not ${count}`);
    const state = await this.#python.snapshot();
    const started = await this.#python.forks(state, count);
    const copies = started.flatMap((one) => (one.status === "fulfilled" ? [new Sandbox(one.value)] : []));
    const failed = started.find((one) => one.status === "rejected");
    if (failed === undefined) return copies;
    await Promise.all(copies.map((copy) => copy.close()));
    throw failed.reason;
  }

  /** Ends the guest at once, whatever it does. */
  kill(reason = "killed by its owner"): void {
    this.#python.session.kill(reason);
  }

  /** Ends the guest and lets go of all it held. */
  async close(): Promise<void> {
    await this.#python.session.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const checkedProgram = (program: Program, name = "<string>"): ProgramAction["what"] => {
  if ("source" in program) {
    checkText("program.source", program.source);
    return { source: program.source, name: program.name ?? name };
  }
  if ("path" in program) checkText("program.path", program.path);
  else if ("module" in program) checkText("program.module", program.module);
  else throw new OptionError("program", "give one of { path }, { module }, { source }");
  return program;
};

/** Which of a one-shot run's options are the sandbox's. */
const splitOptions = (
  options: OneShotOptions,
): { readonly sandbox: SandboxOptions; readonly run: RunOptions } => {
  const { id, name, variables, result, stdin, signal, onStdout, onStderr, onDisplay, capture, ...sandbox } =
    options;
  const run = { id, name, variables, result, stdin, signal, onStdout, onStderr, onDisplay, capture };
  return { sandbox, run: withoutUndefined(run) };
};

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

const withoutUndefined = <T extends object>(object: T): Given<T> => {
  const given: Given<T> = { ...object };
  for (const key in given) if (given[key] === undefined) delete given[key];
  return given;
};
