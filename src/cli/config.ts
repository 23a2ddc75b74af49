import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as v from "valibot";
import { ConfigError, OptionError } from "../errors.js";
import { parseLimits } from "../options/limits.js";
import type { SandboxFlags } from "./flags.js";
import type { MountSpec } from "./mounts.js";

const amount = v.union([v.string(), v.number()], 'give a number, or a text such as "256 MiB" or "5 s"');

const count = v.number("give a whole number");

/** What a config file may say; docs/config.schema.json is made from it. */
export const schema = v.strictObject({
  $schema: v.optional(v.string()),
  mounts: v.optional(
    v.record(
      v.pipe(v.string(), v.startsWith("/", 'a guest path begins with "/"')),
      v.union([
        v.string(),
        v.strictObject({ host: v.string(), mode: v.optional(v.picklist(["ro", "rw", "cow"])) }),
      ]),
    ),
  ),
  env: v.optional(v.record(v.string(), v.string())),
  cwd: v.optional(v.pipe(v.string(), v.startsWith("/", 'a guest path begins with "/"'))),
  limits: v.optional(
    v.strictObject({
      memory: v.optional(amount),
      cpu: v.optional(amount),
      wall: v.optional(amount),
      output: v.optional(amount),
      storage: v.optional(amount),
      message: v.optional(amount),
      totalCpu: v.optional(amount),
      grace: v.optional(amount),
      operations: v.optional(count),
      descriptors: v.optional(count),
    }),
  ),
  files: v.optional(
    v.strictObject({
      deny: v.optional(v.array(v.string())),
      readonly: v.optional(v.array(v.string())),
    }),
  ),
  timezone: v.optional(v.string()),
  seed: v.optional(v.string()),
  deterministic: v.optional(v.boolean()),
  image: v.optional(v.string()),
  engine: v.optional(v.picklist(["auto", "native", "wasm"])),
  hardened: v.optional(v.boolean()),
});

/** What sallyport.config.json, or the `config` that sallyport.config.ts exports, may say. */
export type Config = v.InferInput<typeof schema>;

const NAMES = ["sallyport.config.json", "sallyport.config.ts", "sallyport.config.mjs", "sallyport.config.js"];

/** Finds, reads and checks the config file; paths in it are relative to it. Throws ConfigError. */
export const loadConfig = async (
  which: string | false | undefined,
  directory: string,
): Promise<Partial<SandboxFlags>> => {
  if (which === false) return {};
  const names = which === undefined ? NAMES : [which];
  for (const name of names) {
    const file = resolve(directory, name);
    const value = await readConfig(file, which !== undefined);
    if (value !== undefined) return toFlags(file, value);
  }
  return {};
};

const OTHERS_WRITE = 0o002;

/**
 * A config says what of the host is handed in, and may be code: one that lies about has to be the user's own, in a directory
 * where nobody else can put another in its place.
 */
const checkOwner = async (file: string, owner: number): Promise<void> => {
  const own = process.getuid?.();
  if (own === undefined) return;
  const refuse = (why: string): never => {
    throw new ConfigError(file, "", `${why}; use it with --config, or ignore it with --no-config`);
  };
  const isOther = (uid: number): boolean => uid !== own && uid !== 0;
  const directory = await stat(dirname(file));
  if (isOther(owner)) refuse("belongs to another user");
  if (isOther(directory.uid)) refuse("is in a directory that belongs to another user");
  if ((directory.mode & OTHERS_WRITE) !== 0) refuse("is in a directory that everybody may write to");
};

const readConfig = async (file: string, required: boolean): Promise<unknown> => {
  const unread = (error: NodeJS.ErrnoException): undefined => {
    if (error.code === "ENOENT" && !required) return undefined;
    throw new ConfigError(file, "", `cannot be read: ${error.message}`, { cause: error });
  };
  const found = await stat(file).catch(unread);
  if (found === undefined) return undefined;
  if (!required) await checkOwner(file, found.uid);
  const text = await readFile(file, "utf8").catch(unread);
  if (text === undefined) return undefined;
  if (file.endsWith(".json")) {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new ConfigError(file, "", error instanceof Error ? error.message : String(error));
    }
  }
  let module: unknown;
  try {
    module = await load(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(file, "", `cannot be loaded: ${why}`, { cause: error });
  }
  const exported = typeof module === "object" && module !== null ? module : {};
  if ("config" in exported) return exported.config;
  if ("default" in exported) return exported.default;
  throw new ConfigError(file, "", 'must export "config"');
};

