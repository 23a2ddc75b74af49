/**
 * The messages between the controller and the Python driver, as they are after decoding.
 *
 * They travel as CBOR by the operations `command`, `report`, `call`, `start` and `answer`; guest/python/PROTOCOL.md
 * tells the whole story. A user's value is always an `EncodedValue`: a byte string that holds CBOR of its own, made
 * and read by src/values, so that a value that cannot travel spoils its own place only.
 */
import type { Frame } from "../errors.js";
import type { FunctionSpec } from "../values/function-spec.js";

export type EncodedValue = Uint8Array;

/** `kind` of the operation `report`. */
export const REPORT = { result: 1, display: 2 } as const;

// ---- controller → guest, by `command`: one for each run() -------------------------------------------------------

export interface Command {
  /** With the first command of a process (after the image or a snapshot was mapped), and whenever it changes. */
  readonly setup?: Setup;
  readonly action: Action;
  /** References to guest objects that the controller no longer holds. */
  readonly released?: readonly number[];
}

export interface Setup {
  /** `sys.argv` of cells; a program has its own. */
  readonly argv: readonly string[];
  /** 32 bytes from the sandbox's source of randomness: seeds `random`, uuid and names of temporary files. */
  readonly seed: Uint8Array;
  /** Which of stdin, stdout, stderr are terminals: those are line buffered. */
  readonly terminals: readonly [stdin: boolean, stdout: boolean, stderr: boolean];
  /** The working directory, an absolute path: comes first in `sys.path`, behind `path`. */
  readonly cwd: string;
  /** Put in front of `sys.path`. */
  readonly path: readonly string[];
  /** As `python -W`. */
  readonly warnings: readonly string[];
  readonly functions: readonly FunctionSpec[];
  /** Bounds for values that the guest encodes; the controller checks for itself, too. */
  readonly limits: { readonly depth: number; readonly bytes: number };
}

export type Action =
  /** Only the setup. */
  | { readonly kind: "none" }
  | CellAction
  | ProgramAction
  /** A Python function by `module:qualified.name`; `__main__:name` for one that a cell defined. A coroutine is awaited. */
  | {
      readonly kind: "call";
      readonly target: string;
      readonly args: EncodedValue;
      readonly kwargs: EncodedValue;
      readonly timeLimit?: string;
    }
  | ReferenceAction
  /** What the names before `cursor` (in code points) could be. */
  | { readonly kind: "complete"; readonly source: string; readonly cursor: number; readonly limit: number }
  /** Is this a whole cell, or does it go on in the next line? */
  | { readonly kind: "check"; readonly source: string }
  /** Signature and documentation of the name before `cursor`. */
  | { readonly kind: "inspect"; readonly source: string; readonly cursor: number }
  /** Run `atexit` handlers: the session ends. */
  | { readonly kind: "finish" };

/** A piece of a session, as in a notebook: state stays; may have `await` at its top level. */
export interface CellAction {
  readonly kind: "cell";
  readonly source: string;
  /** The file name that tracebacks show; the source is registered under it. */
  readonly name: string;
  /** A map of names to values, bound in `__main__` before the source runs. */
  readonly bind?: EncodedValue;
  /** What becomes of the trailing expression: its value, its repr (None gives none), or nothing. */
  readonly result: "value" | "repr" | "none";
  /** The message of TimeLimitExceeded, which SIGXCPU raises. */
  readonly timeLimit?: string;
}

/** A whole program, as `python …` runs it: a fresh `__main__`, SystemExit is its status, atexit handlers run. */
export interface ProgramAction {
  readonly kind: "program";
  readonly what:
    | { readonly source: string; readonly name: string }
    /** A file (or a directory or zip with `__main__.py`) in the guest. */
    | { readonly path: string }
    /** As `python -m`. */
    | { readonly module: string };
  /** `sys.argv[1:]`. */
  readonly args: readonly string[];
  readonly bind?: EncodedValue;
  readonly timeLimit?: string;
}

/** What the controller does with a guest object that it holds by reference: as an action, or as an `ask` within a call. */
export type ReferenceAction =
  /** Call it, or its method. */
  | {
      readonly kind: "invoke";
      readonly reference: number;
      readonly method?: string;
      readonly args: EncodedValue;
      readonly kwargs: EncodedValue;
    }
  /** Up to `count` (1 or more) further items of an iterator; answered by `Items`. */
  | { readonly kind: "next"; readonly reference: number; readonly count: number }
  /** Close an iterator. */
  | { readonly kind: "close"; readonly reference: number };

// ---- guest → controller, by `report` ------------------------------------------------------------------------------

/** The end of every run: exactly one. */
export type Result = ResultBody & {
  /** References to host objects that the guest no longer holds. */
  readonly dropped: readonly number[];
};

