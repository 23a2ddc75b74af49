import type { RunResult } from "../result.js";

/** What JSON leaves as it is and a terminal does not: controls, and what turns the direction of text. */
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** A value as JSON that is safe on a terminal, whatever a guest has put into it. */
export const safeJson = (
  value: unknown,
  replace?: (this: unknown, key: string, value: unknown) => unknown,
): string =>
  JSON.stringify(value, replace).replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** An outcome as one JSON object: bytes become base64, what JSON has no form for becomes text. */
export const toJson = (result: RunResult): string => safeJson(result, replacer);

function replacer(this: unknown, key: string, value: unknown): unknown {
  // Dates have become strings by now: their own value is still in the holder.
  const raw: unknown = typeof this === "object" && this !== null ? Reflect.get(this, key) : value;
  if (typeof raw === "bigint") return raw.toString();
  if (raw instanceof Uint8Array) return Buffer.from(raw).toString("base64");
  if (raw instanceof Map) return Object.fromEntries([...raw].map(([name, part]) => [String(name), part]));
  if (raw instanceof Set) return [...raw];
  if (typeof raw === "number" && !Number.isFinite(raw)) return String(raw);
  return value;
}