/** A module, also one in TypeScript where the runtime itself reads only JavaScript (Node before 22.18). */
const load = async (file: string): Promise<unknown> => {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    const unread = error instanceof Error && "code" in error && error.code === "ERR_UNKNOWN_FILE_EXTENSION";
    if (!unread) throw error;
  }
  const { createJiti } = await import("jiti");
  return await createJiti(import.meta.url, { fsCache: false, moduleCache: false }).import(file);
};

const toFlags = (file: string, value: unknown): Partial<SandboxFlags> => {
  // To the schema an array is an object without keys.
  if (Array.isArray(value)) throw new ConfigError(file, "", "must be an object, not an array");
  const result = v.safeParse(schema, value);
  if (!result.success) {
    const { key, message } = pointed(result.issues[0]);
    throw new ConfigError(file, key, message);
  }
  const { mounts, env, cwd, limits, files, timezone, seed, deterministic, image, engine, hardened } =
    result.output;
  const mount = Object.entries(mounts ?? {}).map(([guest, of]): MountSpec => {
    const spec = typeof of === "string" ? { host: of } : of;
    return { host: resolve(file, "..", spec.host), guest, mode: spec.mode ?? "ro" };
  });
  return {
    mount,
    env: env ?? {},
    ...(cwd === undefined ? {} : { cwd }),
    ...limitFlags(file, limits ?? {}),
    ...(files?.deny === undefined ? {} : { deny: files.deny }),
    ...(files?.readonly === undefined ? {} : { readonly: files.readonly }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(seed === undefined ? {} : { seed }),
    ...(deterministic === undefined ? {} : { deterministic }),
    ...(image === undefined ? {} : { image: resolve(file, "..", image) }),
    ...(engine === undefined ? {} : { engine }),
    ...(hardened === undefined ? {} : { hardened }),
  };
};

/** Of what may be several things, the complaint about the one that it is most like: the place deepest inside it. */
const pointed = (issue: v.BaseIssue<unknown>): { readonly key: string; readonly message: string } => {
  const key = v.getDotPath(issue) ?? "";
  const inner = issue.issues?.find(({ path }) => path !== undefined);
  if (inner === undefined) return { key, message: issue.message };
  const within = pointed(inner);
  return { key: key === "" ? within.key : `${key}.${within.key}`, message: within.message };
};

type LimitSettings = NonNullable<v.InferOutput<typeof schema>["limits"]>;

const limitFlags = (file: string, limits: LimitSettings): Partial<SandboxFlags> => {
  try {
    const checked = parseLimits(limits);
    return {
      ...(limits.memory === undefined ? {} : { memory: checked.memory }),
      ...(limits.cpu === undefined ? {} : { cpu: checked.cpu }),
      ...(limits.wall === undefined ? {} : { timeout: checked.wall }),
      ...(limits.output === undefined ? {} : { maxOutput: checked.output }),
      ...(limits.storage === undefined ? {} : { storage: checked.storage }),
      limits: {
        ...(limits.message === undefined ? {} : { message: checked.message }),
        ...(limits.totalCpu === undefined ? {} : { totalCpu: checked.totalCpu }),
        ...(limits.grace === undefined ? {} : { grace: checked.grace }),
        ...(limits.operations === undefined ? {} : { operations: checked.operations }),
        ...(limits.descriptors === undefined ? {} : { descriptors: checked.descriptors }),
      },
    };
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new ConfigError(file, error.option, error.message.slice(error.option.length + 2));
  }
};

/** The command line over the config file. */
export const mergeFlags = (config: Partial<SandboxFlags>, flags: SandboxFlags): SandboxFlags => ({
  ...config,
  ...flags,
  mount: [...(config.mount ?? []), ...flags.mount],
  env: { ...config.env, ...flags.env },
});
