import type { RunRecord } from "../durable/runs.js";
import { decodeDisplay, decodeResult } from "../protocol/codec.js";
import type { Display } from "../protocol/messages.js";
import { REPORT } from "../protocol/messages.js";
import type { DisplayBundle } from "../result.js";
import type { Execution } from "./execution.js";

/** What the journal keeps of a run beside its output. */
export type KeptRun = Omit<RunRecord, "id" | "operations" | "carried" | "stdout" | "stderr">;

/** The reports of a run, as they came. */
export class Reports {
  readonly displays: Uint8Array[] = [];
  result: Uint8Array | null = null;

  add(kind: number, message: Uint8Array): void {
    if (kind === REPORT.display) this.displays.push(new Uint8Array(message));
    else if (kind === REPORT.result) this.result = new Uint8Array(message);
  }
}

/**
 * What is to be kept of a run; undefined where it is not over: its guest was ended from outside, and may go on where
 * it was.
 */
export const keptOf = (execution: Execution, { displays, result }: Reports): KeptRun | undefined => {
  const { shown, limits } = execution;
  const { cpu, wall, output, operations } = limits;
  const common = {
    result,
    displays,
    stopped: null,
    ended: null,
    peakMemory: 0,
    limits: { cpu, wall, output, operations },
    usage: { ...shown.usage, operations: { ...shown.usage.operations } },
  };
  switch (execution.kind) {
    case "result":
      return common;
    case "stopped": {
      const { reason, closed } = execution.stop;
      const byOwner = reason === "aborted" || reason === "interrupted";
      if (result === null && byOwner) return undefined;
      return { ...common, stopped: { reason, closed: closed ?? null } };
    }
    case "ended": {
      const { end, peakMemory } = execution;
      if (end.kind !== "exit" && end.kind !== "died") return undefined;
      return { ...common, ended: end, peakMemory };
    }
  }
};

/** A run that is over, as it was. */
export const executionOf = (
  record: RunRecord,
  output: { readonly stdout: string; readonly stderr: string },
  toBundle: (display: Display) => DisplayBundle,
): Execution => {
  const shown = {
    ...output,
    displays: record.displays.map((display) => toBundle(decodeDisplay(display))),
    usage: record.usage,
  };
  const { limits, stopped, ended } = record;
  const result = record.result === null ? undefined : decodeResult(record.result);
  if (stopped !== null) {
    const stop = { reason: stopped.reason, closed: stopped.closed ?? undefined };
    const error = result?.status === "error" ? result.error : undefined;
    return { kind: "stopped", stop, error, shown, limits };
  }
  if (result !== undefined) return { kind: "result", result, shown, limits };
  const end = ended ?? ({ kind: "killed", reason: "unknown" } as const);
  return { kind: "ended", end, peakMemory: record.peakMemory, shown, limits };
};
