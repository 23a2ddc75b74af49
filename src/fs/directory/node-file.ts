import type { BigIntStats } from "node:fs";
import { Errno } from "../../wire/errno.js";
import type { Appended, OpenFile, OpenMode } from "../filesystem.js";
import { changing } from "./changes.js";
import * as host from "./host.js";
import { RealNode } from "./node.js";
import { dropSpare, pinned, sameFile, type Volume } from "./volume.js";

/** A regular file of a real directory. While it is open its descriptor stands for it, not its name. */
export class RealFile extends RealNode {
  /** Descriptors that are open, and whether they write. */
  readonly #open = new Map<number, boolean>();

  protected override lookAgain(): BigIntStats {
    const fd = this.#anyOpen;
    return fd === undefined ? super.lookAgain() : host.fstat(fd);
  }

  protected override withPath<T>(use: (path: string, stats: BigIntStats) => T): T {
    const fd = this.#anyOpen;
    if (fd === undefined) return super.withPath(use);
    // Without handles the path is not used, but the descriptor.
    return use(this.volume.handled ? host.handlePath(fd) : "", host.fstat(fd));
  }

  get #anyOpen(): number | undefined {
    return this.#open.size === 0 ? undefined : this.#open.keys().next().value;
  }

  /** A descriptor that stands for the file, where there is no path that does. */
  get #descriptor(): number | undefined {
    return this.volume.handled ? undefined : this.#anyOpen;
  }

  protected override setMode(path: string, mode: number): void {
    const fd = this.#descriptor;
    if (fd === undefined) super.setMode(path, mode);
    else host.fchmod(fd, mode);
  }

  protected override storeTimes(path: string, atime: number, mtime: number): void {
    const fd = this.#descriptor;
    if (fd === undefined) super.storeTimes(path, atime, mtime);
    else host.futimes(fd, atime, mtime);
  }

  /** What is changed through one name of a file is changed under all. */
  protected override changeable(stats: BigIntStats): void {
    this.volume.links.check(stats, true);
  }

  protected override resize(path: string, stats: BigIntStats, size: number): void {
    this.volume.growth.resize(Number(stats.size), size);
    for (const [fd, writes] of this.#open) {
      if (writes) {
        host.ftruncate(fd, size);
        return;
      }
    }
    host.truncate(path, size);
  }

  /** Takes over a descriptor that created the file, until it is opened or something else is made. */
  adopt(fd: number): void {
    dropSpare(this.volume);
    this.volume.opened.add(fd);
    this.volume.spare = { owner: this, fd };
  }

  open(mode: OpenMode): OpenFile {
    if (mode.write && !this.volume.writable) throw new Errno("EROFS");
    const fd = this.#takeSpare() ?? this.#openAnew(mode);
    this.volume.opened.add(fd);
    this.#open.set(fd, mode.write);
    const Opened = mode.write ? WritableRealFile : ReadableRealFile;
    return new Opened(this.volume, fd, () => {
      this.#open.delete(fd);
    });
  }

  #takeSpare(): number | undefined {
    const { spare } = this.volume;
    if (spare?.owner !== this) return undefined;
    this.volume.spare = undefined;
    return spare.fd;
  }

  #openAnew(mode: OpenMode): number {
    const quick = mode.write ? undefined : this.#openQuickly();
    if (quick !== undefined) return quick;
    const how = mode.write ? (mode.read ? "both" : "write") : "read";
    const open = (path: string, stats: BigIntStats): number => {
      this.volume.links.check(stats, mode.write);
      if (mode.write && (stats.mode & 0o6000n) !== 0n) host.chmod(path, Number(stats.mode & 0o777n));
      return host.open(path, how, !this.volume.handled);
    };
    // What a handle's path leads to is the very file that was looked at.
    if (this.volume.handled) return this.#isOwn ? this.#openOwn(open) : this.withPath(open);
    return super.withPath((path, stats) => {
      const fd = open(path, stats);
      try {
        const opened = host.fstat(fd);
        if (!opened.isFile() || !sameFile(opened, this.found)) throw new Errno("ENOENT");
        return fd;
      } catch (error) {
        host.discard(fd);
        throw error;
      }
    });
  }

  /** Whether it was found in this very moment, and is not open: its name is what leads to it. */
  get #isFresh(): boolean {
    return this.finding.holds && this.#open.size === 0;
  }

  /**
   * Whether it was found in this very moment by the only name that it has, in the mount's own directory: so it was in
   * the mount and nowhere else, and what became of the name since does not make it a file from beyond.
   */
  get #isOwn(): boolean {
    return this.#isFresh && this.found.nlink === 1n && this.parent?.parent === undefined;
  }

  /**
   * Opens it to read by its name, and so without a handle of it: what has been opened is given out if it is the very file that
   * was found, and in the mount as one that was opened by a handle would have to be. Undefined where it is not, or where
   * there is more to it.
   */
  #openQuickly(): number | undefined {
    const { parent, name, volume } = this;
    if (parent === undefined || !volume.handled || !this.#isFresh) return undefined;
    const fd = host.openIfPossible(parent.at(name));
    if (fd === undefined) return undefined;
    let fits = false;
    try {
      const opened = host.fstat(fd);
      fits =
        sameFile(opened, this.found) &&
        opened.nlink === 1n &&
        (this.#isOwn || volume.holds(host.handlePath(fd), { parent, name }));
    } finally {
      if (!fits) host.discard(fd);
    }
    return fits ? fd : undefined;
  }

  /** Opens one that is its own. It need not be seen to be there still (see `pinned`), if it has one name still. */
  #openOwn(open: (path: string, stats: BigIntStats) => number): number {
    const { parent, name, volume } = this;
    if (parent === undefined) throw new Errno("EBUSY");
    return pinned(volume, { parent, name }, this.found, open, (stats) => stats.nlink === 1n);
  }
}

