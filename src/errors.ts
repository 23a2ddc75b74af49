/**
 * Every error that the library throws: one class a family, and a stable `code` to branch on.
 *
 * What a guest does wrong is no exception here: it is a `RunResult` (see result.ts). These are for what the
 * caller can change (options, order of calls), what the machine lacks, and for `call`, which has no result to give.
 */
export type ErrorCode =
  /** An option or argument cannot be; `error.option` names it. Change the call. */
  | "ERR_OPTION"
  /** The guest's files, or the machine's ability to run them, are missing; `sallyport doctor` tells which. */
  | "ERR_ENGINE_MISSING"
  /** The guest process did not come up; the message has what it said. */
  | "ERR_ENGINE_START"
  /** The sandbox is closed; `error.reason` says by what. Create another one. */
  | "ERR_CLOSED"
  /** The guest was killed, or crashed, while it worked on this call. */
  | "ERR_KILLED"
  /** Python code raised an exception; `error.type` and `error.traceback` tell which, and where. */
  | "ERR_PYTHON"
  /** A limit ended the call; `error.limit` names it. */
  | "ERR_LIMIT"
  /** The guest process sent what no sound guest sends, and was killed for it. */
  | "ERR_PROTOCOL"
  /** `sandbox.files` could not do it; `error.errno` is the reason, `error.path` the file. */
  | "ERR_FILE"
  /** All sandboxes of the pool are in use, and as many callers wait as `queue` allows. Try later. */
  | "ERR_POOL_FULL"
  /** The pool was drained or closed. */
  | "ERR_POOL_CLOSED"
  /** The pool's sandboxes do not start; `error.cause` says why. */
  | "ERR_POOL_START"
  /** No sandbox was free within the pool's `wait`. Try later. */
  | "ERR_POOL_TIMEOUT"
  /** A trace cannot be read, or does not fit what is replayed. */
  | "ERR_TRACE"
  /** A snapshot cannot be taken, or is none that can be restored here; the message says why. */
  | "ERR_SNAPSHOT"
  /** A prepared image cannot be made, or its file is damaged or of another release; the message says why. */
  | "ERR_IMAGE"
  /** A durable run cannot be begun or continued; `error.reason` says which kind of cause it is, the message what to do. */
  | "ERR_DURABLE"
  /** A config file is wrong; `error.key` is the place in it. */
  | "ERR_CONFIG";

/** The base of all: `error instanceof SallyportError`, then `error.code`. */
export class SallyportError extends Error {
  override readonly name: string = "SallyportError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An option, argument or setting that cannot be: `option` names it (`limits.memory`). */
export class OptionError extends SallyportError {
  override readonly name = "OptionError";
  readonly option: string;

  constructor(option: string, message: string, options?: ErrorOptions) {
    super("ERR_OPTION", `${option}: ${message}`, options);
    this.option = option;
  }
}

/** The guest could not be started: an engine, an image or a permission is missing. */
export class EngineError extends SallyportError {
  override readonly name = "EngineError";

