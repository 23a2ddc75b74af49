import type { FileSystem } from "../fs/filesystem.js";
import { inMoment, otherTurn } from "../wire/moment.js";
import type { OperationName } from "../wire/operations.js";
import type { Awaitable } from "../wire/types.js";

/** Operations that only look, and have no code of the host's run at once. */
const QUIET: ReadonlySet<string> = new Set<OperationName>([
  "access",
  "chdir",
  "clock",
  "close",
  "readdir",
  "fstat",
  "getcwd",
  "open",
  "pread",
  "read",
  "readlink",
  "readv",
  "seek",
  "stat",
]);

/** Whether a file system is code of the host's. */
export const isForeign = ({ kind }: FileSystem): boolean =>
  !["memory", "directory", "overlay", "archive", "library"].includes(kind);

/**
 * An operation in a moment of its own, and known to have let code of the host's have a turn, where it may have. `watched`: such
 * code may have one in any operation.
 */
export const timed = <Args, Answer>(
  name: string,
  watched: boolean,
  handler: (args: Args) => Awaitable<Answer>,
): ((args: Args) => Awaitable<Answer>) => {
  if (QUIET.has(name) && !watched) return (args) => inMoment(handler, args);
  return (args) => {
    otherTurn();
    try {
      return inMoment(handler, args);
    } finally {
      otherTurn();
    }
  };
};
