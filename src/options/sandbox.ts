import { checkKeys } from "../checks/objects.js";
import { OptionError } from "../errors.js";
import type { FileSystem } from "../fs/filesystem.js";
import type { HostFunctions } from "../functions/spec.js";
import type { PreparedImage } from "../image/prepared.js";
import type { ClockOptions } from "../kernel/clock.js";
import type { IdentityOptions } from "../kernel/identity.js";
import type { Interceptors } from "../kernel/interception.js";
import type { Observer } from "../kernel/observe.js";
import type { FileRules } from "../kernel/policy.js";
import type { DisplayBundle } from "../result.js";
import type { TraceOptions } from "../trace/writer.js";
import type { Adapter } from "../values/options.js";
import type { Awaitable } from "../wire/types.js";
import { checkClock } from "./clock.js";
import type { DurableOptions } from "./durable.js";
import type { Limits, RunLimits } from "./limits.js";

/** What a guest can read from its stdin. A Node stream and a Web stream are async iterables, too. */
export type Input = string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/** How the guest is executed: ahead of time compiled, by WebAssembly in a child process, or the best there is. */
export type EngineChoice = "auto" | "native" | "wasm";

/**
 * What a sandbox is made with. Everything may be left out: it then has a Python, an empty /sandbox, and nothing of the host's.
 */
export interface SandboxOptions {
  /** File systems by the guest path where they appear: `{ "/data": directory("./data") }`. */
  readonly mounts?: Readonly<Record<`/${string}`, FileSystem>>;
  /**
   * The whole environment: nothing of the host's is in it. `PYTHONPATH` names guest paths that modules are looked for
   * in first. Default: empty.
   */
  readonly env?: Readonly<Record<string, string>>;
  /** The working directory. Default: /sandbox. */
  readonly cwd?: string;
  /** `sys.argv` of cells; programs get their own. Default: [""]. */
  readonly argv?: readonly string[];
  readonly limits?: Limits;
  /** Functions of the host's that Python code may call by name; an object is a namespace. */
  readonly functions?: HostFunctions;
  /** A prepared image to start from, or its file's path; see `Image`. Default: the one that is shipped. */
  readonly image?: string | PreparedImage;
  /** Default: "auto", which is native where it runs. */
  readonly engine?: EngineChoice;
  /** The native guest with explicit bounds checks. Slower; for those who trust no guard page. Default: false. */
  readonly hardened?: boolean;
  /** Closes the sandbox when aborted. */
  readonly signal?: AbortSignal;
  /** Sees, changes, answers or refuses operations before the kernel does; see the guide's page on policies. */
  readonly intercept?: Interceptors | readonly Interceptors[];
  /** Files that the guest may not have, or not change, whatever is mounted: patterns of guest paths. */
  readonly files?: FileRules;
  /** Told of every operation that was answered. */
  readonly observe?: Observer;
  /** Writes a trace to this file, from which the run can be repeated: see `replay`. */
  readonly record?: string | RecordOptions;
  /** Keeps a journal in this directory, from which the session goes on when this process has died: see the guide's page on durable runs. */
  readonly durable?: string | DurableOptions;
  /** What time it is in the guest. Default: the real time, in milliseconds. */
  readonly clock?: ClockOptions;
  /** Makes all random bytes the same in every run that has this seed. Default: the system's randomness. */
  readonly seed?: string | number | bigint;
  /** User, host name, process ids and the like. */
  readonly identity?: IdentityOptions;
  /** A time zone by its IANA name; sets TZ. Default: UTC. */
  readonly timezone?: string;
  /** A stepping clock and a fixed seed, unless others are given: every run is the same. Default: false. */
  readonly deterministic?: boolean;
  /** Lets instances of these classes travel. */
  readonly adapters?: readonly Adapter[];
  /** The guest's standard streams are a terminal of this size. Default: they are pipes. */
  readonly terminal?: { readonly rows: number; readonly columns: number };
  /** Told when a file system of yours fails by more than an Errno; the guest sees EIO. */
  readonly onFault?: (error: unknown, operation: string) => void;
  /** Sees every run's output as it comes; a promise makes the guest wait. */
  readonly onStdout?: (chunk: Uint8Array) => Awaitable<void>;
  readonly onStderr?: (chunk: Uint8Array) => Awaitable<void>;
}

