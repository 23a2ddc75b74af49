import type { DurableSession } from "../durable/session.js";
import type { End } from "../engine/engine.js";
import { ClosedError, DurableError } from "../errors.js";
import { type StopReason, Watch } from "../limits/watch.js";
import { lowerLimits, type ParsedLimits, type ParsedRunLimits } from "../options/limits.js";
import { checkRunOptions } from "../options/run.js";
import type { RunOptions } from "../options/sandbox.js";
import { formatDuration } from "../options/units.js";
import type { Action, Display, Result } from "../protocol/messages.js";
import type { DisplayBundle } from "../result.js";
import type { SnapshotState } from "../snapshot/state.js";
import { Displays } from "./displays.js";
import type { PythonDriver } from "./driver.js";
import type { Executing, Execution } from "./execution.js";
import type { Guest } from "./guest.js";
import { Interrupts } from "./interrupts.js";
import { cpuTime, Measure } from "./measure.js";
import type { InForce, Shown } from "./outcome.js";
import { Output, type OutputCallback } from "./output.js";
import { executionOf, keptOf, Reports } from "./recorded.js";
import type { SessionStdio } from "./stdio.js";
import { describeEnd } from "./texts.js";
import { Turns } from "./turns.js";

export interface SessionOptions {
  readonly guest: Guest;
  readonly driver: PythonDriver;
  readonly stdio: SessionStdio;
  readonly limits: ParsedLimits;
  readonly toBundle: (display: Display) => DisplayBundle;
  /** Its journal, where it is durable. */
  readonly durable?:
    | {
        readonly journal: DurableSession;
        /** The state, taken within a turn. */
        readonly save: () => Promise<SnapshotState>;
      }
    | undefined;
  readonly callbacks: {
    readonly stdout: readonly OutputCallback[];
    readonly stderr: readonly OutputCallback[];
  };
}

