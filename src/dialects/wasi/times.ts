import { UTIME_ATIME, UTIME_ATIME_NOW, UTIME_MTIME, UTIME_MTIME_NOW } from "../../kernel/flags.js";
import { Errno } from "../../wire/errno.js";
import { signed } from "./structs.js";

const ATIM = 1;
const ATIM_NOW = 2;
const MTIM = 4;
const MTIM_NOW = 8;

/** The kernel's arguments for fstflags. Throws EINVAL where both or unknown ones are set. */
export const times = (
  atime: bigint,
  mtime: bigint,
  flags: number,
): { readonly atime: bigint; readonly mtime: bigint; readonly which: number } => {
  const both = (one: number, other: number): boolean => (flags & one) !== 0 && (flags & other) !== 0;
  if (flags > 15 || both(ATIM, ATIM_NOW) || both(MTIM, MTIM_NOW)) throw new Errno("EINVAL");
  const which =
    ((flags & ATIM) === 0 ? 0 : UTIME_ATIME) |
    ((flags & ATIM_NOW) === 0 ? 0 : UTIME_ATIME_NOW) |
    ((flags & MTIM) === 0 ? 0 : UTIME_MTIME) |
    ((flags & MTIM_NOW) === 0 ? 0 : UTIME_MTIME_NOW);
  return {
    atime: (which & UTIME_ATIME) === 0 ? 0n : signed(atime),
    mtime: (which & UTIME_MTIME) === 0 ? 0n : signed(mtime),
    which,
  };
};