/** How a trace is recorded. */
export interface RecordOptions extends TraceOptions {
  readonly file: string;
}

/** What one run is given, and what becomes of what it prints and makes. */
export interface RunOptions {
  /**
   * A name of the run that no other of its session has: in a durable session, one that is over under this name is not
   * run again, but gives its result (and its output) once more. Elsewhere it has no meaning.
   */
  readonly id?: string;
  /** The file name that tracebacks show. Default: "<cell 1>", "<cell 2>", … */
  readonly name?: string;
  /** Values that are bound to global names before the code runs. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** What becomes of a trailing expression: its value, its repr as a string, or nothing. Default: "value". */
  readonly result?: "value" | "repr" | "none";
  /** Default: empty. */
  readonly stdin?: Input;
  /** Limits of this run; each counts only where it is lower than the sandbox's. */
  readonly limits?: RunLimits;
  /** Interrupts the run when aborted; a guest that goes on is killed after `limits.grace`. */
  readonly signal?: AbortSignal;
  readonly onStdout?: (chunk: Uint8Array) => Awaitable<void>;
  readonly onStderr?: (chunk: Uint8Array) => Awaitable<void>;
  readonly onDisplay?: (bundle: DisplayBundle) => void;
  /** Whether the result has the output; without, only readers and callbacks see it. Default: true. */
  readonly capture?: boolean;
}

const KEYS: ReadonlySet<string> = new Set<keyof SandboxOptions>([
  "mounts",
  "env",
  "cwd",
  "argv",
  "limits",
  "functions",
  "image",
  "engine",
  "hardened",
  "signal",
  "intercept",
  "files",
  "observe",
  "record",
  "durable",
  "clock",
  "seed",
  "identity",
  "timezone",
  "deterministic",
  "adapters",
  "terminal",
  "onFault",
  "onStdout",
  "onStderr",
]);

const ENGINES: ReadonlySet<unknown> = new Set(["auto", "native", "wasm"]);

/** Finds what is wrong with options that no type has checked. Throws OptionError. */
export const checkSandboxOptions = (options: SandboxOptions): void => {
  checkKeys(options, KEYS);
  for (const [path, fs] of Object.entries(options.mounts ?? {})) {
    const option = `mounts[${JSON.stringify(path)}]`;
    checkPath(path, option);
    checkFileSystem(fs, option);
  }
  if (options.clock !== undefined) checkClock(options.clock);
  if (options.timezone !== undefined) checkTimezone(options.timezone);
  if (options.cwd !== undefined) checkPath(options.cwd, "cwd");
  for (const [name, value] of Object.entries(options.env ?? {})) {
    const option = `env[${JSON.stringify(name)}]`;
    if (name === "" || name.includes("=") || name.includes("\0")) {
      throw new OptionError(option, 'a name must not be empty, nor have "=" or NUL in it');
    }
    if (typeof value !== "string") throw new OptionError(option, `must be a string, not ${typeof value}`);
    if (value.includes("\0")) throw new OptionError(option, "must not have NUL in it");
  }
  if (options.engine !== undefined && !ENGINES.has(options.engine)) {
    throw new OptionError("engine", `${JSON.stringify(options.engine)} is none of "auto", "native", "wasm"`);
  }
};

const checkFileSystem = (fs: unknown, option: string): void => {
  if (typeof fs === "object" && fs !== null && "root" in fs) return;
  const hint = typeof fs === "string" ? `directory(${JSON.stringify(fs)})` : 'directory("./data")';
  throw new OptionError(option, `is no file system: give ${hint}, memory({ … }), or another one`);
};

const checkTimezone = (name: string): void => {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
  } catch (error) {
    throw new OptionError(
      "timezone",
      `there is no ${JSON.stringify(name)}: give an IANA name, such as "Europe/Berlin"`,
      { cause: error },
    );
  }
};

const checkPath = (path: unknown, option: string): void => {
  if (typeof path !== "string" || !path.startsWith("/")) {
    throw new OptionError(option, "must be an absolute path of the guest, such as /data");
  }
  if (path.includes("\0") || path.split("/").some((part) => part === "." || part === "..")) {
    throw new OptionError(option, 'must not have ".", ".." or NUL in it');
  }
};