class ReadableRealFile implements OpenFile {
  protected readonly volume: Volume;
  protected readonly fd: number;
  readonly #closed: () => void;
  #open = true;

  constructor(volume: Volume, fd: number, closed: () => void) {
    this.volume = volume;
    this.fd = fd;
    this.#closed = closed;
  }

  /** A closed descriptor's number may be someone else's by now. */
  protected get live(): number {
    if (!this.#open || !this.volume.opened.has(this.fd)) throw new Errno("EBADF");
    return this.fd;
  }

  read(into: Uint8Array, offset: number): number {
    return into.length === 0 ? 0 : host.read(this.live, into, offset);
  }

  sync(dataOnly: boolean): void {
    host.sync(this.live, dataOnly);
  }

  close(): void {
    const fd = this.live;
    this.#open = false;
    this.volume.opened.delete(fd);
    this.#closed();
    host.close(fd);
  }
}

class WritableRealFile extends ReadableRealFile {
  #appending: number | undefined;

  write(data: Uint8Array, offset: number): number {
    if (data.length === 0) return 0;
    return changing(() => this.#grow(offset, data, (allowed) => host.write(this.live, allowed, offset)));
  }

  append(data: Uint8Array): Appended {
    const appender = this.#appender();
    const end = Number(host.fstat(this.live).size);
    const write = (allowed: Uint8Array): number =>
      appender === undefined ? host.write(this.live, allowed, end) : host.write(appender, allowed, null);
    const written = data.length === 0 ? 0 : changing(() => this.#grow(end, data, write));
    return { written, end: Number(host.fstat(this.live).size) };
  }

  allocate(offset: number, length: number): void {
    const size = Number(host.fstat(this.live).size);
    if (offset + length <= size) return;
    this.volume.growth.resize(size, offset + length);
    changing(() => host.ftruncate(this.live, offset + length));
  }

  override close(): void {
    const appending = this.#appending;
    this.#appending = undefined;
    if (appending !== undefined && this.volume.opened.delete(appending)) host.discard(appending);
    super.close();
  }

  /** Writes as much as the mount may grow by. */
  #grow(offset: number, data: Uint8Array, write: (allowed: Uint8Array) => number): number {
    const { growth } = this.volume;
    if (!growth.limited) return write(data);
    const size = Number(host.fstat(this.live).size);
    const allowed = Math.min(data.length, Math.max(0, size + growth.left - offset));
    if (allowed === 0) throw new Errno("ENOSPC");
    const written = write(data.subarray(0, allowed));
    growth.resize(size, Math.max(size, offset + written));
    return written;
  }

  /** A descriptor that appends whatever else writes to the file; only where one can be had of an open file. */
  #appender(): number | undefined {
    if (!this.volume.handled) return undefined;
    if (this.#appending === undefined) {
      this.#appending = host.open(host.handlePath(this.live), "append", false);
      this.volume.opened.add(this.#appending);
    }
    return this.#appending;
  }
}
