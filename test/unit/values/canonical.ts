import { markOf } from "../../../src/values/index.js";

/** A value's whole content as plain arrays: what two equal values share, whatever their prototypes are. */
export const canonical = (value: unknown): unknown => {
  if (typeof value === "bigint") return ["bigint", String(value)];
  if (Object.is(value, -0)) return ["-0"];
  if (typeof value !== "object" || value === null) return value;
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return [value.constructor.name, markOf(value), bytes.toString("hex")];
  }
  if (Array.isArray(value)) return [value.constructor.name, ...value.map(canonical)];
  if (value instanceof Set) {
    // The order of a Python set is its own.
    return [value.constructor.name, ...[...value].map((each) => JSON.stringify(canonical(each))).sort()];
  }
  if (value instanceof Map) {
    return ["Map", ...[...value].map(([key, each]) => [canonical(key), canonical(each)])];
  }
  if (value instanceof Error) return ["Error", value.name, value.message, members(value)];
  if (value instanceof Date) return [value.constructor.name, value.getTime(), members(value)];
  if (value instanceof RegExp || value instanceof URL) return [value.constructor.name, String(value)];
  const prototype: unknown = Object.getPrototypeOf(value);
  const plain = prototype === null || prototype === Object.prototype;
  return [plain ? "object" : value.constructor.name, markOf(value), members(value)];
};

const members = (value: object): unknown =>
  Object.keys(value)
    .filter((key) => key !== "stack")
    .sort()
    .map((key) => [key, canonical(Reflect.get(value, key))]);
