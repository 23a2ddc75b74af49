import type { End } from "../engine/engine.js";
import type { StopReason } from "../limits/watch.js";
import type { ParsedRunLimits } from "../options/limits.js";
import { formatDuration, formatSize } from "../options/units.js";
import type { ErrorInfo } from "../protocol/messages.js";
import type { DisplayBundle, RunError, RunResult, Usage } from "../result.js";

/** What a run has to show, however it ended. */
export interface Shown {
  readonly stdout: string;
  readonly stderr: string;
  readonly displays: readonly DisplayBundle[];
  readonly usage: Usage;
}

/** How a run ended by itself without a value, in a guest that lives on. */
export type Completion =
  | { readonly status: "error"; readonly error: ErrorInfo }
  | { readonly status: "exit"; readonly code: number };

/** What a run was stopped for, and why the guest is gone, if it did not live on. */
export interface Stop {
  readonly reason: StopReason;
  readonly closed: string | undefined;
}

const bare = (type: string, message: string): RunError => ({
  type,
  qualified: `sallyport:${type}`,
  message,
  traceback: "",
  frames: [],
  notes: [],
});

const withoutValue = ({ value: _value, ...error }: ErrorInfo): RunError => error;

/** The result of a run that ended without a value; its guest lives on. */
export const completed = (completion: Completion, shown: Shown): RunResult<never> =>
  completion.status === "exit"
    ? exited(completion.code, shown)
    : { ...shown, ok: false, status: "error", error: withoutValue(completion.error) };

/** The result of a run whose value cannot come over. */
export const failedToTravel = (message: string, shown: Shown): RunResult<never> => ({
  ...shown,
  ok: false,
  status: "error",
  error: bare("TypeError", message),
});

/** The result of a run that was told to stop. `error` is what the guest said to it, if it could. */
export const stopped = (
  stop: Stop,
  limits: ParsedRunLimits,
  error: ErrorInfo | undefined,
  shown: Shown,
): RunResult<never> => {
  const { reason } = stop;
  const closed = stop.closed !== undefined;
  const describe = (type: string, what: string): RunError => {
    const message = stop.closed === undefined ? what : `${what}; the guest is gone: ${stop.closed}`;
    return error === undefined ? bare(type, message) : { ...withoutValue(error), type, message };
  };
  switch (reason) {
    case "cpu":
    case "wall":
    case "operations": {
      const message = limitMessage(reason, limits);
      return {
        ...shown,
        ok: false,
        status: "timeout",
        limit: reason,
        closed,
        error: describe("TimeLimitExceeded", message),
      };
    }
    case "output": {
      const message = limitMessage(reason, limits);
      return {
        ...shown,
        ok: false,
        status: "output",
        closed,
        error: describe("OutputLimitExceeded", message),
      };
    }
    case "aborted":
    case "interrupted": {
      const message = `The run was ${reason}`;
      const type = error?.type ?? "KeyboardInterrupt";
      return { ...shown, ok: false, status: "killed", reason, closed, error: describe(type, message) };
    }
  }
};

/** Which limit ended a run, and its value. */
export const limitMessage = (
  limit: "cpu" | "wall" | "output" | "operations",
  limits: ParsedRunLimits,
): string => {
  switch (limit) {
    case "cpu":
      return `The CPU time limit of ${formatDuration(limits.cpu)} was reached`;
    case "wall":
      return `The time limit of ${formatDuration(limits.wall)} was reached`;
    case "output":
      return `The output limit of ${formatSize(limits.output)} was reached`;
    case "operations":
      return `The limit of ${limits.operations} operations was reached`;
  }
};

/** The result of a run whose guest process ended in the middle of it, for no limit of time. */
export const ended = (
  end: End,
  memory: { readonly limit: number; readonly peak: number },
  shown: Shown,
): RunResult<never> => {
  switch (end.kind) {
    case "exit":
      return exited(end.status, shown);
    case "breach":
      return { ...shown, ok: false, status: "protocol", error: bare("ProtocolError", end.error.message) };
    case "failed":
      return killed(shown, "controller", `The controller failed: ${describe(end.error)}`);
    case "killed":
      return killed(shown, "killed", `The guest was killed: ${end.reason}`);
    case "died":
    case "signal": {
      if (memory.peak >= memory.limit * NEARLY_ALL) {
        const message = `The guest died at its memory limit of ${formatSize(memory.limit)}`;
        return { ...shown, ok: false, status: "memory", error: bare("MemoryLimitExceeded", message) };
      }
      return end.kind === "died"
        ? killed(shown, end.reason, `The guest crashed: ${end.reason} at 0x${end.detail.toString(16)}`)
        : killed(shown, end.signal, `The guest was ended by ${end.signal}`);
    }
  }
};

/** A guest that dies with so much of its memory in use has died of it. */
const NEARLY_ALL = 0.9;

const killed = (shown: Shown, reason: string, message: string): RunResult<never> => ({
  ...shown,
  ok: false,
  status: "killed",
  reason,
  closed: true,
  error: bare("Killed", message),
});

const exited = (code: number, shown: Shown): RunResult<never> =>
  code === 0
    ? { ...shown, ok: true, status: "exit", code, value: undefined }
    : { ...shown, ok: false, status: "exit", code, error: bare("SystemExit", String(code)) };

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));
