import { checkKeys } from "../checks/objects.js";
import { OptionError } from "../errors.js";
import { type ClockOptions, clock } from "../kernel/clock.js";

const KEYS: Readonly<Record<ClockOptions["mode"], ReadonlySet<string>>> = {
  real: new Set(["mode", "offset", "scale", "resolution"]),
  frozen: new Set(["mode", "at", "resolution"]),
  stepping: new Set(["mode", "at", "step", "resolution"]),
};

const isMode = (mode: unknown): mode is ClockOptions["mode"] =>
  typeof mode === "string" && Object.hasOwn(KEYS, mode);

/** Finds what is wrong with a clock that no type has checked. Throws OptionError. */
export const checkClock = (options: ClockOptions): void => {
  const mode: unknown = options?.mode;
  if (!isMode(mode)) {
    throw new OptionError("clock", 'must have a mode: { mode: "real" }, "frozen" or "stepping"');
  }
  checkKeys(options, KEYS[mode], { prefix: "clock.", what: `option of a ${mode} clock` });
  for (const [name, value] of Object.entries(options)) {
    if (name === "mode" || value === undefined) continue;
    const type = name === "scale" ? "number" : "bigint";
    if (typeof value === type) continue;
    const hint = type === "bigint" ? " of nanoseconds, such as 1_000_000n" : "";
    throw new OptionError(`clock.${name}`, `must be a ${type}${hint}, not ${typeof value}`);
  }
  try {
    clock(options);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new OptionError("clock", error.message, { cause: error });
  }
};
