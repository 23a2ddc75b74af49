import type { DurableSession } from "../durable/session.js";
import type { End } from "../engine/engine.js";
import { ClosedError, DurableError } from "../errors.js";
import type { StopReason } from "../limits/watch.js";
import { lowerLimits, type ParsedLimits, type ParsedRunLimits } from "../options/limits.js";
import { checkRunOptions } from "../options/run.js";
import type { RunOptions } from "../options/sandbox.js";
import type { Action, Display } from "../protocol/messages.js";
import type { DisplayBundle } from "../result.js";
import type { PythonDriver } from "./driver.js";
import type { Executing, Execution } from "./execution.js";
import type { Guest } from "./guest.js";
import { SessionJournal, type SessionJournalOptions } from "./journal.js";
import { cpuTime, Measure } from "./measure.js";
import type { InForce, Shown } from "./outcome.js";
import { textOf } from "./output.js";
import { ActionOutputs, type OutputCallbacks } from "./outputs.js";
import { type Performed, perform } from "./perform.js";
import { watchRedo } from "./redo.js";
import type { SessionStdio } from "./stdio.js";
import { describeEnd } from "./texts.js";
import { orAborted, Turns } from "./turns.js";

export interface SessionOptions {
  readonly guest: Guest;
  readonly driver: PythonDriver;
  readonly stdio: SessionStdio;
  readonly limits: ParsedLimits;
  readonly toBundle: (display: Display) => DisplayBundle;
  /** Where it is durable. */
  readonly durable?: SessionJournalOptions | undefined;
  readonly callbacks: OutputCallbacks;
  /** Whoever aborts it has the session killed. */
  readonly signal?: AbortSignal | undefined;
}

