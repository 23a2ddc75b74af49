import type { Appended, AttributeChanges, OpenFile } from "../fs/filesystem.js";
import { Errno } from "../wire/errno.js";
import type { StatRecord } from "../wire/records.js";
import { chain } from "../wire/steps.js";
import type { Awaitable } from "../wire/types.js";
import { Description } from "./description.js";
import {
  O_APPEND,
  O_DSYNC,
  O_SYNC,
  OFFSET_MAX,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
  S_ISGID,
  S_ISUID,
  SEEK_CUR,
  SEEK_DATA,
  SEEK_END,
  SEEK_HOLE,
  SEEK_SET,
} from "./flags.js";
import type { Scratch } from "./scratch.js";
import { record } from "./vfs/attributes.js";
import type { Place } from "./vfs/place.js";

const asked = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;

/** An open regular file: the position is kept here, everything else in its file system. */
export class FileDescription extends Description {
  override readonly place: Place;
  readonly #file: OpenFile;
  readonly #scratch: Scratch;
  #position = 0;
  /** The mode has to lose setuid and setgid at the first write. */
  #privileged: boolean;

  constructor(place: Place, file: OpenFile, flags: number, privileged: boolean, scratch: Scratch) {
    super(flags, place);
    this.place = place;
    this.#file = file;
    this.#scratch = scratch;
    this.#privileged = privileged;
  }

  get position(): number {
    return this.#position;
  }

  stat(): Awaitable<StatRecord> {
    return chain(this.place.inode.stat(), (stat) => record(this.place.mount.id, stat));
  }

  override read(capacity: number): Awaitable<Uint8Array> {
    return chain(this.readAt(capacity, this.#position), (data) => {
      this.#position += data.length;
      return data;
    });
  }

  override readAt(capacity: number, offset: number): Awaitable<Uint8Array> {
    if (!this.readable) throw new Errno("EBADF");
    const into = this.#scratch.take(capacity);
    return chain(this.#file.read(into, offset), (length) => into.subarray(0, checked(length, into.length)));
  }

  override write(data: Uint8Array): Awaitable<number> {
    if ((this.flags & O_APPEND) !== 0) {
      return chain(this.#append(data), ({ written, end }) => {
        if (written > 0) this.#position = end;
        return written;
      });
    }
    return chain(this.#put(data, this.#position), (length) => {
      this.#position += length;
      return length;
    });
  }

  /** With O_APPEND at the end, too, as Linux does. */
  override writeAt(data: Uint8Array, offset: number): Awaitable<number> {
    if ((this.flags & O_APPEND) === 0) return this.#put(data, offset);
    return chain(this.#append(data), ({ written }) => written);
  }

  #put(data: Uint8Array, offset: number): Awaitable<number> {
    const { write } = this.#file;
    if (!this.writable || write === undefined) throw new Errno("EBADF");
    if (data.length === 0) return 0;
    if (offset + data.length > OFFSET_MAX) throw new Errno("EFBIG");
    return this.#synced(
      chain(this.#unprivilege(), () =>
        chain(write.call(this.#file, data, offset), (length) => checked(length, data.length)),
      ),
    );
  }

  #append(data: Uint8Array): Awaitable<Appended> {
    if (!this.writable) throw new Errno("EBADF");
    if (data.length === 0) return { written: 0, end: 0 };
    const { append } = this.#file;
    if (append === undefined) {
      return chain(this.place.inode.stat(), ({ size }) =>
        chain(this.#put(data, size), (written) => ({ written, end: size + written })),
      );
    }
    return this.#synced(
      chain(this.#unprivilege(), () =>
        chain(append.call(this.#file, data), ({ written, end }) => ({
          written: checked(written, data.length),
          end: checked(end, OFFSET_MAX),
        })),
      ),
    );
  }

  /** With O_SYNC or O_DSYNC a write is done when it is through. */
  #synced<T>(written: Awaitable<T>): Awaitable<T> {
    if ((this.flags & O_DSYNC) === 0) return written;
    const dataOnly = (this.flags & O_SYNC) !== O_SYNC;
    return chain(written, (result) => chain(this.#file.sync?.(dataOnly), () => result));
  }

  override seek(offset: bigint, whence: number): Awaitable<number> {
    switch (whence) {
      case SEEK_SET:
        return this.#moveTo(offset);
      case SEEK_CUR:
        return this.#moveTo(BigInt(this.#position) + offset);
      case SEEK_END:
        return chain(this.place.inode.stat(), ({ size }) => this.#moveTo(BigInt(size) + offset));
      case SEEK_DATA:
      case SEEK_HOLE:
        return chain(this.place.inode.stat(), ({ size }) => this.#seekContent(offset, whence, size));
      default:
        throw new Errno("EINVAL");
    }
  }

  #seekContent(offset: bigint, whence: number, size: number): Awaitable<number> {
    if (offset < 0n || offset >= BigInt(size)) throw new Errno("ENXIO");
    if (this.#file.seek === undefined) return this.#moveTo(whence === SEEK_DATA ? offset : BigInt(size));
    const found = this.#file.seek(Number(offset), whence === SEEK_DATA ? "data" : "hole");
    return chain(found, (at) => this.#moveTo(BigInt(checked(at, OFFSET_MAX))));
  }

  #moveTo(position: bigint): number {
    if (position < 0n || position > BigInt(OFFSET_MAX)) throw new Errno("EINVAL");
    this.#position = Number(position);
    return this.#position;
  }

  override change(changes: AttributeChanges): Awaitable<void> {
    const { setattr } = this.place.inode;
    if (setattr === undefined) throw new Errno("EROFS");
    return setattr.call(this.place.inode, changes);
  }

  override truncate(size: number): Awaitable<void> {
    if (!this.writable) throw new Errno("EINVAL");
    return chain(this.#unprivilege(), () => this.change({ size }));
  }

  override allocate(offset: number, length: number): Awaitable<void> {
    if (!this.writable) throw new Errno("EBADF");
    if (this.#file.allocate !== undefined) return this.#file.allocate(offset, length);
    return chain(this.place.inode.stat(), ({ size }) =>
      offset + length > size ? this.change({ size: offset + length }) : undefined,
    );
  }

  override sync(dataOnly: boolean): Awaitable<void> {
    return this.#file.sync?.(dataOnly);
  }

  override available(): Awaitable<number> {
    return chain(this.place.inode.stat(), ({ size }) => Math.max(0, size - this.#position));
  }

  override poll(): number {
    return asked;
  }

  protected override close(): Awaitable<void> {
    return this.#file.close?.();
  }

  #unprivilege(): Awaitable<void> {
    if (!this.#privileged) return undefined;
    this.#privileged = false;
    return chain(this.place.inode.stat(), ({ mode }) => this.change({ mode: mode & ~(S_ISUID | S_ISGID) }));
  }
}

/** A number that a file system answered. Throws EIO for one that cannot be: file systems may be anyone's. */
const checked = (value: number, limit: number): number => {
  if (!Number.isInteger(value) || value < 0 || value > limit) {
    throw new Errno("EIO", `a file system answered ${String(value)} where 0 to ${limit} can be`);
  }
  return value;
};
