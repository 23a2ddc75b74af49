import type { AttributeChanges, DirectoryEntry } from "../fs/filesystem.js";
import { isPromise } from "../wire/awaitable.js";
import { Errno } from "../wire/errno.js";
import type { StatRecord } from "../wire/records.js";
import { chain, type Steps, wait } from "../wire/steps.js";
import type { Awaitable } from "../wire/types.js";
import { Description } from "./description.js";
import { POLLIN, POLLRDNORM, SEEK_CUR, SEEK_SET } from "./flags.js";
import type { Listings } from "./listings.js";
import { record } from "./vfs/attributes.js";
import type { Place, Places } from "./vfs/place.js";

/** An open directory, with the listing that its reader goes through. */
export class DirectoryDescription extends Description {
  override readonly place: Place;
  readonly #places: Places;
  readonly #listings: Listings;
  #position = 0;

  constructor(place: Place, flags: number, places: Places, listings: Listings) {
    super(flags, place);
    this.place = place;
    this.#places = places;
    this.#listings = listings;
    places.keep(place);
  }

  get position(): number {
    return this.#position;
  }

  stat(): Awaitable<StatRecord> {
    return chain(this.place.inode.stat(), (stat) => record(this.place.mount.id, stat));
  }

  /**
   * The entries as they were when the first was read, "." and ".." first, mount points with them.
   * A `fresh` listing is made anew.
   */
  *entries(fresh: boolean): Steps<readonly DirectoryEntry[]> {
    const kept = fresh ? undefined : this.#listings.get(this);
    if (kept !== undefined) return kept;
    const listing = yield* list(this.place);
    this.#listings.keep(this, listing);
    return listing;
  }

  override read(): Awaitable<Uint8Array> {
    throw new Errno("EISDIR");
  }

  override readAt(): Awaitable<Uint8Array> {
    throw new Errno("EISDIR");
  }

  override write(): Awaitable<number> {
    throw new Errno("EBADF");
  }

  override writeAt(): Awaitable<number> {
    throw new Errno("EBADF");
  }

  override seek(offset: bigint, whence: number): Awaitable<number> {
    if (whence !== SEEK_SET && whence !== SEEK_CUR) throw new Errno("EINVAL");
    const to = offset + (whence === SEEK_CUR ? BigInt(this.#position) : 0n);
    if (to < 0n || to > BigInt(Number.MAX_SAFE_INTEGER)) throw new Errno("EINVAL");
    this.#position = Number(to);
    return this.#position;
  }

  override change(changes: AttributeChanges): Awaitable<void> {
    const { setattr } = this.place.inode;
    if (setattr === undefined) throw new Errno("EROFS");
    return setattr.call(this.place.inode, changes);
  }

  override allocate(): Awaitable<void> {
    throw new Errno("EBADF");
  }

  override sync(): Awaitable<void> {
    return undefined;
  }

  override poll(): number {
    return POLLIN | POLLRDNORM;
  }

  protected override close(): Awaitable<void> {
    this.#places.release(this.place);
    this.#listings.forget(this);
  }
}

function* list(place: Place): Steps<readonly DirectoryEntry[]> {
  const { inode, point, parent, detached } = place;
  if (inode.readdir === undefined) throw new Errno("ENOTDIR");
  const above = parent ?? place;
  const listing: DirectoryEntry[] = [];
  if (detached) return listing;
  listing.push({ name: ".", ino: inode.ino, type: "directory" });
  listing.push({ name: "..", ino: above.inode.ino, type: "directory" });
  const answer = inode.readdir();
  const entries = isPromise(answer) ? yield* wait(answer) : answer;
  for (const entry of entries) if (point?.children.has(entry.name) !== true) listing.push(entry);
  for (const [name, child] of point?.children ?? []) listing.push({ name, ino: child.id, type: "directory" });
  return listing;
}