/** A live guest: one action after the other, each with its input, output, limits and end. */
export class Session {
  /** Settles with the reason when the guest is gone. */
  readonly ended: Promise<string>;
  readonly #options: SessionOptions;
  readonly #journal: SessionJournal | undefined;
  readonly #turns = new Turns();
  /** As `ended`, to be waited for within a turn. */
  readonly #gone: Promise<string>;
  /** Runs that are over, while they are done again: by one for all who wait for that. */
  #catching: Promise<void> | undefined;
  #closed: string | undefined;
  #end: End | undefined;
  #peakMemory = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#journal = options.durable && new SessionJournal(options.durable);
    this.#gone = this.#awaitEnd();
    this.ended = this.#journal === undefined ? this.#gone : this.#awaitTurns(this.#journal.durable);
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
    const { callbacks, guest } = this.#options;
    const outputs = new ActionOutputs(options, callbacks, () => guest.wake());
    let stop: ((reason: StopReason) => void) | undefined;
    let early = false;
    const executed = this.#inTurn(options, async () => {
      options.signal?.throwIfAborted();
      this.#throwIfClosed();
      const again = this.#again(options.id, outputs);
      if (again !== undefined) return again;
      await this.#catchUp(options.signal);
      return await this.#execute(action, options, outputs, (begun) => {
        stop = begun;
        if (early) begun("interrupted");
      });
    });
    return {
      stdout: outputs.stdout,
      stderr: outputs.stderr,
      execution: executed.finally(() => outputs.end()),
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
    this.kill("closed by its owner");
    await this.ended;
  }

  #again(id: string | undefined, outputs: ActionOutputs): Execution | undefined {
    return id === undefined ? undefined : this.#journal?.again(id, outputs, this.#options.toBundle);
  }

  /** Whoever gives up waiting leaves what is done again to those who come later. */
  async #catchUp(signal?: AbortSignal): Promise<void> {
    const journal = this.#journal;
    if (journal === undefined) return;
    this.#catching ??= this.#doAgain(journal).finally(() => {
      this.#catching = undefined;
    });
    await (signal === undefined ? this.#catching : orAborted(this.#catching, signal));
  }

  async #doAgain(journal: SessionJournal): Promise<void> {
    const { guest, driver, limits, signal } = this.#options;
    try {
      await journal.catchUp(driver, (run) => watchRedo(guest, (error) => this.#giveUp(error), run, limits));
    } catch (error) {
      if (!(error instanceof ClosedError) || this.#closed === undefined) throw error;
      await this.#gone;
      signal?.throwIfAborted();
      throw this.#failure() ?? error;
    }
  }

  #giveUp(error: DurableError): void {
    // A guest that is gone already has another reason.
    if (this.#closed !== undefined) return;
    this.#journal?.durable.guest.tape.fail(error);
    this.kill("what it did before took too long to do again");
  }

  /** Why the journal could not be gone on with, where that ended the guest. */
  #failure(): DurableError | undefined {
    const failure = this.#journal?.durable.guest.tape.failure;
    if (failure !== undefined) return failure;
    return this.#end?.kind === "failed" && this.#end.error instanceof DurableError
      ? this.#end.error
      : undefined;
  }

  #throwIfClosed(): void {
    if (this.#closed !== undefined) throw new ClosedError(this.#closed);
  }

  async #execute(
    action: (limits: ParsedRunLimits) => Action,
    options: RunOptions,
    outputs: ActionOutputs,
    begun: (stop: (reason: StopReason) => void) => void,
  ): Promise<Execution> {
    const { guest, driver, stdio, toBundle } = this.#options;
    const limits = this.#inForce(lowerLimits(options.limits, this.#options.limits));
    const command = action(limits);
    const measure = new Measure(guest);
    const performer = {
      guest,
      driver,
      stdio,
      toBundle,
      durable: this.#journal?.durable,
      grace: this.#options.limits.grace,
      gone: this.#gone,
      kill: (reason: string) => this.kill(reason),
      giveUp: (error: DurableError) => this.#giveUp(error),
    };
    const performed = await perform(performer, { command, limits, options, outputs, begun });
    const failure = performed.result === undefined ? this.#failure() : undefined;
    if (failure !== undefined) throw failure;
    const shown: Shown = {
      stdout: textOf(outputs.stdout),
      stderr: textOf(outputs.stderr),
      displays: performed.displays,
      usage: measure.usage(this.peakMemory),
    };
    const execution = await this.#outcome(performed, shown, limits);
    if (this.#journal?.over(options.id, execution, performed.reports) === true) this.#keepState();
    if (performed.failure !== undefined) throw performed.failure.error;
    return execution;
  }

  /** Saves the state, and begins the journal anew, when that has become long; in a turn of its own. */
  #keepState(): void {
    const journal = this.#journal;
    if (journal === undefined || !journal.durable.long || this.#closed !== undefined) return;
    const keeping = this.#turns.take(async () => {
      if (this.#closed === undefined) await journal.keep();
    });
    // What cannot be saved now stays in the journal, which is all that is needed.
    keeping.catch(() => journal.durable.kept());
  }

  async #outcome({ stopped, result }: Performed, shown: Shown, limits: InForce): Promise<Execution> {
    if (stopped === "cpu" && limits.ofAllRuns !== undefined) {
      this.kill("the CPU time of all its runs is used up");
      await this.#gone;
    }
    if (stopped !== undefined) {
      const error = result?.status === "error" ? result.error : undefined;
      const stop = { reason: stopped, closed: this.#closed };
      return { kind: "stopped", stop, error, shown, limits };
    }
    if (result !== undefined) return { kind: "result", result, shown, limits };
    const end = this.#end ?? { kind: "killed", reason: this.#closed ?? "unknown" };
    return { kind: "ended", end, peakMemory: this.#peakMemory, shown, limits };
  }

  /** A run has at most the CPU time that is left of what all runs have together, in whatever processes. */
  #inForce(limits: ParsedRunLimits): InForce {
    const { guest, limits: own } = this.#options;
    const used = (this.#journal?.durable.cpu ?? 0) + (cpuTime(guest) ?? 0);
    const left = Math.max(1, own.totalCpu - used);
    return left < limits.cpu ? { ...limits, cpu: left, ofAllRuns: own.totalCpu } : limits;
  }

  /** Whoever has a turn still writes to the journal. */
  async #awaitTurns(durable: DurableSession): Promise<string> {
    const reason = await this.#gone;
    await this.#turns.take(async () => {
      await this.#catching?.catch(() => undefined);
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
