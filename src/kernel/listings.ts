import type { DirectoryEntry } from "../fs/filesystem.js";

/** Most entries that are kept of all open directories together, unless one alone has more. */
export const ENTRIES_MAX = 500_000;

/**
 * Listings of the directories that are being read. When there are too many entries, those that were not read for
 * longest are dropped: their reader gets a new listing, and goes on at the same place of it.
 */
export class Listings {
  /** In the order in which they were used. */
  readonly #kept = new Map<object, readonly DirectoryEntry[]>();
  #entries = 0;

  get(reader: object): readonly DirectoryEntry[] | undefined {
    const listing = this.#kept.get(reader);
    if (listing === undefined) return undefined;
    this.#kept.delete(reader);
    this.#kept.set(reader, listing);
    return listing;
  }

  keep(reader: object, listing: readonly DirectoryEntry[]): void {
    this.forget(reader);
    this.#kept.set(reader, listing);
    this.#entries += listing.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#entries <= ENTRIES_MAX || oldest === reader) return;
      this.forget(oldest);
    }
  }

  forget(reader: object): void {
    this.#entries -= this.#kept.get(reader)?.length ?? 0;
    this.#kept.delete(reader);
  }
}
