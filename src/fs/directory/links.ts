import type { BigIntStats } from "node:fs";
import { Errno } from "../../wire/errno.js";

/**
 * What to do with links of a real directory.
 *
 * Symbolic links are followed by the kernel within the guest's tree, never by the system. A hard link makes one
 * file of two names, and the other may be anywhere:
 * - "inside": files all of whose names are in the mount are served, others refused (EACCES)
 * - "readable": files with further names elsewhere (as package managers make them) may be read, not written
 * - "any": files are served whatever else they are called
 * - "none": as "inside", and there are no symbolic links: not shown, not made
 */
export type LinkPolicy = "inside" | "readable" | "any" | "none";

/** How many files with several names are remembered. */
const REMEMBERED = 262_144;

export interface LinkCount {
  /** The names it had in all when they were counted. */
  readonly names: bigint;
  readonly inside: bigint;
}

export const fileKey = (stats: BigIntStats): string => `${stats.dev}:${stats.ino}`;

/** Knows of files with several names how many are in the mount. */
export class Links {
  readonly #policy: LinkPolicy;
  readonly #scan: () => ReadonlyMap<string, LinkCount> | undefined;
  #tooLarge = false;
  readonly #counts = new Map<string, LinkCount>();

  /** `scan` counts the names in the mount of every file that has more than one; undefined if the mount is too large. */
  constructor(policy: LinkPolicy, scan: () => ReadonlyMap<string, LinkCount> | undefined) {
    this.#policy = policy;
    this.#scan = scan;
  }

  /** EACCES where a file may have a name beyond the mount, and the policy does not allow what is asked. */
  check(stats: BigIntStats, writing: boolean): void {
    if (stats.nlink <= 1n || this.#policy === "any" || (this.#policy === "readable" && !writing)) return;
    const key = fileKey(stats);
    let count = this.#counts.get(key);
    if (count?.names !== stats.nlink) {
      this.#recount();
      count = this.#counts.get(key);
      if (count?.names !== stats.nlink) {
        // Remembered also where nothing was found, lest every attempt count anew.
        count = { names: stats.nlink, inside: 0n };
        this.#remember(key, count);
      }
    }
    if (count.inside < count.names) {
      throw new Errno(
        "EACCES",
        "the file has hard links beyond the mount; the option `links` may allow them",
      );
    }
  }

  #recount(): void {
    if (this.#tooLarge) return;
    const counted = this.#scan();
    if (counted === undefined) this.#tooLarge = true;
    else for (const [key, count] of counted) this.#remember(key, count);
  }

  /** Accounts for a name that was made (1n) or is about to be removed (-1n) in the mount. */
  change(stats: BigIntStats, by: 1n | -1n): void {
    const key = fileKey(stats);
    const count = this.#counts.get(key);
    if (count !== undefined && count.names === stats.nlink) {
      this.#remember(key, { names: count.names + by, inside: count.inside + by });
    } else if (stats.nlink === 1n && by === 1n) {
      this.#remember(key, { names: 2n, inside: 2n });
    }
  }

  #remember(key: string, count: LinkCount): void {
    this.#counts.delete(key);
    const oldest = this.#counts.keys().next();
    if (this.#counts.size >= REMEMBERED && oldest.done !== true) this.#counts.delete(oldest.value);
    this.#counts.set(key, count);
  }
}
