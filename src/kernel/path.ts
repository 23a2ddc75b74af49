import { Errno } from "../wire/errno.js";
import type { StatRecord } from "../wire/records.js";
import { chain } from "../wire/steps.js";
import type { Awaitable } from "../wire/types.js";
import { Description } from "./description.js";
import { POLLNVAL } from "./flags.js";
import { record } from "./vfs/attributes.js";
import type { Place, Places } from "./vfs/place.js";

/** What O_PATH opens: it stands for a file, and does nothing but be named. */
export class PathDescription extends Description {
  override readonly place: Place;
  readonly #places: Places;

  constructor(place: Place, flags: number, places: Places) {
    super(flags, place);
    this.place = place;
    this.#places = places;
    places.keep(place);
  }

  override get readable(): boolean {
    return false;
  }

  stat(): Awaitable<StatRecord> {
    return chain(this.place.inode.stat(), (stat) => record(this.place.mount.id, stat));
  }

  override read(): never {
    throw new Errno("EBADF");
  }

  override write(): never {
    throw new Errno("EBADF");
  }

  override readAt(): never {
    throw new Errno("EBADF");
  }

  override writeAt(): never {
    throw new Errno("EBADF");
  }

  override seek(): never {
    throw new Errno("EBADF");
  }

  override change(): never {
    throw new Errno("EBADF");
  }

  override truncate(): never {
    throw new Errno("EBADF");
  }

  override allocate(): never {
    throw new Errno("EBADF");
  }

  override sync(): never {
    throw new Errno("EBADF");
  }

  override poll(): number {
    return POLLNVAL;
  }

  protected override close(): void {
    this.#places.release(this.place);
  }
}
