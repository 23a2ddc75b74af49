import { isDeepStrictEqual } from "node:util";
import { sameness } from "../durable/same.js";
import { DurableSession, type DurableStanding } from "../durable/session.js";
import type { EngineName } from "../engine/engine.js";
import { Image } from "../engine/guest/image.js";
import { ClosedError, OptionError, ProtocolError, type SallyportError, SnapshotError } from "../errors.js";
import type { FileSystem } from "../fs/filesystem.js";
import { Bridge } from "../functions/bridge.js";
import { flatten } from "../functions/spec.js";
import type { PreparedFile } from "../image/file.js";
import { type Ground, layGround } from "../image/ground.js";
import { fillMounts, imageMounts } from "../image/mounts.js";
import { openImage } from "../image/prepared.js";
import { parseDurable } from "../options/durable.js";
import { hardCpuSeconds, type ParsedLimits, parseLimits } from "../options/limits.js";
import { checkSandboxOptions, type RunOptions, type SandboxOptions } from "../options/sandbox.js";
import type { Action, EncodedValue, Outcome, ReferenceAction, Result } from "../protocol/messages.js";
import { type RunResult, toError } from "../result.js";
import { freshMounts, restoreMounts, saveMounts } from "../snapshot/mounts.js";
import type { SnapshotState } from "../snapshot/state.js";
import { MemoryTransfer } from "../snapshot/transfer.js";
import { PythonDriver, VERB } from "./driver.js";
import type { Execution } from "./execution.js";
import { SandboxFiles } from "./files.js";
import type { Guest } from "./guest.js";
import { libraryMounts } from "./library.js";
import { normalMounts, sessionMounts } from "./mounts.js";
import {
  asImageError,
  asSnapshotError,
  baseOf,
  checkImage,
  checkRoom,
  imageHash,
  mapsMemory,
  restoreMemory,
} from "./origin.js";
import { completed, ended, failedToTravel, outOfMemory, stopped } from "./outcome.js";
import { Run } from "./run.js";
import { Session } from "./session.js";
import { startGuest } from "./start.js";
import { SessionStdio } from "./stdio.js";
import { limitText } from "./texts.js";
import { environment, seedOf, worldOf } from "./world.js";

/** What goes with an action that runs the user's code. */
export interface RunParts {
  readonly timeLimit: string;
  readonly bind?: EncodedValue;
}

/** Bounds of one value that the guest sends, of messages of so many bytes: what else is in one takes little. */
const valueLimits = (message: number) => ({ depth: 200, bytes: message - 4096 });
/** Bytes of messages to one unit of memory of what is decoded of them (see values/options.ts). */
const BYTES_PER_ITEM = 8;

