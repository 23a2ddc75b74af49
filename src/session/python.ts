import type { DurableStanding } from "../durable/session.js";
import type { EngineName } from "../engine/engine.js";
import { ClosedError, ProtocolError, type SallyportError, SnapshotError } from "../errors.js";
import type { FileSystem } from "../fs/filesystem.js";
import type { Bridge } from "../functions/bridge.js";
import { type Ground, layGround } from "../image/ground.js";
import type { RunOptions, SandboxOptions } from "../options/sandbox.js";
import type { Action, EncodedValue, Result } from "../protocol/messages.js";
import { type RunResult, toError } from "../result.js";
import { freshMounts, saveMounts } from "../snapshot/mounts.js";
import type { SnapshotState } from "../snapshot/state.js";
import type { MemoryTransfer } from "../snapshot/transfer.js";
import type { PythonDriver } from "./driver.js";
import type { Execution } from "./execution.js";
import type { SandboxFiles } from "./files.js";
import type { Guest } from "./guest.js";
import { saveMemory } from "./memory.js";
import { asSnapshotError, mapsMemory } from "./origin.js";
import { completed, ended, failedToTravel, outOfMemory, stopped } from "./outcome.js";
import { Run } from "./run.js";
import type { Session } from "./session.js";
import { limitText } from "./texts.js";

/** What goes with an action that runs the user's code. */
export interface RunParts {
  readonly timeLimit: string;
  readonly bind?: EncodedValue;
}

/** What a session needs to be saved, and to be copied. */
export interface Keeping {
  readonly options: SandboxOptions;
  /** Opens a session that goes on from a state. */
  readonly open: (options: SandboxOptions, from: SnapshotState, ground?: Ground) => Promise<PythonSession>;
  readonly driver: PythonDriver;
  readonly transfer: MemoryTransfer;
  readonly guest: Guest;
  readonly mounts: ReadonlyMap<string, FileSystem>;
  /** SHA-256 of the image that memory is compared with, and its file. */
  readonly image: Uint8Array;
  readonly base: string;
  readonly cwd: string;
  /** The functions that the guest knows, each as text. */
  readonly functions: readonly string[];
  /** Whether the guest was told who it is before this session began: it was restored. */
  readonly begun: boolean;
}

/** A session in Python's terms: code in, values out. */
export class PythonSession {
  readonly session: Session;
  readonly files: SandboxFiles;
  readonly engine: EngineName;
  readonly pid: number;
  /** Cells that have run. */
  cells: number;
  /** What there was of it, where it is durable. */
  readonly durable: DurableStanding | undefined;
  readonly #bridge: Bridge;
  readonly #memory: number;
  readonly #keeping: Keeping;

  constructor(parts: {
    readonly cells: number;
    readonly durable: DurableStanding | undefined;
    readonly session: Session;
    readonly files: SandboxFiles;
    readonly bridge: Bridge;
    readonly memory: number;
    readonly engine: EngineName;
    readonly pid: number;
    readonly keeping: Keeping;
  }) {
    this.session = parts.session;
    this.cells = parts.cells;
    this.durable = parts.durable;
    this.files = parts.files;
    this.engine = parts.engine;
    this.pid = parts.pid;
    this.#bridge = parts.bridge;
    this.#memory = parts.memory;
    this.#keeping = parts.keeping;
  }

  /**
   * The state between two runs; waits for those that were asked for before.
   *
   * @throws SnapshotError for a guest that holds objects of the host's, or what else cannot be saved, or that does not hand
   * over its memory
   */
  snapshot(): Promise<SnapshotState> {
    return this.session.exclusive(() => this.save());
  }

  /** As `snapshot`, for whoever has the session's turn. */
  async save(): Promise<SnapshotState> {
    const { driver, transfer, guest, mounts, functions, begun } = this.#keeping;
    const held = this.#bridge.held();
    if (held.length > 0) {
      const names = held.slice(0, 10).join(", ");
      throw new SnapshotError(`the guest holds objects of the host's, which no snapshot can keep: ${names}`);
    }
    const memory = await saveMemory({ session: this.session, driver, transfer, limit: this.#memory });
    return {
      image: this.#keeping.image,
      memory,
      kernel: await asSnapshotError(() => guest.save()),
      mounts: await asSnapshotError(() => saveMounts(mounts)),
      session: {
        begun: begun || driver.begun,
        functions: [...functions],
        cells: this.cells,
        cwd: this.#keeping.cwd,
      },
    };
  }

  /** Sessions that go on from a state of this one: with the same options, and memory of their own. */
  async forks(state: SnapshotState, count: number): Promise<readonly PromiseSettledResult<PythonSession>[]> {
    const { options, base } = this.#keeping;
    const ground = mapsMemory(options) ? await layGround(base, state.memory) : undefined;
    try {
      return await Promise.allSettled(Array.from({ length: count }, () => this.#fork(state, ground)));
    } finally {
      await ground?.hide();
      ground?.release();
    }
  }

  async #fork(state: SnapshotState, ground: Ground | undefined): Promise<PythonSession> {
    const { open } = this.#keeping;
    const { record: _record, durable: _durable, mounts = {}, ...options } = this.#keeping.options;
    const fresh = await asSnapshotError(async () => freshMounts(mounts));
    return await open({ ...options, mounts: fresh }, state, ground);
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
        return result.memory === true
          ? outOfMemory(this.#memory, result.error, shown)
          : completed(result, shown);
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
