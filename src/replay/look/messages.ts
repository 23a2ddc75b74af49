import type { Shape } from "../../protocol/shape.js";
import { encode } from "../../values/index.js";

/** A frame of the program that is looked into. */
export interface LookFrame {
  readonly file: string;
  readonly line: number;
  readonly function: string;
  /** The line; "" where it is not known. */
  readonly source: string;
  /** From 1, in code points, where what is being evaluated stands in one line; the end is exclusive. */
  readonly column?: number;
  readonly endColumn?: number;
}

/** A variable of a frame, as its repr. The guest's word. */
export interface LookVariable {
  readonly name: string;
  readonly type: string;
  readonly repr: string;
}

/** Where the program stands. */
export interface Stack {
  /** The innermost last. */
  readonly frames: readonly LookFrame[];
  /** Where it was stopped by an exception: that, as its repr. */
  readonly raised?: string;
}

/** What became of code that was run in a frame. */
export type Evaluated =
  | { readonly kind: "done"; readonly shown: readonly string[] }
  | { readonly kind: "error"; readonly shown: readonly string[]; readonly error: string }
  /** It goes on in the next line. */
  | { readonly kind: "incomplete" };

export type LookRequest =
  | { readonly do: "stack" | "leave" }
  | { readonly do: "variables"; readonly frame: number }
  | { readonly do: "lines"; readonly frame: number; readonly first: number; readonly last: number }
  | { readonly do: "complete"; readonly frame: number; readonly prefix: string }
  | { readonly do: "evaluate"; readonly frame: number; readonly source: string };

export const encodeLook = (request: LookRequest): Uint8Array => encode({ ...request }, { root: "look" });

// What comes back is the guest's, hence checked as everything else is.

export const readStack = (answer: Shape): Stack => ({
  frames: answer.maps("frames").map(readFrame),
  ...(answer.has("raised") ? { raised: answer.text("raised") } : {}),
});

const readFrame = (frame: Shape): LookFrame => ({
  file: frame.text("file"),
  line: frame.count("line"),
  function: frame.text("function"),
  source: frame.text("source"),
  ...(frame.has("column")
    ? { column: frame.count("column", 1), endColumn: frame.count("endColumn", 1) }
    : {}),
});

export const readVariables = (answer: Shape): readonly LookVariable[] =>
  answer.maps("variables").map((each) => ({
    name: each.text("name"),
    type: each.text("type"),
    repr: each.text("repr"),
  }));

export const readEvaluated = (answer: Shape): Evaluated => {
  if (answer.has("incomplete")) return { kind: "incomplete" };
  const shown = answer.has("shown") ? answer.texts("shown") : [];
  return answer.has("error")
    ? { kind: "error", shown, error: answer.text("error") }
    : { kind: "done", shown };
};

/** Throws for an answer that says that the request itself failed. */
export const checked = (answer: Shape): Shape => {
  if (answer.has("error") && !answer.has("shown")) throw new Error(answer.text("error"));
  return answer;
};
