import { realpathSync } from "node:fs";
import { OptionError } from "../errors.js";

/** Where a path of the host's leads to now; the path itself where that is nowhere. */
export const settled = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};

/**
 * Throws OptionError where a link lies on the way to a settled path by now: a program that was begun before, and may change what is
 * around it, would choose what the next one is given.
 */
export const checkSettled = (path: string, option: string): void => {
  if (settled(path) !== path)
    throw new OptionError(option, `there is a link now where ${JSON.stringify(path)} was`);
};
