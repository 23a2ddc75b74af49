import { realpathSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { formatDuration, formatSize } from "../checks/units.js";
import { ConfigError } from "../errors.js";
import { type ParsedLimits, parseLimits } from "../options/limits.js";
import { goOn } from "./config-file.js";
import type { Settings } from "./config-schema.js";
import { escapeText } from "./terminal.js";

/** What is wrong with a setting: where, within its key, and why. */
interface Refusal {
  readonly at?: string;
  readonly why: string;
}

/** Answers why a key is refused where the file was found by itself; `top` is the real path of the file's directory. */
type Rule = (settings: Settings, top: string) => Refusal | undefined;

/** It hands in nothing: at worst the program does not do what it should. */
const free = (): undefined => undefined;

/**
 * A config file that nobody named is as much to be trusted as the program beside it. So it may do what the program could do to the
 * user by itself, and no more: it hands in nothing but what lies beside it, to be read, and takes no limit away.
 */
const RULES: Readonly<Record<keyof Settings, Rule>> = {
  $schema: free,
  mounts: ({ mounts = {} }, top) => {
    for (const [guest, of] of Object.entries(mounts)) {
      const { host, mode } = typeof of === "string" ? { host: of, mode: "ro" } : of;
      // What the program may change beside it are also Git hooks, scripts, and this file.
      if (mode === "rw") return { at: guest, why: 'mode "rw" would let the program change files of yours' };
      const why = outside(host, top);
      if (why !== undefined) return { at: guest, why };
    }
    return undefined;
  },
  // Its values are texts of its own: nothing of this process's environment gets into them.
  env: free,
  cwd: free,
  limits: ({ limits }) => {
    const set = parseLimits(limits);
    const raised = LIMITS.find((name) => set[name] > MOST[name]);
    if (raised === undefined) return undefined;
    const [value, most] = [set[raised], MOST[raised]].map(FORMATS[raised]);
    const option = OPTIONS.get(raised);
    const how = option === undefined ? "" : ` (${option} can, too)`;
    return { at: raised, why: `${value} is more than the default of ${most}${how}` };
  },
  files: free,
  timezone: free,
  seed: free,
  deterministic: free,
  image: ({ image }, top) => {
    const why = image === undefined ? undefined : outside(image, top);
    return why === undefined ? undefined : { why };
  },
  // Its confinement by the operating system is weaker: where there is the other, it is not for the file to choose.
  engine: ({ engine }) =>
    engine === "wasm" ? { why: '"wasm" is confined less strictly than "native"' } : undefined,
  hardened: free,
};

/** Limits that there are anyway. The command line itself has none for output. */
const MOST: ParsedLimits = { ...parseLimits(), output: Number.POSITIVE_INFINITY };

const isLimit = (name: string): name is keyof ParsedLimits => Object.hasOwn(MOST, name);
const LIMITS = Object.keys(MOST).filter(isLimit);

const FORMATS: Readonly<Record<keyof ParsedLimits, (value: number) => string>> = {
  memory: formatSize,
  storage: formatSize,
  message: formatSize,
  output: formatSize,
  cpu: formatDuration,
  wall: formatDuration,
  totalCpu: formatDuration,
  grace: formatDuration,
  operations: String,
  descriptors: String,
};

const OPTIONS: ReadonlyMap<string, string> = new Map([
  ["memory", "--memory"],
  ["storage", "--storage"],
]);

/**
 * Throws ConfigError where a config file that was found by itself would hand in more than it may. Answers the settings with the
 * paths that were checked: absolute ones, without links.
 */
export const checkFound = (file: string, settings: Settings): Settings => {
  const top = realpathSync(dirname(file));
  for (const [key, rule] of Object.entries(RULES)) {
    const refusal = rule(settings, top);
    if (refusal === undefined) continue;
    const { at, why } = refusal;
    throw new ConfigError(
      file,
      at === undefined ? key : `${key}.${escapeText(at)}`,
      `${why}, and nobody has named this file; ${goOn(file)}`,
    );
  }
  const { mounts, image, ...rest } = settings;
  const real = (path: string): string => realpathSync(resolve(top, path));
  return {
    ...rest,
    ...(mounts === undefined
      ? {}
      : {
          mounts: Object.fromEntries(
            Object.entries(mounts).map(([guest, of]) => [
              guest,
              typeof of === "string" ? real(of) : { ...of, host: real(of.host) },
            ]),
          ),
        }),
    ...(image === undefined ? {} : { image: real(image) }),
  };
};

/** Why a path of the host's is not beneath a directory, links resolved; undefined where it is. */
const outside = (path: string, top: string): string | undefined => {
  let real: string;
  try {
    real = realpathSync(resolve(top, path));
  } catch {
    return `there is no ${JSON.stringify(path)} in the directory of the config file`;
  }
  if (real === top || real.startsWith(top.endsWith(sep) ? top : `${top}${sep}`)) return undefined;
  return `${JSON.stringify(path)} is outside of the directory of the config file`;
};
