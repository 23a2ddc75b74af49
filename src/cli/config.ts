import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as v from "valibot";
import { ConfigError, OptionError } from "../errors.js";
import { parseLimits } from "../options/limits.js";
import type { SandboxFlags } from "./flags.js";
import type { MountSpec } from "./mounts.js";

const amount = v.union([v.string(), v.number()], 'give a number, or a text such as "256 MiB" or "5 s"');

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

const readConfig = async (file: string, required: boolean): Promise<unknown> => {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" && !required) return undefined;
    throw new ConfigError(file, "", `cannot be read: ${error.message}`, { cause: error });
  });
  if (text === undefined) return undefined;
  if (file.endsWith(".json")) {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new ConfigError(file, "", error instanceof Error ? error.message : String(error));
    }
  }
  try {
    const module: unknown = await import(pathToFileURL(file).href);
    const exported = typeof module === "object" && module !== null ? module : {};
    if ("config" in exported) return exported.config;
    if ("default" in exported) return exported.default;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const hint = file.endsWith(".ts") ? " (a .ts file needs Node 22.18 or later; .mjs and .json do not)" : "";
    throw new ConfigError(file, "", `cannot be loaded: ${why}${hint}`, { cause: error });
  }
  throw new ConfigError(file, "", 'must export "config"');
};

const toFlags = (file: string, value: unknown): Partial<SandboxFlags> => {
  const result = v.safeParse(schema, value);
  if (!result.success) {
    const [issue] = result.issues;
    throw new ConfigError(file, v.getDotPath(issue) ?? "", issue.message);
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
