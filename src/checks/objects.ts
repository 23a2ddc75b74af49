import { OptionError } from "../errors.js";
import { suggest } from "./suggest.js";

/** What others call it. */
const LIMITS: ReadonlyMap<string, string> = new Map([
  ["timeout", 'limits: { wall: "5 s" }'],
  ["wall", 'limits: { wall: "5 s" }'],
  ["cpu", 'limits: { cpu: "5 s" }'],
  ["memory", 'limits: { memory: "256 MiB" }'],
  ["output", 'limits: { output: "1 MiB" }'],
]);

/**
 * Options that no type has checked: an object with known keys only. Throws an OptionError that names the key, and the
 * one that was perhaps meant.
 */
export function checkKeys(
  value: unknown,
  known: ReadonlySet<string>,
  { prefix = "", what = "option" }: { readonly prefix?: string; readonly what?: string } = {},
): void {
  checkObject(value, prefix === "" ? "options" : prefix.slice(0, -1));
  for (const key of Object.keys(value)) {
    if (known.has(key)) continue;
    const near = (known.has("limits") ? LIMITS.get(key) : undefined) ?? suggest(key, [...known]);
    const meant = near === undefined ? "" : ` (did you mean ${near}?)`;
    throw new OptionError(
      `${prefix}${key}`,
      `there is no such ${what}${meant}; there are ${[...known].join(", ")}`,
    );
  }
}

export function checkObject(value: unknown, option = "options"): asserts value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new OptionError(option, `must be an object, not ${kindOf(value)}`);
  }
}

export const checkText = (option: string, value: unknown): void => {
  if (typeof value !== "string") throw new OptionError(option, `must be a string, not ${kindOf(value)}`);
};

/** What a value is, for a message. */
export const kindOf = (value: unknown): string => {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : typeof value;
};
