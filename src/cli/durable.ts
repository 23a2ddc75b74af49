import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { OptionError } from "../errors.js";
import type { DurableOptions } from "../options/durable.js";
import type { SandboxFlags } from "./flags.js";

/** What of a command cannot go with a durable run. */
export interface Along {
  readonly watch?: boolean;
  readonly save?: string;
  readonly from?: string;
}

/** Throws OptionError for what cannot go together. */
export const checkDurable = (flags: SandboxFlags & Along): void => {
  const { durable, watch, save, from, mount } = flags;
  if (durable === undefined) return;
  const others: readonly (readonly [string, boolean])[] = [
    ["--watch", watch === true],
    ["--save", save !== undefined],
    ["resume", from !== undefined],
  ];
  for (const [name, there] of others) {
    if (there) throw new OptionError("--durable", `does not go with ${name}`);
  }
  for (const { host, mode } of mount) {
    if (mode === "rw" && within(durable, host)) {
      throw new OptionError(
        "--durable",
        `${JSON.stringify(durable)} is in ${JSON.stringify(host)}, which the program may change: choose a directory elsewhere`,
      );
    }
  }
};

/** Whether a path, which need not be there yet, is beneath another. */
const within = (path: string, top: string): boolean => {
  const below = relative(real(top), real(path));
  return below === "" || (below !== ".." && !below.startsWith("../"));
};

const real = (path: string): string => {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch {
    const above = dirname(whole);
    return above === whole ? whole : resolve(real(above), relative(above, whole));
  }
};

/** How a program is run so that it can be continued. */
export const durableOptions = (
  directory: string,
  {
    program,
    args,
    mount,
  }: {
    readonly program: { readonly source: string; readonly name: string };
    readonly args: readonly string[];
    readonly mount: SandboxFlags["mount"];
  },
): DurableOptions => ({
  directory,
  same: {
    program: createHash("sha256").update(program.source).digest("hex"),
    name: program.name,
    args: JSON.stringify(args),
    mounts: JSON.stringify(mount.map(({ host, guest, mode }) => [real(host), guest, mode])),
  },
});
