import type { Parameter, Parameters } from "../wire/parameters.js";

/** Says what is wrong with a value; undefined if nothing is. */
type Check = (value: unknown, args: Readonly<Record<string, unknown>>) => string | undefined;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const integer =
  (least: number, most: number): Check =>
  (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= least && value <= most
      ? undefined
      : `is not an integer from ${least} to ${most}`;

const word = integer(-(2 ** 31), 2 ** 32 - 1);
const safe = integer(0, Number.MAX_SAFE_INTEGER);
const count = integer(0, 2 ** 32 - 1);

const long: Check = (value) =>
  typeof value === "bigint" && value >= -(2n ** 63n) && value < 2n ** 64n
    ? undefined
    : "is not a bigint of 64 bits";

const bytes =
  (length: number): Check =>
  (value) =>
    value instanceof Uint8Array && value.length === length
      ? undefined
      : `is not a Uint8Array of ${length} bytes`;

const buffer =
  (capacity: string): Check =>
  (value, args) => {
    if (!(value instanceof Uint8Array)) return "is not a Uint8Array";
    const most = args[capacity];
    return typeof most === "number" && value.length > most
      ? `has ${value.length} bytes, where ${most} were asked for`
      : undefined;
  };

const pair: Check = (value) =>
  Array.isArray(value) && value.length === 2 && value.every((one) => word(one, {}) === undefined)
    ? undefined
    : "is not a pair of integers";

const record =
  (numbers: readonly string[], times: readonly string[]): Check =>
  (value) => {
    if (!isObject(value)) return "is not an object";
    for (const name of numbers) {
      const wrong = safe(value[name], {});
      if (wrong !== undefined) return `has a ${name} that ${wrong}`;
    }
    for (const name of times) {
      const wrong = long(value[name], {});
      if (wrong !== undefined) return `has a ${name} that ${wrong}`;
    }
    return undefined;
  };

const stat = record(
  ["dev", "ino", "mode", "nlink", "uid", "gid", "rdev", "size", "blksize", "blocks"],
  ["atime", "mtime", "ctime"],
);
const statvfs = record(["bsize", "frsize", "blocks", "bfree", "bavail", "files", "ffree", "namemax"], []);

const checkOf = (name: string, parameter: Parameter): Check | undefined => {
  switch (parameter.kind) {
    case "out":
      switch (parameter.shape) {
        case "pair":
          return pair;
        case "stat":
          return stat;
        case "statvfs":
          return statvfs;
        case "bytes":
          return bytes(parameter.size);
        default:
          return parameter.size === 8 ? long : word;
      }
    case "buffer":
    case "filled":
    case "scatter":
    case "slots":
      return buffer(name === "address" ? "address_capacity" : "capacity");
    case "count":
      return count;
    case "strings":
      return (value) => (value instanceof Uint8Array ? undefined : "is not a Uint8Array");
    default:
      return undefined;
  }
};

/** Makes the check of one operation's results: it says what is wrong with them, if anything is. */
export const resultsCheck = (parameters: Parameters): Check => {
  const checks: (readonly [name: string, check: Check, optional: boolean])[] = [];
  const hasBuffer = Object.values(parameters).some(({ kind }) => kind === "buffer" || kind === "scatter");
  for (const [name, parameter] of Object.entries(parameters)) {
    const check = checkOf(name, parameter);
    if (check !== undefined) checks.push([name, check, hasBuffer && parameter.kind === "count"]);
  }
  return (value, args) => {
    if (checks.length === 0) return undefined;
    if (!isObject(value)) return "not an object of results";
    for (const [name, check, optional] of checks) {
      const given = value[name];
      if (optional && given === undefined) continue;
      const wrong = check(given, args);
      if (wrong !== undefined) return `a ${name} that ${wrong}`;
    }
    return undefined;
  };
};
