import type { End, EngineName } from "../../../src/engine/engine.js";

/** A guest of a test that was recorded. */
export interface RecordedGuest {
  readonly file: string;
  /** The test that started it. */
  readonly test: string;
  readonly engine: EngineName;
  /** Its flavour: code that goes astray comes to another end in each. */
  readonly hardened: boolean;
  readonly image: string | undefined;
  readonly ended: Promise<End>;
}

export type Outcome =
  | "equal"
  /** Interrupted while it computed: the same up to there, and in what it came to. */
  | "equal until interrupted"
  /** The same: how far it had come then is not in the trace, and it comes to something else. */
  | "other after an interruption"
  | "not recorded"
  /** Recorded, but there is nothing to compare, for a reason that is no fault. */
  | "not compared"
  | "different";

/** What became of a guest. */
export interface Verdict {
  readonly test: string;
  readonly engine: string;
  readonly operations: number;
  /** Bytes of stdout, stderr and results that were compared. */
  readonly bytes: number;
  readonly outcome: Outcome;
  readonly detail?: string;
}

/** Guests of the test file that runs here. */
export const recorded: RecordedGuest[] = [];
export const unrecorded: { readonly test: string; readonly engine: EngineName; readonly why: string }[] = [];
