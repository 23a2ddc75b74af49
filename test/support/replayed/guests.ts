import type { End, EngineName } from "../../../src/engine/engine.js";

/** A guest of a test that was recorded. */
export interface RecordedGuest {
  readonly file: string;
  /** The test that started it. */
  readonly test: string;
  readonly engine: EngineName;
  readonly image: string | undefined;
  readonly ended: Promise<End>;
}

/** What became of a recorded guest's replay. */
export interface Verdict {
  readonly test: string;
  readonly engine: string;
  readonly operations: number;
  /** Bytes of stdout, stderr and results that were compared. */
  readonly bytes: number;
  /** "equal", or why it is not. */
  readonly outcome: Outcome;
  readonly detail?: string;
}

export type Outcome =
  | "equal"
  /** Interrupted while it computed: the same up to there, and in what it came to. */
  | "equal until interrupted"
  /** Left out, for a reason that is no fault. */
  | "excluded"
  | "different";

/** Guests of the test file that runs here. */
export const recorded: RecordedGuest[] = [];
