import { checkKeys } from "../checks/objects.js";
import {
  type Duration,
  parseCount,
  parseDuration,
  parseSize,
  type Range,
  type Size,
} from "../checks/units.js";
import { OptionError } from "../errors.js";

/** Limits that a run may lower, never raise. */
export interface RunLimits {
  /**
   * CPU time of one run. When it is used up an exception is raised in the guest, so that `finally` blocks run;
   * a guest that goes on for longer than `grace` is killed. Default: none.
   */
  readonly cpu?: Duration;
  /** Time on the clock of one run, waiting included; ends as `cpu` does. Default: none. */
  readonly wall?: Duration;
  /** Bytes that one run may print to stdout and stderr together, and that it may display; what fits is kept. Default: 16 MiB. */
  readonly output?: Size;
  /** Operations that one run may ask for. Default: none. */
  readonly operations?: number;
}

/** Limits of a sandbox: those of each of its runs, and those of all together. */
export interface Limits extends RunLimits {
  /** The guest's memory: 64 MiB to 4 GiB; beyond it Python raises MemoryError. Default: 512 MiB. */
  readonly memory?: Size;
  /** Bytes of all files in memory (/sandbox, /tmp, …). Default: 256 MiB. */
  readonly storage?: Size;
  /**
   * Bytes of the guest's messages that the controller holds at once: a value that comes from it (a result, the arguments
   * of a call, what is displayed) has to fit, and all calls that are being made have to together. 64 KiB to 256 MiB.
   * Default: 64 MiB.
   */
  readonly message?: Size;
  /** Open descriptors: 8 to 65536. Default: 256. */
  readonly descriptors?: number;
  /**
   * CPU time of all runs together, for a durable session in all its processes. The operating system kills the guest a little later (`grace` and a few seconds),
   * whatever becomes of the controller; the sandbox is closed. Default: 24 h.
   */
  readonly totalCpu?: Duration;
  /** How long a guest may go on after it was told to stop, before it is killed. Default: 1 s. */
  readonly grace?: Duration;
}

/** Limits as they may come from a file, whose texts no type has checked. */
export type UncheckedLimits = { readonly [Name in keyof Limits]?: string | number | undefined };

/** Per-run limits in plain units: milliseconds, bytes, a number. Infinity: none. */
export interface ParsedRunLimits {
  readonly cpu: number;
  readonly wall: number;
  readonly output: number;
  readonly operations: number;
}

export interface ParsedLimits extends ParsedRunLimits {
  readonly memory: number;
  readonly storage: number;
  readonly message: number;
  readonly descriptors: number;
  readonly totalCpu: number;
  readonly grace: number;
}

/** The most is what a timer of Node's can wait. */
const TIME: Range = { min: 1, max: 24 * 24 * 3600e3 };
const TOTAL: Range = { min: 1, max: 10 * 365 * 24 * 3600e3 };
const WASM_PAGE = 65_536;

/** What a guest may use of CPU time for starting, and until a kill has come to it, in milliseconds. */
const SLACK = 5000;

const KEYS: ReadonlySet<string> = new Set([
  "cpu",
  "wall",
  "output",
  "operations",
  "memory",
  "storage",
  "message",
  "descriptors",
  "totalCpu",
  "grace",
]);

const RUN_KEYS: ReadonlySet<string> = new Set(["cpu", "wall", "output", "operations"]);

const optional = <T>(value: T | undefined, parse: (value: T) => number, otherwise: number): number =>
  value === undefined ? otherwise : parse(value);

