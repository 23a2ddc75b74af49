import { formatDuration } from "../checks/units.js";
import type { DurableSession } from "../durable/session.js";
import { ClosedError } from "../errors.js";
import { type StopReason, Watch } from "../limits/watch.js";
import type { RunOptions } from "../options/sandbox.js";
import type { Action, Display, Result } from "../protocol/messages.js";
import type { DisplayBundle } from "../result.js";
import { Displays } from "./displays.js";
import type { PythonDriver } from "./driver.js";
import type { Guest } from "./guest.js";
import { Interrupts } from "./interrupts.js";
import { cpuTime } from "./measure.js";
import type { InForce } from "./outcome.js";
import type { ActionOutputs } from "./outputs.js";
import { Reports } from "./recorded.js";
import { type GiveUp, watchRedo } from "./redo.js";
import type { SessionStdio } from "./stdio.js";

/** The guest that performs an action, and what stands around it. */
export interface Performer {
  readonly guest: Guest;
  readonly driver: PythonDriver;
  readonly stdio: SessionStdio;
  readonly toBundle: (display: Display) => DisplayBundle;
  readonly durable: DurableSession | undefined;
  /** Milliseconds that a guest has that was told to stop. */
  readonly grace: number;
  /** Settles when the guest has ended. */
  readonly gone: Promise<string>;
  readonly kill: (reason: string) => void;
  readonly giveUp: GiveUp;
}

/** What is to be performed. */
export interface Task {
  readonly command: Action;
  readonly limits: InForce;
  readonly options: Pick<RunOptions, "stdin" | "signal" | "onDisplay">;
  readonly outputs: ActionOutputs;
  /** Told how to stop it. */
  readonly begun: (stop: (reason: StopReason) => void) => void;
}

/** How that ended. */
export interface Performed {
  /** Missing where the guest ended with it. */
  readonly result: Result | undefined;
  /** Why it was told to stop, if it was. */
  readonly stopped: StopReason | undefined;
  readonly displays: readonly DisplayBundle[];
  /** For the journal, where there is one. */
  readonly reports: Reports;
  /** What a callback of the caller's threw. */
  readonly failure: { readonly error: unknown } | undefined;
}

/** Has a guest perform one action: with its input, its output, its limits, and an end in any case. */
export const perform = async (performer: Performer, task: Task): Promise<Performed> => {
  const { guest, driver, stdio, durable, grace, gone } = performer;
  const { command, limits, options, outputs } = task;
  const reports = new Reports();
  const interrupts = new Interrupts(guest);
  using watch = new Watch({
    limits,
    grace,
    cpuTime: () => cpuTime(guest),
    stop: (reason) => {
      outputs.unblock();
      interrupts.raise(reason);
    },
    remind: (reason) => {
      if (guest.process.waiting) interrupts.raise(reason);
    },
    held: durable !== undefined,
    kill: () => performer.kill(`it did not stop within ${formatDuration(grace)}`),
  });
  using redo =
    durable === undefined || durable.guest.tape.exhausted
      ? undefined
      : watchRedo(guest, performer.giveUp, limits);
  durable?.begin(
    (used) => {
      redo?.[Symbol.dispose]();
      watch.start(used);
    },
    (reason) => watch.stop(reason),
  );
  guest.limitOperations(limits.operations, () => watch.stop("operations"));
  const { stdout, stderr } = outputs;
  stdio.begin({ stdout, stderr, limit: limits.output, exceeded: () => watch.stop("output") });
  stdio.stdin.begin(options.stdin);
  const aborted = (): void => watch.stop("aborted");
  options.signal?.addEventListener("abort", aborted, { once: true });
  let failure: Performed["failure"];
  outputs.failure.catch((error: unknown) => {
    failure = { error };
    watch.stop("aborted");
  });
  task.begun((reason) => watch.stop(reason));
  const displays = new Displays({
    limit: limits.output,
    toBundle: performer.toBundle,
    shown: options.onDisplay,
    exceeded: () => watch.stop("output"),
    failed: outputs.fail,
  });
  try {
    const performing = driver.perform(
      command,
      (display) => displays.add(display),
      () => interrupts.fetched(),
      (kind, message) => {
        if (durable !== undefined) reports.add(kind, message);
      },
    );
    const result = await settle(performing, gone);
    return { result, stopped: watch.stopped, displays: displays.bundles, reports, failure };
  } finally {
    options.signal?.removeEventListener("abort", aborted);
    stdio.end();
  }
};

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