  constructor(code: "ERR_ENGINE_MISSING" | "ERR_ENGINE_START", message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

/** The sandbox is closed, by its owner or because its guest died; `reason` says which. */
export class ClosedError extends SallyportError {
  override readonly name = "ClosedError";
  readonly reason: string;

  constructor(reason: string, options?: ErrorOptions) {
    super("ERR_CLOSED", `The sandbox is closed: ${reason}`, options);
    this.reason = reason;
  }
}

/** A frame of a traceback. Lines from 1; columns from 1, in code points; the end column is exclusive. */
export interface Frame {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
  readonly endLine?: number;
  readonly endColumn?: number;
  readonly function: string;
  readonly source?: string;
}

/** What is known of an exception of the guest's. */
export interface PythonErrorDetails {
  /** The class's name as Python prints it without its module: "KeyError". */
  readonly type: string;
  /** Its module and qualified name: "builtins:KeyError". */
  readonly qualified: string;
  /** `str(exception)`. */
  readonly message: string;
  /** As Python prints it, causes and all. */
  readonly traceback?: string;
  /** Innermost last. */
  readonly frames?: readonly Frame[];
  readonly notes?: readonly string[];
  /** The exception as a value, where it could travel. */
  readonly exception?: unknown;
  readonly cause?: unknown;
}

/** An exception in the guest, thrown where there is no result to put it in (`call`, an iterator of the guest's). */
export class PythonError extends SallyportError {
  override readonly name = "PythonError";
  readonly type: string;
  readonly qualified: string;
  /** `str(exception)`; `message` has the type in front. */
  readonly text: string;
  readonly traceback: string;
  readonly frames: readonly Frame[];
  readonly notes: readonly string[];
  /** The exception as a value (a PythonException with its `args`), where it could travel. */
  readonly exception: unknown;

  constructor(details: PythonErrorDetails) {
    super(
      "ERR_PYTHON",
      details.message === "" ? details.type : `${details.type}: ${details.message}`,
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.type = details.type;
    this.qualified = details.qualified;
    this.text = details.message;
    this.traceback = details.traceback ?? "";
    this.frames = details.frames ?? [];
    this.notes = details.notes ?? [];
    this.exception = details.exception;
  }
}

/** A limit ended the call: `limit` names it. */
export class LimitError extends SallyportError {
  override readonly name = "LimitError";
  readonly limit: string;

  constructor(limit: string, message: string) {
    super("ERR_LIMIT", message);
    this.limit = limit;
  }
}

/** The guest was killed, or died, during the call. */
export class KilledError extends SallyportError {
  override readonly name = "KilledError";

  constructor(message: string) {
    super("ERR_KILLED", message);
  }
}

/** The guest process broke the protocol: it is compromised or defective, and was killed. */
export class ProtocolError extends SallyportError {
  override readonly name = "ProtocolError";

  constructor(message: string, options?: ErrorOptions) {
    super("ERR_PROTOCOL", message, options);
  }
}

/** `sandbox.files` could not do it; `errno` is the name of the reason (`ENOENT`). */
export class FileError extends SallyportError {
  override readonly name = "FileError";
  readonly errno: string;
  readonly path: string;

  constructor(errno: string, path: string, message: string, options?: ErrorOptions) {
    super("ERR_FILE", `${errno}: ${message}: ${JSON.stringify(path)}`, options);
    this.errno = errno;
    this.path = path;
  }
}

/** The pool has no sandbox to give: its queue is full, it is closed, or none starts. */
export class PoolError extends SallyportError {
  override readonly name = "PoolError";

  constructor(
    code: "ERR_POOL_FULL" | "ERR_POOL_CLOSED" | "ERR_POOL_START" | "ERR_POOL_TIMEOUT",
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
  }
}

/** A snapshot cannot be taken (the message names what cannot be kept), or cannot be restored here. */
export class SnapshotError extends SallyportError {
  override readonly name = "SnapshotError";

  constructor(message: string, options?: ErrorOptions) {
    super("ERR_SNAPSHOT", message, options);
  }
}

/** A prepared image cannot be made (its setup failed, or left open what no image can keep), or its file cannot be used here. */
export class ImageError extends SallyportError {
  override readonly name = "ImageError";

  constructor(message: string, options?: ErrorOptions) {
    super("ERR_IMAGE", message, options);
  }
}

/** Why a durable run cannot be begun, continued or recorded any further. */
export type DurableReason =
  /** What its directory holds is damaged, or of another version. */
  | "damaged"
  /** Another process has it. */
  | "locked"
  /** Its program, options or image are not those it was begun with. */
  | "different"
  /** The guest asked for something else than it did before, or takes far longer to do it again. */
  | "diverged"
  /** The world outside (a mounted directory) is no longer as the guest left it. */
  | "outside"
  /** The journal is as large as it may be. */
  | "limit"
  /** Another run is not finished, or what was asked for cannot be durable. */
  | "state";

/** A durable run cannot be begun, continued or recorded; `reason` is the kind of cause. */
export class DurableError extends SallyportError {
  override readonly name = "DurableError";
  readonly reason: DurableReason;

  constructor(reason: DurableReason, message: string, options?: ErrorOptions) {
    super("ERR_DURABLE", message, options);
    this.reason = reason;
  }
}

/** A config file is wrong; `key` is the path to what is wrong in it (`limits.memory`). */
export class ConfigError extends SallyportError {
  override readonly name = "ConfigError";
  readonly file: string;
  readonly key: string;

  constructor(file: string, key: string, message: string, options?: ErrorOptions) {
    super("ERR_CONFIG", key === "" ? `${file}: ${message}` : `${file}: ${key}: ${message}`, options);
    this.file = file;
    this.key = key;
  }
}