/** Checks a sandbox's limits and fills in the defaults. */
export const parseLimits = (limits: UncheckedLimits = {}, option = "limits"): ParsedLimits => {
  checkKeys(limits, KEYS, { prefix: `${option}.`, what: "limit" });
  return {
    ...parseRunLimits(limits, option, {
      cpu: Number.POSITIVE_INFINITY,
      wall: Number.POSITIVE_INFINITY,
      output: 16 * 2 ** 20,
      operations: Number.POSITIVE_INFINITY,
    }),
    memory: roundUp(
      optional(
        limits.memory,
        (value) => parseSize(value, `${option}.memory`, { min: 64 * 2 ** 20, max: 4 * 2 ** 30 }),
        512 * 2 ** 20,
      ),
    ),
    storage: optional(
      limits.storage,
      (value) => parseSize(value, `${option}.storage`, { min: 0, max: 64 * 2 ** 30 }),
      256 * 2 ** 20,
    ),
    message: optional(
      limits.message,
      (value) => parseSize(value, `${option}.message`, { min: 64 * 2 ** 10, max: 256 * 2 ** 20 }),
      64 * 2 ** 20,
    ),
    descriptors: optional(
      limits.descriptors,
      (value) => parseCount(value, `${option}.descriptors`, { min: 8, max: 65_536 }),
      256,
    ),
    totalCpu: optional(
      limits.totalCpu,
      (value) => parseDuration(value, `${option}.totalCpu`, TOTAL),
      24 * 3600e3,
    ),
    grace: optional(
      limits.grace,
      (value) => parseDuration(value, `${option}.grace`, { min: 0, max: 3600e3 }),
      1000,
    ),
  };
};

/** Checks a run's limits; each is at most the sandbox's own. */
export const lowerLimits = (limits: RunLimits | undefined, under: ParsedRunLimits): ParsedRunLimits => {
  if (limits === undefined) return under;
  checkRunKeys(limits);
  const own = parseRunLimits(limits, "limits", under);
  return {
    cpu: Math.min(own.cpu, under.cpu),
    wall: Math.min(own.wall, under.wall),
    output: Math.min(own.output, under.output),
    operations: Math.min(own.operations, under.operations),
  };
};

/** Limits of a sandbox that is for one run: what the run may have is all that its guest ever needs. */
export const forOneRun = (limits: Limits): Limits => {
  if (limits.cpu === undefined || limits.totalCpu !== undefined) return limits;
  return { ...limits, totalCpu: parseDuration(limits.cpu, "limits.cpu", TIME) + SLACK };
};

/**
 * Seconds of CPU time after which the system ends a guest, even one whose controller has forgotten it. `used`: milliseconds that
 * guests before it had of the same.
 */
export const hardCpuSeconds = ({ totalCpu, grace }: ParsedLimits, used = 0): number =>
  Math.ceil((Math.max(0, totalCpu - used) + grace + SLACK) / 1000);

const checkRunKeys = (limits: RunLimits): void => {
  const own = Object.keys(limits).find((key) => KEYS.has(key) && !RUN_KEYS.has(key));
  if (own !== undefined) {
    throw new OptionError(
      `limits.${own}`,
      "is a limit of the sandbox, not of a run: give it to Sandbox.create",
    );
  }
  checkKeys(limits, RUN_KEYS, { prefix: "limits.", what: "limit of a run" });
};

const parseRunLimits = (
  limits: UncheckedLimits,
  option: string,
  defaults: ParsedRunLimits,
): ParsedRunLimits => ({
  cpu: optional(limits.cpu, (value) => parseDuration(value, `${option}.cpu`, TIME), defaults.cpu),
  wall: optional(limits.wall, (value) => parseDuration(value, `${option}.wall`, TIME), defaults.wall),
  output: optional(
    limits.output,
    (value) => parseSize(value, `${option}.output`, { min: 0, max: 2 ** 40 }),
    defaults.output,
  ),
  operations: optional(
    limits.operations,
    (value) => parseCount(value, `${option}.operations`, { min: 1, max: Number.MAX_SAFE_INTEGER }),
    defaults.operations,
  ),
});

const roundUp = (bytes: number): number => Math.ceil(bytes / WASM_PAGE) * WASM_PAGE;
