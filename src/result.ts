import { KilledError, LimitError, ProtocolError, PythonError } from "./errors.js";
import type { ErrorInfo } from "./protocol/messages.js";

/** What a run used. */
export interface Usage {
  /** CPU time of the guest process, in milliseconds. */
  readonly cpu: number;
  /** Time on the clock, in milliseconds. */
  readonly wall: number;
  /** The most memory that the guest process had resident so far, in bytes. */
  readonly peakMemory: number;
  /** Operations that the guest asked for, by name. */
  readonly operations: Readonly<Record<string, number>>;
  /** Bytes that it wrote: to its files, streams and pipes. */
  readonly bytesIn: number;
  /** Bytes that it read from such. */
  readonly bytesOut: number;
}

/** A rich output of the guest's `display()`: one thing in several forms. */
export interface DisplayBundle {
  /** By MIME type: texts (also JSON and SVG) as strings, pictures and the like as bytes. */
  readonly data: ReadonlyMap<string, string | Uint8Array>;
  /** By MIME type or freely, as the guest gave it. */
  readonly metadata: unknown;
  /** Given when a later bundle may replace this one. */
  readonly id?: string;
  /** Whether it replaces an earlier bundle with the same id. */
  readonly update: boolean;
}

/** Why a run has no value, in Python's terms; `type` is the exception's class, or what happened ("Killed"). */
export type RunError = Omit<ErrorInfo, "value">;

interface Common {
  /** What was printed, decoded as UTF-8 (malformed bytes become U+FFFD). Kept whatever ended the run. */
  readonly stdout: string;
  readonly stderr: string;
  readonly displays: readonly DisplayBundle[];
  readonly usage: Usage;
}

/** The code ran to its end; `value` is that of a trailing expression, else undefined. */
export interface OkResult<T = unknown> extends Common {
  readonly ok: true;
  readonly status: "ok";
  readonly value: T;
}

/** `sys.exit()` or an end of the process with status 0. */
export interface CleanExitResult extends Common {
  readonly ok: true;
  readonly status: "exit";
  readonly code: 0;
  readonly value: undefined;
}

interface Failed extends Common {
  readonly ok: false;
  readonly error: RunError;
}

/** An exception that nobody caught; the session lives on. */
export interface ErrorResult extends Failed {
  readonly status: "error";
}

/** `sys.exit(code)` with a code that is not 0. */
export interface FailedExitResult extends Failed {
  readonly status: "exit";
  /** 1 to 255. */
  readonly code: number;
}

/** CPU or wall time was up, or the operations were used up. */
export interface TimeoutResult extends Failed {
  readonly status: "timeout";
  readonly limit: "cpu" | "wall" | "operations";
  /** Whether the guest did not stop by itself and was killed, so that the sandbox is closed. */
  readonly closed: boolean;
}

/** `limits.memory` was reached, and the MemoryError that it made was not caught; or the guest died of it. */
export interface MemoryResult extends Failed {
  readonly status: "memory";
  /** Whether the guest died, so that the sandbox is closed. */
  readonly closed: boolean;
}

/** More was printed than `limits.output` allows; what fits is in stdout and stderr. */
export interface OutputResult extends Failed {
  readonly status: "output";
  readonly closed: boolean;
}

/** The run was aborted, or the guest killed, or it crashed. */
export interface KilledResult extends Failed {
  readonly status: "killed";
  /** "aborted", "interrupted", "closed", "killed", or what the guest died of: "stack overflow", … */
  readonly reason: string;
  /** False where an aborted guest stopped by itself: then the sandbox goes on. */
  readonly closed: boolean;
}

/** The guest process sent what no sound guest sends; it was killed and the sandbox is closed. */
export interface ProtocolResult extends Failed {
  readonly status: "protocol";
}

/** How a run ended. Branch on `ok`, or on `status` for all there is. */
export type RunResult<T = unknown> =
  | OkResult<T>
  | CleanExitResult
  | ErrorResult
  | FailedExitResult
  | TimeoutResult
  | MemoryResult
  | OutputResult
  | KilledResult
  | ProtocolResult;

/** How a run ended, in a word. */
export type RunStatus = RunResult["status"];

/** The value of a run that went well; else throws the fitting SallyportError. */
export const unwrap = <T>(result: RunResult<T>): T | undefined => {
  if (result.ok) return result.value;
  throw toError(result);
};

/** The error that says what ended a run. */
export const toError = (
  result: Exclude<RunResult, { ok: true }>,
): PythonError | LimitError | KilledError | ProtocolError => {
  const { message } = result.error;
  switch (result.status) {
    case "error":
    case "exit":
      return new PythonError(result.error);
    case "timeout":
      return new LimitError(result.limit, message);
    case "memory":
      return new LimitError("memory", message);
    case "output":
      return new LimitError("output", message);
    case "killed":
      return new KilledError(message);
    case "protocol":
      return new ProtocolError(message);
  }
};
