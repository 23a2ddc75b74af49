import { resolve } from "node:path";
import * as v from "valibot";
import { ConfigError, OptionError } from "../errors.js";
import { parseLimits } from "../options/limits.js";
import { findConfig, VARIABLE } from "./config-file.js";
import { checkFound } from "./config-found.js";
import { type Settings, schema } from "./config-schema.js";
import type { SandboxFlags } from "./flags.js";
import type { MountSpec } from "./mounts.js";
import { settled } from "./settled.js";
import { escapeText } from "./terminal.js";

/**
 * Finds, reads and checks the config file; paths in it are relative to it. `which`: its path, or false for none. Where it is undefined,
 * SALLYPORT_CONFIG of `environment` names it; where that does not, the directory's own is taken, as far as it hands in nothing.
 *
 * @throws ConfigError
 */
export const loadConfig = async (
  which: string | false | undefined,
  directory: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Partial<SandboxFlags>> => {
  if (which === false) return {};
  const found = await findConfig(which, directory, environment[VARIABLE]);
  if (found === undefined) return {};
  const { file, named, value } = found;
  const settings = check(file, value);
  const limits = limitFlags(file, settings.limits ?? {});
  return toFlags(file, named ? settings : checkFound(file, settings), limits);
};

const check = (file: string, value: unknown): Settings => {
  // To the schema an array is an object without keys.
  if (Array.isArray(value)) throw new ConfigError(file, "", "must be an object, not an array");
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const { key, message } = pointed(result.issues[0]);
  // Names and values of a stranger's are text of one line.
  throw new ConfigError(file, escapeText(key), escapeText(message));
};

const toFlags = (file: string, settings: Settings, limits: Partial<SandboxFlags>): Partial<SandboxFlags> => {
  const { mounts, env, cwd, files, timezone, seed, deterministic, image, engine, hardened } = settings;
  const mount = Object.entries(mounts ?? {}).map(([guest, of]): MountSpec => {
    const spec = typeof of === "string" ? { host: of } : of;
    return { host: resolve(file, "..", spec.host), guest, mode: spec.mode ?? "ro" };
  });
  return {
    mount,
    env: env ?? {},
    ...(cwd === undefined ? {} : { cwd }),
    ...limits,
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

type LimitSettings = NonNullable<Settings["limits"]>;

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
export const mergeFlags = (config: Partial<SandboxFlags>, flags: SandboxFlags): SandboxFlags => {
  const image = flags.image ?? config.image;
  const mount = [...(config.mount ?? []), ...flags.mount];
  return {
    ...config,
    ...flags,
    // Once, for all runs that there will be.
    mount: mount.map((each) => ({ ...each, host: settled(each.host) })),
    ...(image === undefined ? {} : { image: settled(image) }),
    env: { ...config.env, ...flags.env },
  };
};