/** A live guest: one action after the other, each with its input, output, limits and end. */
export class Session {
  /** Settles with the reason when the guest is gone. */
  readonly ended: Promise<string>;
  readonly #options: SessionOptions;
  readonly #turns = new Turns();
  /** As `ended`, to be waited for within a turn. */
  readonly #gone: Promise<string>;
  #closed: string | undefined;
  #end: End | undefined;
  #peakMemory = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#gone = this.#awaitEnd();
    this.ended = options.durable === undefined ? this.#gone : this.#awaitTurns(options.durable.journal);
  }

  get closed(): string | undefined {
    return this.#closed;
  }

  get busy(): boolean {
    return this.#turns.taken;
  }

  get peakMemory(): number {
    this.#peakMemory = this.#options.guest.process.peakMemory() ?? this.#peakMemory;
    return this.#peakMemory;
  }

  /** Carries out an action when those before it are done. `action` is made just before. */
  execute(action: (limits: ParsedRunLimits) => Action, options: RunOptions): Executing {
    let fail: (error: unknown) => void = () => undefined;
    const failure = new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
    failure.catch(() => undefined);
    const output = (callback: OutputCallback | undefined, others: readonly OutputCallback[]): Output =>
      new Output({
        keep: options.capture ?? true,
        callbacks: callback === undefined ? others : [callback, ...others],
        drained: () => this.#options.guest.wake(),
        failed: fail,
      });
    const stdout = output(options.onStdout, this.#options.callbacks.stdout);
    const stderr = output(options.onStderr, this.#options.callbacks.stderr);
    let stop: ((reason: StopReason) => void) | undefined;
    let early = false;
    const performed = this.#inTurn(options, async () => {
      options.signal?.throwIfAborted();
      this.#throwIfClosed();
      const again = this.#again(options.id, stdout, stderr);
      if (again !== undefined) return again;
      await this.#catchUp();
      return await this.#perform(action, options, { stdout, stderr, failure, fail }, (begun) => {
        stop = begun;
        if (early) begun("interrupted");
      });
    });
    const execution = performed.finally(() => {
      stdout.end();
      stderr.end();
    });
    return {
      stdout,
      stderr,
      execution,
      interrupt: () => {
        early = true;
        stop?.("interrupted");
      },
    };
  }

  async #inTurn<T>(options: RunOptions, action: () => Promise<T>): Promise<T> {
    checkRunOptions(options);
    return this.#turns.take(action, options.signal);
  }

  /** Does something with the guest between two runs. Rejects with ClosedError where the guest ends meanwhile. */
  exclusive<T>(task: () => Promise<T>): Promise<T> {
    return this.#turns.take(async () => {
      this.#throwIfClosed();
      await this.#catchUp();
      try {
        return await task();
      } catch (error) {
        if (this.#closed !== undefined) await this.#gone;
        throw error;
      }
    });
  }

  /** Ends the guest at once. */
  kill(reason: string): void {
    this.#closed ??= reason;
    this.#options.guest.process.kill(reason);
  }

  /** Waits for what runs, then ends the guest. */
  async close(): Promise<void> {
    this.#closed ??= "closed by its owner";
    this.#options.guest.process.kill("closed by its owner");
    await this.ended;
  }

  /** A run that is over, under this name, as it was. */
  #again(id: string | undefined, stdout: Output, stderr: Output): Execution | undefined {
    const { toBundle } = this.#options;
    const durable = this.#options.durable?.journal;
    const record = id === undefined ? undefined : durable?.recorded(id);
    if (durable === undefined || record === undefined) return undefined;
    const text = (name: "stdout" | "stderr", output: Output): string => {
      output.push(durable.output(name, record));
      return decode(output);
    };
    return executionOf(record, { stdout: text("stdout", stdout), stderr: text("stderr", stderr) }, toBundle);
  }

  /** Does again what the journal has of runs that are over, so that they are in effect. */
  async #catchUp(): Promise<void> {
    const { driver } = this.#options;
    const durable = this.#options.durable?.journal;
    if (durable === undefined) return;
    if (durable.ended !== undefined) throw new ClosedError(durable.ended);
    try {
      await durable.catchUp(() => driver.repeat());
    } catch (error) {
      if (!(error instanceof ClosedError)) throw error;
      await this.#gone;
      throw this.#failure() ?? error;
    }
  }

  /** Why the journal could not be gone on with, where that ended the guest. */
  #failure(): DurableError | undefined {
    const { failure } = this.#options.durable?.journal.guest.tape ?? {};
    if (failure !== undefined) return failure;
    return this.#end?.kind === "failed" && this.#end.error instanceof DurableError
      ? this.#end.error
      : undefined;
  }

  #throwIfClosed(): void {
    if (this.#closed !== undefined) throw new ClosedError(this.#closed);
  }

  async #perform(
    action: (limits: ParsedRunLimits) => Action,
    options: RunOptions,
    outputs: {
      readonly stdout: Output;
      readonly stderr: Output;
      /** Rejects with what a callback of the caller's threw. */
      readonly failure: Promise<never>;
      readonly fail: (error: unknown) => void;
    },
    begun: (stop: (reason: StopReason) => void) => void,
  ): Promise<Execution> {
    const { guest, driver, stdio, toBundle } = this.#options;
    const durable = this.#options.durable?.journal;
    const reports = new Reports();
    const limits = this.#inForce(lowerLimits(options.limits, this.#options.limits));
    const command = action(limits);
    const measure = new Measure(guest);
    const interrupts = new Interrupts(guest);
    using watch = new Watch({
      limits,
      grace: this.#options.limits.grace,
      cpuTime: () => cpuTime(guest),
      stop: (reason) => {
        outputs.stdout.unblock();
        outputs.stderr.unblock();
        interrupts.raise(reason);
      },
      remind: (reason) => {
        if (guest.process.waiting) interrupts.raise(reason);
      },
      held: durable !== undefined,
      kill: () => this.kill(`it did not stop within ${formatDuration(this.#options.limits.grace)}`),
    });
    durable?.begin(
      (used) => watch.start(used),
      (reason) => watch.stop(reason),
    );
    guest.limitOperations(limits.operations, () => watch.stop("operations"));
    stdio.begin({ ...outputs, limit: limits.output, exceeded: () => watch.stop("output") });
    stdio.stdin.begin(options.stdin);
    const aborted = (): void => watch.stop("aborted");
    options.signal?.addEventListener("abort", aborted, { once: true });
    let callbackFailure: { readonly error: unknown } | undefined;
    outputs.failure.catch((error: unknown) => {
      callbackFailure = { error };
      watch.stop("aborted");
    });
    begun((reason) => watch.stop(reason));
    const displays = new Displays({
      limit: limits.output,
      toBundle,
      shown: options.onDisplay,
      exceeded: () => watch.stop("output"),
      failed: outputs.fail,
    });
    const onReport = (kind: number, message: Uint8Array): void => {
      if (durable !== undefined) reports.add(kind, message);
    };
    let performed: Result | undefined;
    try {
      const performing = driver.perform(
        command,
        (display) => displays.add(display),
        () => interrupts.fetched(),
        onReport,
      );
      performed = await settle(performing, this.#gone);
      const failure = performed === undefined ? this.#failure() : undefined;
      if (failure !== undefined) throw failure;
    } finally {
      options.signal?.removeEventListener("abort", aborted);
      stdio.end();
    }
    const shown: Shown = {
      stdout: decode(outputs.stdout),
      stderr: decode(outputs.stderr),
      displays: displays.bundles,
      usage: measure.usage(this.peakMemory),
    };
    const execution = await this.#outcome(watch.stopped, performed, shown, limits);
    const kept = durable === undefined ? undefined : keptOf(execution, reports);
    if (kept !== undefined) {
      durable?.over(options.id, kept);
      this.#keepState();
    }
    if (callbackFailure !== undefined) throw callbackFailure.error;
    return execution;
  }

  /** Saves the state, and begins the journal anew, when that has become long; in a turn of its own. */
  #keepState(): void {
    const { durable } = this.#options;
    if (durable === undefined || !durable.journal.long || this.#closed !== undefined) return;
    const keeping = this.#turns.take(async () => {
      if (this.#closed === undefined) await durable.journal.keep(await durable.save());
    });
    // What cannot be saved now stays in the journal, which is all that is needed.
    keeping.catch(() => durable.journal.kept());
  }

  async #outcome(
    stopped: StopReason | undefined,
    performed: Result | undefined,
    shown: Shown,
    limits: InForce,
  ): Promise<Execution> {
    if (stopped === "cpu" && limits.ofAllRuns !== undefined) {
      this.kill("the CPU time of all its runs is used up");
      await this.#gone;
    }
    if (stopped !== undefined) {
      const error = performed?.status === "error" ? performed.error : undefined;
      const stop = { reason: stopped, closed: this.#closed };
      return { kind: "stopped", stop, error, shown, limits };
    }
    if (performed !== undefined) return { kind: "result", result: performed, shown, limits };
    const end = this.#end ?? { kind: "killed", reason: this.#closed ?? "unknown" };
    return { kind: "ended", end, peakMemory: this.#peakMemory, shown, limits };
  }

  /** A run has at most the CPU time that is left of what all runs have together. */
  #inForce(limits: ParsedRunLimits): InForce {
    const { guest, limits: own } = this.#options;
    const left = Math.max(1, own.totalCpu - (cpuTime(guest) ?? 0));
    return left < limits.cpu ? { ...limits, cpu: left, ofAllRuns: own.totalCpu } : limits;
  }

  /** Whoever has a turn still writes to the journal. */
  async #awaitTurns(durable: DurableSession): Promise<string> {
    const reason = await this.#gone;
    await this.#turns.take(async () => {
      durable[Symbol.dispose]();
    });
    return reason;
  }

  async #awaitEnd(): Promise<string> {
    const { guest, driver } = this.#options;
    const end = await guest.process.ended;
    this.#end = end;
    this.#closed ??= describeEnd(end);
    driver.end(new ClosedError(this.#closed));
    await guest.release(end);
    return this.#closed;
  }
}

/** The result, or undefined when the guest ended first; waits for its end then. */
const settle = async (result: Promise<Result>, ended: Promise<string>): Promise<Result | undefined> => {
  try {
    return await result;
  } catch (error) {
    if (!(error instanceof ClosedError)) throw error;
    await ended;
    return undefined;
  }
};

const decoder = new TextDecoder();
const decode = (output: Output): string => decoder.decode(output.bytes());
