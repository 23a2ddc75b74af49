import type { EngineName } from "../engine/engine.js";
import { ClosedError, OptionError, ProtocolError, type SallyportError } from "../errors.js";
import { Bridge } from "../functions/bridge.js";
import { flatten } from "../functions/spec.js";
import { parseLimits } from "../options/limits.js";
import { checkSandboxOptions, type RunOptions, type SandboxOptions } from "../options/sandbox.js";
import type { Action, EncodedValue, Outcome, ReferenceAction, Result } from "../protocol/messages.js";
import { type RunResult, toError } from "../result.js";
import { PythonDriver } from "./driver.js";
import { SandboxFiles } from "./files.js";
import { libraryMounts } from "./library.js";
import { sessionMounts } from "./mounts.js";
import { completed, ended, failedToTravel, stopped } from "./outcome.js";
import { Run } from "./run.js";
import { type Execution, limitText, Session } from "./session.js";
import { startGuest } from "./start.js";
import { SessionStdio } from "./stdio.js";
import { environment, seedOf, worldOf } from "./world.js";

/** What goes with an action that runs the user's code. */
export interface RunParts {
  readonly timeLimit: string;
  readonly bind?: EncodedValue;
}

/** Bounds of one value that the guest sends. */
const VALUE_LIMITS = { depth: 200, bytes: 128 * 2 ** 20 };

/** A session in Python's terms: code in, values out. */
export class PythonSession {
  readonly session: Session;
  readonly files: SandboxFiles;
  readonly engine: EngineName;
  readonly pid: number;
  readonly #bridge: Bridge;
  readonly #memory: number;

  constructor(parts: {
    readonly session: Session;
    readonly files: SandboxFiles;
    readonly bridge: Bridge;
    readonly memory: number;
    readonly engine: EngineName;
    readonly pid: number;
  }) {
    this.session = parts.session;
    this.files = parts.files;
    this.engine = parts.engine;
    this.pid = parts.pid;
    this.#bridge = parts.bridge;
    this.#memory = parts.memory;
  }

