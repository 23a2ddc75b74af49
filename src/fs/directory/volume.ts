import type { BigIntStats } from "node:fs";
import { Errno } from "../../wire/errno.js";
import type { Filter } from "./filter.js";
import type { Growth } from "./growth.js";
import type { Handles } from "./handles.js";
import * as host from "./host.js";
import type { Links } from "./links.js";
import type { RealDirectory } from "./node-directory.js";
import type { HeldDirectory } from "./node-held.js";
import type { Stamps } from "./stamps.js";

/** What the nodes of one directory mount share. */
export interface Volume {
  readonly writable: boolean;
  /** Whether places are reached through handles (Linux), or by names. */
  readonly handled: boolean;
  readonly handles: Handles<HeldDirectory>;
  readonly filter: Filter;
  readonly links: Links;
  readonly symlinks: boolean;
  readonly growth: Growth;
  readonly stamps: Stamps;
  /** Permission bits that a file may be given. */
  readonly modes: number;
  /** Descriptors of files that are open. */
  readonly opened: Set<number>;
  owner(stats: BigIntStats): { readonly uid: number; readonly gid: number };
  number(stats: BigIntStats): number;
  /** The one object that stands for a directory. */
  directory(parent: RealDirectory, name: string, stats: BigIntStats): RealDirectory;
  /** A directory is known by another name, or no more. */
  moved(stats: BigIntStats, to: RealDirectory, name: string): void;
  forget(stats: BigIntStats): void;
  /** A path of the controller's for the root. */
  rootPath(): string;
  /**
   * Whether what a handle's path leads to is in the mount now, and (if given) at this place: someone else may have
   * moved it out, or removed the name, so that only others, elsewhere, are left.
   */
  holds(path: string, place?: Place): boolean;
  /** Whether a file system that is mounted at a path beneath the root's is served. */
  crosses(path: string): boolean;
  /** Keeps a file that was just made open for whoever opens it next. */
  spare: Spare | undefined;
}

export interface Spare {
  readonly owner: object;
  readonly fd: number;
}

/** Lets go of a file that was made and not opened. */
export function dropSpare(volume: Volume): void {
  if (volume.spare === undefined) return;
  const { fd } = volume.spare;
  volume.spare = undefined;
  volume.opened.delete(fd);
  host.discard(fd);
}

/** Where a node is: a name in a directory. */
export interface Place {
  readonly parent: RealDirectory;
  readonly name: string;
}

export const sameFile = (stats: BigIntStats, other: BigIntStats): boolean =>
  stats.ino === other.ino && stats.dev === other.dev && (stats.mode & FORMAT) === (other.mode & FORMAT);

const FORMAT = 0o170000n;

/**
 * Calls `use` with a path that means the very file that was found before, whatever happens to its name meanwhile.
 * Without handles it is the name, checked just before.
 *
 * That the file is in the mount is known afterwards: by where the system says that it is, with its attributes taken before,
 * so that the number of its names counts the one that is still there. `sure` may say that it is known already.
 */
export function pinned<T>(
  volume: Volume,
  place: Place,
  expected: BigIntStats,
  use: (path: string, stats: BigIntStats) => T,
  sure: (stats: BigIntStats) => boolean = () => false,
): T {
  const path = place.parent.at(place.name);
  if (!volume.handled) {
    const stats = host.lstat(path);
    if (stats === undefined || !sameFile(stats, expected)) throw new Errno("ENOENT");
    return use(path, stats);
  }
  const fd = host.openPlace(path, false);
  try {
    const stats = host.fstat(fd);
    const held = host.handlePath(fd);
    if (!sameFile(stats, expected) || !(sure(stats) || volume.holds(held, place))) throw new Errno("ENOENT");
    return use(held, stats);
  } finally {
    host.discard(fd);
  }
}
