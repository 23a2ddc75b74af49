import type { Decoded } from "../trace/decode.js";
import { escapeText, type Paint } from "./terminal.js";

/** Bytes or characters that are shown before and behind the first difference. */
const BEFORE = 20;
const BEHIND = 40;

/** What one operation and another have that is not the same, in lines. */
export const differenceLines = (recorded: Decoded, asked: Decoded, paint: Paint): readonly string[] => {
  if (recorded.name !== asked.name) {
    return [
      `  recorded  ${paint("cyan", recorded.name)}${all(recorded)}`,
      `  now       ${paint("cyan", asked.name)}${all(asked)}`,
    ];
  }
  const lines = [`  both      ${paint("cyan", asked.name)}${same(recorded, asked)}`];
  for (const name of new Set([...Object.keys(recorded.args), ...Object.keys(asked.args)])) {
    const [before, now] = [recorded.args[name], asked.args[name]];
    const at = firstDifference(before, now);
    if (at === undefined) continue;
    const where = at === 0 ? "" : `, from ${at} on`;
    lines.push(`  recorded  ${paint("red", `${name}=${excerpt(before, at)}`)}${where}`);
    lines.push(`  now       ${paint("red", `${name}=${excerpt(now, at)}`)}${where}`);
  }
  return lines;
};

const all = ({ args }: Decoded): string =>
  `(${Object.entries(args)
    .map(([name, value]) => `${name}=${excerpt(value, 0)}`)
    .join(", ")})`;

const same = (recorded: Decoded, asked: Decoded): string => {
  const equal = Object.entries(asked.args).filter(
    ([name, value]) => firstDifference(recorded.args[name], value) === undefined,
  );
  return `(${equal.map(([name, value]) => `${name}=${excerpt(value, 0)}`).join(", ")})`;
};

/** Where two values differ: a place in bytes and texts, else 0; undefined where they are equal. */
const firstDifference = (one: unknown, other: unknown): number | undefined => {
  if (one instanceof Uint8Array && other instanceof Uint8Array) return within(one, other);
  if (typeof one === "string" && typeof other === "string") return within([...one], [...other]);
  return Object.is(one, other) ? undefined : 0;
};

const within = (one: ArrayLike<unknown>, other: ArrayLike<unknown>): number | undefined => {
  const shorter = Math.min(one.length, other.length);
  for (let at = 0; at < shorter; at += 1) if (one[at] !== other[at]) return at;
  return one.length === other.length ? undefined : shorter;
};

/** A value from a place on, safe for a terminal. */
const excerpt = (value: unknown, at: number): string => {
  if (!(value instanceof Uint8Array) && typeof value !== "string") return escapeText(String(value));
  const from = Math.max(0, at - BEFORE);
  const until = at + BEHIND;
  const shown =
    typeof value === "string"
      ? [...value].slice(from, until).join("")
      : Buffer.from(value.subarray(from, until)).toString("latin1");
  const length = typeof value === "string" ? [...value].length : value.length;
  const text = escapeText(shown).replaceAll('"', '\\"');
  const size = value instanceof Uint8Array ? `[${length}]` : "";
  return `"${from > 0 ? "…" : ""}${text}${until < length ? "…" : ""}"${size}`;
};