export type ResultBody =
  /** `value` where the action has one (none after a statement). */
  | { readonly status: "ok"; readonly value?: EncodedValue; readonly repr?: string }
  | { readonly status: "items"; readonly value: EncodedValue; readonly done: boolean }
  /** `memory`: a MemoryError, and memory was refused to the run. */
  | { readonly status: "error"; readonly error: ErrorInfo; readonly memory?: true }
  /** SystemExit. `message` was already written to stderr when the exit's argument was no number. */
  | { readonly status: "exit"; readonly code: number }
  | { readonly status: "completions"; readonly completions: Completions }
  | { readonly status: "check"; readonly check: Check }
  | { readonly status: "inspection"; readonly inspection: Inspection | null };

/** What a word that someone types could be. */
export interface Completions {
  /** Where, in code points, the completed word starts. */
  readonly start: number;
  readonly matches: readonly {
    readonly text: string;
    /** "module", "class", "function", "keyword", "property" or "value". */
    readonly kind: string;
  }[];
}

/** Whether a source can be run as it is. */
export interface Check {
  readonly state: "complete" | "incomplete" | "invalid";
  /** For an incomplete source: what the next line may start with. */
  readonly indent: string;
  readonly error?: ErrorInfo;
}

/** What is known of an object of the guest's. All of it is the guest's word. */
export interface Inspection {
  readonly name: string;
  readonly type: string;
  readonly signature?: string;
  readonly doc?: string;
}

/** An exception of the guest's, with those that led to it. All of it is the guest's word. */
export interface ErrorInfo {
  /** The class's name as Python prints it without its module: "KeyError". */
  readonly type: string;
  /** Its module and qualified name: "builtins:KeyError". */
  readonly qualified: string;
  /** `str(exception)`. */
  readonly message: string;
  /** As Python prints it, causes and all. */
  readonly traceback: string;
  /** The innermost last; without the driver's own. */
  readonly frames: readonly Frame[];
  /** Of a SyntaxError: where. */
  readonly syntax?: SyntaxPlace;
  readonly notes: readonly string[];
  readonly cause?: ErrorInfo;
  readonly context?: ErrorInfo;
  /** Of an exception group. */
  readonly exceptions?: readonly ErrorInfo[];
  /** The exception as a value, when its arguments can travel. */
  readonly value?: EncodedValue;
}

/**
 * Where a source is no Python. Lines and columns from 1, columns in code points; the end column is exclusive.
 */
export interface SyntaxPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine?: number;
  readonly endColumn?: number;
  readonly source?: string;
}

/** A rich output, as in Jupyter: MIME type → text, or bytes for what is not text. */
export interface Display {
  readonly data: ReadonlyMap<string, string | Uint8Array>;
  /** JSON-like: MIME type → its metadata. */
  readonly metadata: EncodedValue;
  /** Given when a later display may replace this one. */
  readonly id?: string;
  readonly update: boolean;
}

// ---- guest → controller, by `call` and `start`; answered at once or by `answer` -----------------------------------

export type CallRequest = CallBody & {
  readonly dropped: readonly number[];
};

export type CallBody =
  /** A host function by name, or a host object (reference) itself or its method. */
  | {
      readonly kind: "call";
      readonly target: { readonly name: string } | { readonly reference: number; readonly method?: string };
      readonly args: EncodedValue;
      readonly kwargs: EncodedValue;
    }
  /** Up to `count` further items of a host iterator; answered by `items`. */
  | { readonly kind: "next"; readonly reference: number; readonly count: number }
  | { readonly kind: "close"; readonly reference: number }
  /** What came of an `ask`; answered as the call that was interrupted by it. */
  | { readonly kind: "reply"; readonly ask: number; readonly outcome: Outcome };

export type Outcome =
  | { readonly status: "ok"; readonly value: EncodedValue }
  | { readonly status: "items"; readonly value: EncodedValue; readonly done: boolean }
  | { readonly status: "error"; readonly error: ErrorInfo };

export type CallAnswer = CallAnswerBody & {
  /** References to guest objects that the controller no longer holds. */
  readonly released?: readonly number[];
};

export type CallAnswerBody =
  | { readonly kind: "value"; readonly value: EncodedValue }
  | { readonly kind: "items"; readonly value: EncodedValue; readonly done: boolean }
  | { readonly kind: "error"; readonly error: HostErrorInfo }
  /** The host function needs something of the guest first: the guest does it and sends `reply` with this number. */
  | { readonly kind: "ask"; readonly ask: number; readonly action: ReferenceAction };

/** An exception of the host: message, never its stack. */
export interface HostErrorInfo {
  /** The Python class: "TypeError", "ValueError", any other builtin, or "HostError". */
  readonly type: string;
  /** The name of the host's class. */
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  /** An exception that came from the guest goes back as itself. */
  readonly value?: EncodedValue;
}
