import { statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { OptionError } from "../errors.js";
import { directory } from "../fs/directory/directory.js";
import type { FileSystem } from "../fs/filesystem.js";
import { OneFileSystem } from "../fs/one-file.js";
import { overlay } from "../fs/overlay/overlay.js";
import type { Observer } from "../kernel/observe.js";
import type { SandboxOptions } from "../options/sandbox.js";
import { limitsOf, type SandboxFlags } from "./flags.js";
import type { MountSpec } from "./mounts.js";
import { checkSettled } from "./settled.js";

/** The options of the library for what the command line says. */
export const sandboxOptions = (flags: SandboxFlags, observe?: Observer): SandboxOptions => ({
  mounts: mountsOf(flags.mount),
  env: flags.env,
  limits: limitsOf(flags),
  ...(flags.cwd === undefined ? {} : { cwd: flags.cwd }),
  ...imageOf(flags),
  ...(flags.engine === undefined ? {} : { engine: flags.engine }),
  ...(flags.hardened === undefined ? {} : { hardened: flags.hardened }),
  ...(flags.timezone === undefined ? {} : { timezone: flags.timezone }),
  ...(flags.seed === undefined ? {} : { seed: flags.seed }),
  ...(flags.deterministic === undefined ? {} : { deterministic: flags.deterministic }),
  ...rulesOf(flags),
  ...(observe === undefined ? {} : { observe }),
  ...(flags.record === undefined ? {} : { record: flags.record }),
});

const imageOf = ({ image }: SandboxFlags): Pick<SandboxOptions, "image"> => {
  if (image === undefined) return {};
  checkSettled(image, "image");
  return { image };
};

const rulesOf = ({ deny, readonly }: SandboxFlags): Pick<SandboxOptions, "files"> =>
  deny === undefined && readonly === undefined
    ? {}
    : {
        files: {
          ...(deny === undefined ? {} : { deny }),
          ...(readonly === undefined ? {} : { readonly }),
        },
      };

const mountsOf = (specs: readonly MountSpec[]): Record<`/${string}`, FileSystem> => {
  const mounts: Record<`/${string}`, FileSystem> = {};
  for (const spec of specs) {
    if (spec.guest.startsWith("/")) mounts[`/${spec.guest.slice(1)}`] = mountOf(spec);
  }
  return mounts;
};

const mountOf = ({ host, mode }: MountSpec): FileSystem => {
  const stats = statSync(host, { throwIfNoEntry: false });
  if (stats === undefined) throw new OptionError("mount", `there is no ${JSON.stringify(host)}`);
  checkSettled(host, "mount");
  const from = (path: string): FileSystem =>
    mode === "cow" ? overlay(directory(path)) : directory(path, { mode });
  return stats.isDirectory() ? from(host) : new OneFileSystem(from(dirname(host)), basename(host));
};
