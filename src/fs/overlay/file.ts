import { Errno } from "../../wire/errno.js";
import { get, run, type Steps } from "../../wire/steps.js";
import type { Appended, Awaitable, OpenFile, OpenMode } from "../filesystem.js";
import { OverlayNode } from "./node.js";

/** A regular file: copied from below by the first write, also through files that are open already. */
export class OverlayFile extends OverlayNode {
  #opened = 0;

  open(mode: OpenMode): Awaitable<OpenFile> {
    return run(this.#open(mode));
  }

  *#open(mode: OpenMode): Steps<OpenFile> {
    const file = mode.write ? new WritableOverlayFile(this) : new ReadableOverlayFile(this);
    yield* file.ready();
    this.#opened++;
    return file;
  }

  *closed(): Steps<void> {
    this.#opened--;
    yield* this.#release();
  }

  protected override *abandoned(): Steps<void> {
    this.layers.nameless.set(this.ino, this);
    yield* this.#release();
  }

  *#release(): Steps<void> {
    if (!this.nameless || this.#opened > 0) return;
    this.layers.nameless.delete(this.ino);
    yield* super.abandoned();
  }
}

class ReadableOverlayFile implements OpenFile {
  protected readonly file: OverlayFile;
  #below: OpenFile | undefined;
  #above: OpenFile | undefined;
  #closed = false;

  constructor(file: OverlayFile) {
    this.file = file;
  }

  /** The open file of the layer where the contents are now. */
  *ready(): Steps<OpenFile> {
    if (this.#closed) throw new Errno("EBADF");
    const stored = this.file.stored?.inode;
    if (stored === undefined) {
      this.#below ??= yield* this.#opened(false);
      return this.#below;
    }
    this.#above ??= yield* this.#opened(this.writes);
    return this.#above;
  }

  protected get writes(): boolean {
    return false;
  }

  *#opened(write: boolean): Steps<OpenFile> {
    const { current } = this.file;
    if (current.open === undefined) throw new Errno("EACCES");
    return yield* get(current.open({ read: true, write }));
  }

  read(into: Uint8Array, offset: number): Awaitable<number> {
    const open = this.file.stored === undefined ? this.#below : this.#above;
    if (open !== undefined && !this.#closed) return open.read(into, offset);
    return run(this.#read(into, offset));
  }

  *#read(into: Uint8Array, offset: number): Steps<number> {
    const open = yield* this.ready();
    return yield* get(open.read(into, offset));
  }

  seek(offset: number, what: "data" | "hole"): Awaitable<number> {
    return run(this.#seek(offset, what));
  }

  *#seek(offset: number, what: "data" | "hole"): Steps<number> {
    const open = yield* this.ready();
    if (open.seek !== undefined) return yield* get(open.seek(offset, what));
    const { size } = yield* this.file.attributes();
    if (offset >= size) throw new Errno("ENXIO");
    return what === "data" ? offset : size;
  }

  sync(dataOnly: boolean): Awaitable<void> {
    return run(this.#sync(dataOnly));
  }

  *#sync(dataOnly: boolean): Steps<void> {
    if (this.file.stored === undefined) return;
    const open = yield* this.ready();
    const done = open.sync?.(dataOnly);
    if (done !== undefined) yield* get(done);
  }

  close(): Awaitable<void> {
    if (this.#closed) throw new Errno("EBADF");
    this.#closed = true;
    return run(this.#close());
  }

  *#close(): Steps<void> {
    try {
      for (const open of [this.#below, this.#above]) {
        const closing = open?.close?.();
        if (closing !== undefined) yield* get(closing);
      }
    } finally {
      yield* this.file.closed();
    }
  }
}

class WritableOverlayFile extends ReadableOverlayFile {
  protected override get writes(): boolean {
    return true;
  }

  write(data: Uint8Array, offset: number): Awaitable<number> {
    return data.length === 0 ? 0 : run(this.#write(data, offset));
  }

  *#write(data: Uint8Array, offset: number): Steps<number> {
    yield* this.file.raised();
    const open = yield* this.ready();
    if (open.write === undefined) throw new Errno("EROFS");
    return yield* get(open.write(data, offset));
  }

  append(data: Uint8Array): Awaitable<Appended> {
    return run(this.#append(data));
  }

  *#append(data: Uint8Array): Steps<Appended> {
    yield* this.file.raised();
    const open = yield* this.ready();
    if (open.append !== undefined) return yield* get(open.append(data));
    const { size } = yield* this.file.attributes();
    const written = yield* this.#write(data, size);
    return { written, end: size + written };
  }

  allocate(offset: number, length: number): Awaitable<void> {
    return run(this.#allocate(offset, length));
  }

  *#allocate(offset: number, length: number): Steps<void> {
    yield* this.file.raised();
    const open = yield* this.ready();
    if (open.allocate === undefined) throw new Errno("EOPNOTSUPP");
    yield* get(open.allocate(offset, length));
  }
}
