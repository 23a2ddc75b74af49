import { checkKeys, kindOf } from "../checks/objects.js";
import { isPythonName } from "../checks/python-names.js";
import { OptionError } from "../errors.js";
import type { RunOptions } from "./sandbox.js";

const KEYS: ReadonlySet<string> = new Set<keyof RunOptions>([
  "id",
  "name",
  "variables",
  "result",
  "stdin",
  "limits",
  "signal",
  "onStdout",
  "onStderr",
  "onDisplay",
  "capture",
]);

/** Most characters of a run's name. */
const ID_MAX = 1000;

const RESULTS: ReadonlySet<unknown> = new Set(["value", "repr", "none"]);

/** Finds what is wrong with a run's options that no type has checked. Throws OptionError. */
export const checkRunOptions = (options: RunOptions): void => {
  checkKeys(options, KEYS, { what: "option of a run" });
  if (options.result !== undefined && !RESULTS.has(options.result)) {
    throw new OptionError("result", `${JSON.stringify(options.result)} is none of "value", "repr", "none"`);
  }
  if (options.signal !== undefined && !isSignal(options.signal)) {
    throw new OptionError("signal", `must be an AbortSignal, not ${kindOf(options.signal)}`);
  }
  const { id } = options;
  if (id !== undefined && (typeof id !== "string" || id === "" || id.length > ID_MAX)) {
    throw new OptionError("id", `must be a text of 1 to ${ID_MAX} characters`);
  }
  for (const name of ["onStdout", "onStderr", "onDisplay"] as const) {
    const callback: unknown = options[name];
    if (callback !== undefined && typeof callback !== "function") {
      throw new OptionError(name, `must be a function, not ${kindOf(callback)}`);
    }
  }
  for (const name of Object.keys(options.variables ?? {})) {
    if (!isPythonName(name)) {
      throw new OptionError(`variables[${JSON.stringify(name)}]`, "is no name for a variable in Python");
    }
  }
  checkInput(options.stdin);
};

/** Also one of another realm, or a polyfill's. */
const isSignal = (signal: unknown): boolean =>
  typeof signal === "object" && signal !== null && "aborted" in signal && "addEventListener" in signal;

const checkInput = (stdin: unknown): void => {
  if (stdin === undefined || typeof stdin === "string") return;
  const iterable =
    typeof stdin === "object" &&
    stdin !== null &&
    (Symbol.asyncIterator in stdin || Symbol.iterator in stdin);
  if (!iterable) {
    throw new OptionError(
      "stdin",
      `must be a string, bytes, a stream, or an iterable of them, not ${kindOf(stdin)}`,
    );
  }
};
