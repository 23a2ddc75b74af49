import { Glob } from "../kernel/glob.js";
import type { Decoded } from "./decode.js";

/** Which records are wanted; all that is given has to be so. */
export interface TraceFilter {
  readonly operations?: readonly string[];
  /** A pattern of guest paths, see the rules on files. Relative paths match as if they began at the root. */
  readonly path?: string;
  readonly errno?: string;
}

/** The paths that an operation was given. */
export const pathsOf = ({ args }: Decoded): readonly string[] =>
  [args["path"], args["to_path"]].filter((path): path is string => typeof path === "string" && path !== "");

/** Throws TypeError for a pattern that cannot be. */
export const matcher = ({ operations, path, errno }: TraceFilter): ((decoded: Decoded) => boolean) => {
  const globs = path === undefined ? undefined : Glob.compile(path);
  return (decoded) => {
    if (operations !== undefined && !operations.includes(decoded.name)) return false;
    if (errno !== undefined) {
      const { outcome } = decoded;
      if (outcome === undefined || !("error" in outcome) || outcome.error !== errno) return false;
    }
    return globs === undefined || pathsOf(decoded).some((one) => globs.some((glob) => glob.matches(one)));
  };
};
