import type { OpenFile } from "../fs/filesystem.js";
import type { Handlers, RuntimeOperationName } from "../wire/types.js";

/** The operations that are not about the guest's world but about driving it; the session answers them. */
export type DriverOperation = RuntimeOperationName | "command" | "report" | "call" | "start" | "answer";

export interface Driver extends Pick<Handlers, DriverOperation> {
  /** A stream that is readable while started calls have answers; reading it gives their numbers (u32). */
  completions(): OpenFile;
}
