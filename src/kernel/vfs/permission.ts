import type { Stat } from "../../fs/filesystem.js";
import { MAY_EXECUTE, S_ISVTX } from "../flags.js";
import type { Identity } from "../identity.js";

/** Whether the mode of a file lets `who` do all of `want` (MAY_*). */
export const permits = (who: Identity, stat: Stat, want: number): boolean => {
  if (who.uid === 0) {
    return (want & MAY_EXECUTE) === 0 || stat.type === "directory" || (stat.mode & 0o111) !== 0;
  }
  const bits = stat.uid === who.uid ? stat.mode >> 6 : inGroup(who, stat.gid) ? stat.mode >> 3 : stat.mode;
  return (bits & want) === want;
};

export const inGroup = (who: Identity, gid: number): boolean => who.gid === gid || who.groups.includes(gid);

/** Whether `who` may do what only the owner may. */
export const owns = (who: Identity, stat: Stat): boolean => who.uid === 0 || stat.uid === who.uid;

/** Whether a sticky directory keeps `who` from removing or renaming a file in it. */
export const sticks = (who: Identity, directory: Stat, file: Stat): boolean =>
  (directory.mode & S_ISVTX) !== 0 && !owns(who, file) && !owns(who, directory);