/** What a session needs to be saved, and to be copied. */
interface Keeping {
  readonly options: SandboxOptions;
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
   * @throws SnapshotError for a guest that holds objects of the host's, StateError for what the kernel cannot save
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
    transfer.beginSaving();
    await driver.tell({ verb: VERB.snapshot, argument: 0n });
    const memory = transfer.endSaving();
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
    const { record: _record, durable: _durable, mounts = {}, ...options } = this.#keeping.options;
    const fresh = await asSnapshotError(async () => freshMounts(mounts));
    return await openPython({ ...options, mounts: fresh }, state, ground);
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

const checkDirectory = async (files: SandboxFiles, cwd: string): Promise<void> => {
  const info = await files.stat(cwd).catch(() => undefined);
  if (info?.type === "directory") return;
  throw new OptionError("cwd", `the guest has no directory ${JSON.stringify(cwd)}`);
};

/** Starts a guest, and all that stands between it and its owner. */
export const openPython = async (
  options: SandboxOptions,
  from?: SnapshotState,
  ground?: Ground,
): Promise<PythonSession> => {
  checkSandboxOptions(options);
  const limits = parseLimits(options.limits);
  const image = options.image === undefined ? undefined : await openImage(options.image);
  if (options.durable === undefined) return await openOn(options, limits, image, from, ground);
  if (from !== undefined) throw new OptionError("durable", "does not go with a snapshot to restore");
  const durable = openDurable(options, options.durable, limits, image);
  try {
    return await openSession(options, limits, image, await durable.saved(), durable);
  } catch (error) {
    durable[Symbol.dispose]();
    throw error;
  }
};

const openDurable = (
  options: SandboxOptions,
  how: NonNullable<SandboxOptions["durable"]>,
  limits: ParsedLimits,
  image: PreparedFile | undefined,
): DurableSession => {
  const parsed = parseDurable(how);
  return DurableSession.open(parsed, sameness(options, limits, imageHash(image), parsed.same));
};

/** A session whose memory, where it goes on from a large state, is mapped: on the ground that is given, or one of its own. */
const openOn = async (
  options: SandboxOptions,
  limits: ParsedLimits,
  image: PreparedFile | undefined,
  from: SnapshotState | undefined,
  given: Ground | undefined,
): Promise<PythonSession> => {
  if (from === undefined || from.memory.pages * 65_536 > limits.memory || !mapsMemory(options)) {
    return await openSession(options, limits, image, from);
  }
  checkImage(from, image);
  given?.acquire();
  const ground = given ?? (await layGround(baseOf(image), from.memory));
  try {
    return await openSession(options, limits, image, from, undefined, ground);
  } catch (error) {
    ground?.release();
    throw error;
  } finally {
    if (given === undefined) await ground?.hide();
  }
};

const openSession = async (
  options: SandboxOptions,
  limits: ParsedLimits,
  image: PreparedFile | undefined,
  from: SnapshotState | undefined,
  durable?: DurableSession,
  ground?: Ground,
): Promise<PythonSession> => {
  if (image !== undefined) checkRoom(image, limits.memory);
  if (from !== undefined) checkImage(from, image);
  options.signal?.throwIfAborted();
  const functions = flatten(options.functions ?? {});
  const own = normalMounts(options.mounts ?? {});
  const given = image === undefined ? own : imageMounts(image.state, own, limits.storage);
  const mounts = sessionMounts(given, libraryMounts(), limits.storage, options.identity);
  if (from !== undefined) await asSnapshotError(() => restoreMounts(from.mounts, mounts));
  else if (image !== undefined) await asImageError(() => fillMounts(image.state, own, mounts));
  const files: SandboxFiles = new SandboxFiles(
    mounts,
    durable && {
      // Runs that are over are done again first; a host function that looks at files does so within one.
      ready: async () => {
        if (!durable.caughtUp) await session.exclusive(async () => undefined);
      },
      change: (change) => durable.change(change),
      apart: (action) => durable.guest.tape.apart(action),
    },
  );
  durable?.guest.onChange((change) => files.repeat(change));
  if (options.cwd !== undefined) await checkDirectory(files, options.cwd);
  const transfer = new MemoryTransfer(limits.memory, () => new Image(baseOf(image)), ground);
  let wake = (): void => undefined;
  const stdio = new SessionStdio(() => wake(), durable && ((name, data) => durable.written(name, data)));
  let idle: (action: ReferenceAction) => Promise<Outcome> = () =>
    Promise.reject(new ClosedError("it is starting"));
  const bridge = new Bridge({
    functions,
    adapters: options.adapters ?? [],
    items: Math.ceil(limits.message / BYTES_PER_ITEM),
    // What the guest holds of an earlier process's objects must not come to mean one of this one's.
    referencesAfter: durable?.standing.resumed === true ? Date.now() * 1024 : 0,
    callId: durable && ((number) => `${durable.id}-${number}`),
    busy: () => driver.busy,
    idle: (action) => idle(action),
  });
  const driver: PythonDriver = new PythonDriver({
    calls: bridge.calls,
    dropped: (ids) => bridge.dropped(ids),
    takeReleased: () => bridge.takeReleased(),
  });
  const cwd = options.cwd ?? image?.state.cwd ?? "/sandbox";
  const terminal = options.terminal;
  const specs = bridge.specs();
  const known = specs.map(textOf);
  const begun = from?.session.begun === true;
  // A restored guest knows who it is; being told again would begin its random numbers anew.
  const sameFunctions = begun && isDeepStrictEqual(from?.session.functions, known);
  if (!sameFunctions)
    driver.setup({
      argv: options.argv ?? [""],
      seed: seedOf(options),
      terminals: [terminal !== undefined, terminal !== undefined, terminal !== undefined],
      cwd,
      path: [],
      warnings: [],
      functions: specs,
      limits: valueLimits(limits.message),
    });
  const starting = startGuest({
    engine: options.engine ?? "auto",
    hardened: options.hardened ?? false,
    memory: limits.memory,
    cpuSeconds: hardCpuSeconds(limits),
    descriptors: limits.descriptors,
    message: limits.message,
    mounts,
    image: ground ?? image,
    env: environment(options, image?.state.env),
    world: worldOf(options),
    cwd,
    stdio,
    terminal,
    python: driver,
    fault: (error, operation) => options.onFault?.(error, operation),
    signal: options.signal,
    record: options.record,
    durable: durable && {
      guest: durable.guest,
      mute: (muted) => {
        stdio.muted = muted;
      },
    },
    transfer,
    restore: from ?? (image && { kernel: image.state.kernel, ...(options.cwd === undefined ? {} : { cwd }) }),
  });
  const guest = await (from === undefined && image !== undefined ? asImageError : asSnapshotError)(
    () => starting,
  );
  wake = () => guest.wake();
  const session: Session = new Session({
    guest,
    driver,
    stdio,
    limits,
    durable: durable && { journal: durable, save: () => python.save() },
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
  const aborted = (): void => session.kill("its signal was aborted");
  options.signal?.addEventListener("abort", aborted, { once: true });
  void session.ended.then((reason) => {
    options.signal?.removeEventListener("abort", aborted);
    bridge.end(new ClosedError(reason));
    files.end();
    ground?.release();
  });
  const python: PythonSession = new PythonSession({
    durable: durable?.standing,
    cells: (from?.session.cells ?? 0) + (durable?.finished ?? 0),
    session,
    files,
    bridge,
    memory: limits.memory,
    engine: guest.process.engine,
    pid: guest.process.pid,
    keeping: {
      options,
      driver,
      transfer,
      guest,
      mounts,
      image: imageHash(image),
      base: baseOf(image),
      cwd,
      functions: known,
      begun,
    },
  });
  if (from !== undefined && ground === undefined) await restoreMemory(session, driver, transfer, from);
  durable?.restored();
  idle = async (action) => toOutcome(await python.act(action));
  return python;
};

/** A host function as text, to compare by. */
const textOf = (spec: object): string =>
  JSON.stringify(spec, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value,
  );

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
