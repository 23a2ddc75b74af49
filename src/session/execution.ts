import type { End } from "../engine/engine.js";
import type { ErrorInfo, Result } from "../protocol/messages.js";
import type { InForce, Shown, Stop } from "./outcome.js";
import type { Output } from "./output.js";

/** How an action ended, and what it showed. */
export type Execution = {
  readonly shown: Shown;
  readonly limits: InForce;
} & (
  | { readonly kind: "result"; readonly result: Result }
  /** It was told to stop; `error` is what the guest said to it, where it did. */
  | { readonly kind: "stopped"; readonly stop: Stop; readonly error: ErrorInfo | undefined }
  /** The guest process ended. */
  | { readonly kind: "ended"; readonly end: End; readonly peakMemory: number }
);

/** An action under way. */
export interface Executing {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly execution: Promise<Execution>;
  readonly interrupt: () => void;
}
