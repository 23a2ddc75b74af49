import type { ParsedLimits } from "../options/limits.js";
import type { SandboxOptions } from "../options/sandbox.js";
import { sha256 } from "./manifest.js";

const text = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === "bigint") return `${part}n`;
    return part === Number.POSITIVE_INFINITY ? "none" : part;
  });

/** What has to be the same for the guest to do the same again. Secrets are told by their hashes alone. */
export const sameness = (
  options: SandboxOptions,
  limits: ParsedLimits,
  image: Uint8Array,
  own: Readonly<Record<string, string>>,
): Record<string, string> => {
  const { grace: _grace, ...counted } = limits;
  const mounts = Object.entries(options.mounts ?? {}).map(([path, fs]) => [
    path,
    fs.kind,
    fs.readOnly === true,
  ]);
  const values: Readonly<Record<string, unknown>> = {
    image: Buffer.from(image).toString("hex"),
    limits: counted,
    mounts,
    env: Object.entries(options.env ?? {}).map(([name, value]) => [name, sha256(value).slice(0, 16)]),
    cwd: options.cwd,
    argv: options.argv,
    clock: options.clock,
    seed: options.seed === undefined ? undefined : sha256(`${typeof options.seed} ${options.seed}`),
    identity: options.identity,
    timezone: options.timezone,
    deterministic: options.deterministic,
    terminal: options.terminal,
    files: options.files,
  };
  const same: Record<string, string> = {};
  for (const [name, value] of Object.entries(values))
    if (value !== undefined) same[name] = typeof value === "string" ? value : text(value);
  for (const [name, value] of Object.entries(own)) same[`own.${name}`] = value;
  return same;
};
