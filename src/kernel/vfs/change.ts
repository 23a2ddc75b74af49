import type { AttributeChanges, Stat } from "../../fs/filesystem.js";
import { Errno } from "../../wire/errno.js";
import { get, type Steps } from "../../wire/steps.js";
import {
  MAY_WRITE,
  OFFSET_MAX,
  S_ISGID,
  S_ISUID,
  UTIME_ATIME,
  UTIME_ATIME_NOW,
  UTIME_MTIME,
  UTIME_MTIME_NOW,
} from "../flags.js";
import type { Identity } from "../identity.js";
import { inGroup, owns, permits } from "./permission.js";
import type { Place } from "./place.js";
import type { Tree } from "./tree.js";

/** What chmod changes. Throws EPERM. */
export const newMode = (who: Identity, stat: Stat, mode: number): AttributeChanges => {
  if (!owns(who, stat)) throw new Errno("EPERM");
  const drops = who.uid !== 0 && !inGroup(who, stat.gid);
  return { mode: mode & (drops ? 0o7777 & ~S_ISGID : 0o7777) };
};

/** What chown changes; -1 leaves one as it is. Throws EPERM. */
export const newOwner = (who: Identity, stat: Stat, uid: number, gid: number): AttributeChanges => {
  const changes: { uid?: number; gid?: number; mode?: number } = {};
  if (uid !== -1) changes.uid = uid >>> 0;
  if (gid !== -1) changes.gid = gid >>> 0;
  if (who.uid !== 0) {
    if (changes.uid !== undefined && (stat.uid !== who.uid || changes.uid !== stat.uid))
      throw new Errno("EPERM");
    if (
      changes.gid !== undefined &&
      (stat.uid !== who.uid || (changes.gid !== stat.gid && !inGroup(who, changes.gid)))
    ) {
      throw new Errno("EPERM");
    }
  }
  if (stat.type === "directory") return changes;
  // Setgid without group execution is not the privilege but an old mark of mandatory locking.
  const drop = S_ISUID | ((stat.mode & 0o010) !== 0 ? S_ISGID : 0);
  if ((stat.mode & drop) !== 0) changes.mode = stat.mode & ~drop;
  return changes;
};

const TIMES = UTIME_ATIME | UTIME_MTIME | UTIME_ATIME_NOW | UTIME_MTIME_NOW;

/** What utimens changes. `which` is of UTIME_*. Throws EINVAL, EPERM, EACCES. */
export const newTimes = (
  who: Identity,
  stat: Stat,
  times: { readonly atime: bigint; readonly mtime: bigint; readonly which: number },
  now: bigint,
): AttributeChanges => {
  const { which } = times;
  if ((which & ~TIMES) !== 0) throw new Errno("EINVAL");
  const both = UTIME_ATIME_NOW | UTIME_MTIME_NOW;
  if (!owns(who, stat)) {
    if (which !== both) throw new Errno("EPERM");
    if (!permits(who, stat, MAY_WRITE)) throw new Errno("EACCES");
  }
  const changes: { atime?: bigint; mtime?: bigint } = {};
  if ((which & UTIME_ATIME_NOW) !== 0) changes.atime = now;
  else if ((which & UTIME_ATIME) !== 0) changes.atime = times.atime;
  if ((which & UTIME_MTIME_NOW) !== 0) changes.mtime = now;
  else if ((which & UTIME_MTIME) !== 0) changes.mtime = times.mtime;
  return changes;
};

/** Changes attributes of the file at a place: `make` says, from what they are, to what. */
export function* change(tree: Tree, place: Place, make: (stat: Stat) => AttributeChanges): Steps<void> {
  tree.writable(place);
  const stat = yield* get(place.inode.stat());
  const changes = make(stat);
  if (Object.keys(changes).length === 0) return;
  if (place.inode.setattr === undefined) throw new Errno("EROFS");
  yield* get(place.inode.setattr(changes));
}

/** A size or an offset from the wire. Throws EINVAL when it is negative, EFBIG when it is beyond 2^53 - 1. */
export const size = (value: bigint): number => {
  if (value < 0n) throw new Errno("EINVAL");
  if (value > BigInt(OFFSET_MAX)) throw new Errno("EFBIG");
  return Number(value);
};

export function* truncate(tree: Tree, place: Place, to: number): Steps<void> {
  if (place.inode.type === "directory") throw new Errno("EISDIR");
  if (place.inode.type !== "file") throw new Errno("EINVAL");
  tree.writable(place);
  const { mode } = yield* get(tree.allow(place, MAY_WRITE));
  const privileged = (mode & (S_ISUID | S_ISGID)) !== 0;
  if (place.inode.setattr === undefined) throw new Errno("EROFS");
  yield* get(
    place.inode.setattr(privileged ? { size: to, mode: mode & ~(S_ISUID | S_ISGID) } : { size: to }),
  );
}
