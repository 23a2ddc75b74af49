import type { RunResult } from "../result.js";

/** An outcome as one JSON object: bytes become base64, what JSON has no form for becomes text. */
export const toJson = (result: RunResult): string => JSON.stringify(result, replacer);

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
