import { formatDuration, formatSize } from "../checks/units.js";
import type { End } from "../engine/engine.js";
import type { ParsedRunLimits } from "../options/limits.js";

/** The message of the exception that a limit raises in the guest. */
export const limitText = (limits: ParsedRunLimits): string => {
  const parts = [
    Number.isFinite(limits.cpu) ? `CPU time ${formatDuration(limits.cpu)}` : "",
    Number.isFinite(limits.wall) ? `time ${formatDuration(limits.wall)}` : "",
    Number.isFinite(limits.output) ? `output ${formatSize(limits.output)}` : "",
    Number.isFinite(limits.operations) ? `operations ${limits.operations}` : "",
  ].filter((part) => part !== "");
  return `a limit of the sandbox was reached (${parts.join(", ")})`;
};

/** What became of a guest, as a reason for its sandbox to be closed. */
export const describeEnd = (end: End): string => {
  switch (end.kind) {
    case "exit":
      return `its Python left with status ${end.status}`;
    case "signal":
      return `the system ended it by ${end.signal}`;
    case "died":
      return `it crashed (${end.reason})`;
    case "breach":
      return `it broke the protocol: ${end.error.message}`;
    case "failed":
      return `the controller failed: ${end.error instanceof Error ? end.error.message : String(end.error)}`;
    case "killed":
      return end.reason;
  }
};