  /** Runs the user's code; `make` gives the action when its turn has come. */
  run<T>(
    make: (parts: RunParts, encode: (value: unknown, root: string) => EncodedValue) => Action,
    options: RunOptions,
  ): Run<T> {
    const encode = (value: unknown, root: string): EncodedValue => this.#bridge.encode(value, root);
    const { execution, stdout, stderr, interrupt } = this.session.execute((limits) => {
      const bind = options.variables === undefined ? undefined : encode(options.variables, "variables");
      return make({ timeLimit: limitText(limits), ...(bind === undefined ? {} : { bind }) }, encode);
    }, options);
    const result = execution.then((done) => this.#toResult<T>(done));
    return new Run<T>({
      result,
      stdout,
      stderr,
      interrupt,
      kill: () => this.session.kill("killed by its owner"),
    });
  }

  /** Has the driver do something that is not the user's code. Throws where the guest is stopped or dies. */
  async act(action: Action, options: RunOptions = {}): Promise<Result> {
    const execution = await this.session.execute(() => action, options).execution;
    if (execution.kind === "result") return execution.result;
    const result = this.#toResult(execution);
    if (result.ok) throw this.left(0);
    throw toError(result);
  }

  left(code: number): SallyportError {
    return new ClosedError(`its Python left with status ${code}`);
  }

  #toResult<T>(execution: Execution): RunResult<T> {
    const { shown } = execution;
    switch (execution.kind) {
      case "stopped":
        return stopped(execution.stop, execution.limits, execution.error, shown);
      case "ended":
        return ended(execution.end, { limit: this.#memory, peak: execution.peakMemory }, shown);
      case "result":
        return this.#completed<T>(execution.result, execution);
    }
  }

  #completed<T>(result: Result, { shown }: Execution): RunResult<T> {
    switch (result.status) {
      case "error":
      case "exit":
        return completed(result, shown);
      case "ok":
        break;
      default:
        this.session.kill(`it broke the protocol: a result of kind ${result.status} for a run`);
        return ended(
          breach(`a result of kind ${result.status} for a run`),
          { limit: this.#memory, peak: 0 },
          shown,
        );
    }
    try {
      const value = result.value === undefined ? result.repr : this.#bridge.decode(result.value, "result");
      // The caller says what type it expects of its own code: nothing here could check that.
      return { ...shown, ok: true, status: "ok", value: value as T };
    } catch (error) {
      if (error instanceof TypeError) return failedToTravel(error.message, shown);
      if (!(error instanceof ProtocolError)) throw error;
      this.session.kill(`it broke the protocol: ${error.message}`);
      return ended({ kind: "breach", error }, { limit: this.#memory, peak: 0 }, shown);
    }
  }
}

const breach = (what: string) =>
  ({ kind: "breach", error: new ProtocolError(`The guest sent ${what}`) }) as const;

/** Starts a guest, and all that stands between it and its owner. */
export const openPython = async (options: SandboxOptions): Promise<PythonSession> => {
  checkSandboxOptions(options);
  const limits = parseLimits(options.limits);
  options.signal?.throwIfAborted();
  const functions = flatten(options.functions ?? {});
  const mounts = sessionMounts(options.mounts ?? {}, libraryMounts(), limits.storage, options.identity);
  const files = new SandboxFiles(mounts);
  let wake = (): void => undefined;
  const stdio = new SessionStdio(() => wake());
  let idle: (action: ReferenceAction) => Promise<Outcome> = () =>
    Promise.reject(new ClosedError("it is starting"));
  const bridge = new Bridge({ functions, adapters: options.adapters ?? [], idle: (action) => idle(action) });
  const driver = new PythonDriver({
    calls: bridge.calls,
    dropped: (ids) => bridge.dropped(ids),
    takeReleased: () => bridge.takeReleased(),
  });
  const cwd = options.cwd ?? "/sandbox";
  const terminal = options.terminal;
  driver.setup({
    argv: options.argv ?? [""],
    seed: seedOf(options),
    terminals: [terminal !== undefined, terminal !== undefined, terminal !== undefined],
    cwd,
    path: [],
    warnings: [],
    functions: bridge.specs(),
    limits: VALUE_LIMITS,
  });
  const guest = await startGuest({
    engine: options.engine ?? "auto",
    hardened: options.hardened ?? false,
    memory: limits.memory,
    descriptors: limits.descriptors,
    mounts,
    env: environment(options),
    world: worldOf(options),
    cwd,
    stdio,
    terminal,
    python: driver,
    fault: (error, operation) => options.onFault?.(error, operation),
    signal: options.signal,
    record: options.record,
  });
  wake = () => guest.wake();
  const session = new Session({
    guest,
    driver,
    stdio,
    limits,
    toBundle: ({ data, metadata, id, update }) => ({
      data,
      metadata: bridge.decode(metadata, "metadata"),
      update,
      ...(id === undefined ? {} : { id }),
    }),
    callbacks: {
      stdout: options.onStdout === undefined ? [] : [options.onStdout],
      stderr: options.onStderr === undefined ? [] : [options.onStderr],
    },
  });
  void session.ended.then((reason) => bridge.end(new ClosedError(reason)));
  options.signal?.addEventListener("abort", () => session.kill("its signal was aborted"), { once: true });
  const python = new PythonSession({
    session,
    files,
    bridge,
    memory: limits.memory,
    engine: guest.process.engine,
    pid: guest.process.pid,
  });
  idle = async (action) => toOutcome(await python.act(action));
  return python;
};

/** What came of an action with a guest object. */
const toOutcome = (result: Result): Outcome => {
  switch (result.status) {
    case "ok":
      if (result.value === undefined)
        throw new ProtocolError("The guest sent no value where one was asked for");
      return { status: "ok", value: result.value };
    case "items":
    case "error":
      return result;
    default:
      throw new OptionError("action", `the guest's object ended its Python (${result.status})`);
  }
};
