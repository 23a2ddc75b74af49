import { createHash, randomBytes } from "node:crypto";
import { posix } from "node:path";
import type { SandboxOptions } from "../options/sandbox.js";
import type { GuestOptions } from "./start.js";

/** The seed of a deterministic sandbox that was given none. */
const FIXED_SEED = "sallyport";

type Seed = NonNullable<SandboxOptions["seed"]>;

const seed = (options: SandboxOptions): Seed | undefined =>
  options.seed ?? (options.deterministic === true ? FIXED_SEED : undefined);

/** 32 bytes for Python's own generators. */
export const seedOf = (options: SandboxOptions): Uint8Array => {
  const given = seed(options);
  if (given === undefined) return randomBytes(32);
  return createHash("sha256")
    .update(`python ${typeof given} ${given}`)
    .digest();
};

/** The environment: what an image has, what the caller gives, and a time zone. */
export const environment = (
  options: Pick<SandboxOptions, "env" | "timezone">,
  before: readonly (readonly [string, string])[] = [],
): ReadonlyMap<string, string> => {
  const env = new Map([...before, ...Object.entries(options.env ?? {})]);
  if (options.timezone !== undefined) env.set("TZ", options.timezone);
  return env;
};

/** Where Python looks for modules first, as its environment says: guest paths, apart by colons, relative to `cwd`. */
export const modulePaths = (env: ReadonlyMap<string, string>, cwd: string): readonly string[] =>
  (env.get("PYTHONPATH") ?? "")
    .split(":")
    .filter((path) => path !== "")
    .map((path) => posix.resolve(cwd, path));

/** What the kernel is to virtualise, watch or refuse. */
export const worldOf = (options: SandboxOptions): GuestOptions["world"] => {
  const given = seed(options);
  const clock = options.clock ?? (options.deterministic === true ? { mode: "stepping" as const } : undefined);
  return {
    ...(options.intercept === undefined ? {} : { intercept: options.intercept }),
    ...(options.files === undefined ? {} : { files: options.files }),
    ...(options.observe === undefined ? {} : { observe: options.observe }),
    ...(options.identity === undefined ? {} : { identity: options.identity }),
    ...(clock === undefined ? {} : { clock }),
    ...(given === undefined ? {} : { random: { seed: given } }),
  };
};
