import { formatDuration, formatSize } from "../checks/units.js";
import type { End } from "../engine/engine.js";
import type { StopReason } from "../limits/watch.js";
import type { ParsedRunLimits } from "../options/limits.js";
import type { ErrorInfo } from "../protocol/messages.js";
import type { DisplayBundle, RunError, RunResult, Usage } from "../result.js";
import { reasonOf } from "../wire/thrown.js";

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

/** The limits that a run had, and whether its CPU time was what all runs of the sandbox together had left. */
export interface InForce extends ParsedRunLimits {
  /** Milliseconds of all runs together. */
  readonly ofAllRuns?: number;
}

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

/** The result of a run that raised MemoryError because its memory was used up; its guest lives on. */
export const outOfMemory = (limit: number, error: ErrorInfo, shown: Shown): RunResult<never> => ({
  ...shown,
  ok: false,
  status: "memory",
  closed: false,
  error: { ...withoutValue(error), type: "MemoryLimitExceeded", message: memoryMessage(limit) },
});

const memoryMessage = (limit: number): string => `The memory limit of ${formatSize(limit)} was reached`;

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
  limits: InForce,
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
const limitMessage = (limit: "cpu" | "wall" | "output" | "operations", limits: InForce): string => {
  switch (limit) {
    case "cpu":
      if (limits.ofAllRuns !== undefined)
        return `The CPU time limit of ${formatDuration(limits.ofAllRuns)} for all runs was reached`;
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
      return killed(shown, "controller", `The controller failed: ${reasonOf(end.error)}`);
    case "killed":
      return killed(shown, "killed", `The guest was killed: ${end.reason}`);
    case "died":
    case "signal": {
      if (memory.peak >= memory.limit * NEARLY_ALL) {
        const message = `${memoryMessage(memory.limit)}; the guest is gone: ${causeOf(end)}`;
        return {
          ...shown,
          ok: false,
          status: "memory",
          closed: true,
          error: bare("MemoryLimitExceeded", message),
        };
      }
      return end.kind === "died"
        ? killed(shown, end.reason, `The guest crashed: ${causeOf(end)}`)
        : killed(shown, end.signal, `The guest was ended by ${causeOf(end)}`);
    }
  }
};

const causeOf = (end: Extract<End, { kind: "died" | "signal" }>): string =>
  end.kind === "died" ? `${end.reason} at 0x${end.detail.toString(16)}` : end.signal;

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
