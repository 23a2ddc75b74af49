import type { Appended, Awaitable, OpenFile, OpenMode } from "../../fs/filesystem.js";
import { Errno } from "../../wire/errno.js";
import { chain } from "../../wire/steps.js";
import { readErrno, writeErrno } from "../errnos.js";
import { ITEM } from "../format.js";
import type { OpenFacts } from "./facts.js";
import type { OuterInode } from "./inode.js";
import { type Form, NOTHING, NUMBER, type OuterWorld, outside } from "./world.js";

const BYTES: Form<Uint8Array> = {
  write: (body, bytes) => {
    body.data(bytes);
  },
  read: (body) => body.data(),
};
const APPENDED: Form<Appended> = {
  write: (body, { written, end }) => {
    body.number(written).number(end);
  },
  read: (body) => ({ written: body.number(), end: body.number() }),
};

const able = <Method>(method: Method | undefined): Method => {
  if (method === undefined) throw new Errno("EBADF");
  return method;
};

/** An open file outside, as the guest's kernel sees it: through the journal. */
export class OuterOpenFile implements OpenFile {
  readonly inode: OuterInode;
  readonly stream: boolean;
  readonly write?: NonNullable<OpenFile["write"]>;
  readonly append?: NonNullable<OpenFile["append"]>;
  readonly allocate?: NonNullable<OpenFile["allocate"]>;
  readonly sync?: NonNullable<OpenFile["sync"]>;
  readonly seek?: NonNullable<OpenFile["seek"]>;
  readonly #world: OuterWorld;
  readonly #mode: OpenMode;
  #real: OpenFile | undefined;

  constructor(
    world: OuterWorld,
    inode: OuterInode,
    mode: OpenMode,
    { methods, stream }: OpenFacts,
    real: OpenFile | undefined,
  ) {
    this.#world = world;
    this.#mode = mode;
    this.#real = real;
    this.inode = inode;
    this.stream = stream;
    if (methods.has("write")) this.write = (data, offset) => this.#write(data, offset);
    if (methods.has("append")) this.append = (data) => this.#append(data);
    if (methods.has("allocate")) this.allocate = (offset, length) => this.#allocate(offset, length);
    if (methods.has("sync")) {
      this.sync = (dataOnly) => this.#ask(NOTHING, (real) => able(real.sync).call(real, dataOnly));
    }
    if (methods.has("seek")) {
      this.seek = (offset, what) => this.#ask(NUMBER, (real) => able(real.seek).call(real, offset, what));
    }
    world.open.add(this);
  }

  readonly readable = (): boolean => this.#real?.readable?.() ?? true;
  readonly writable = (): boolean => this.#real?.writable?.() ?? true;

  read(into: Uint8Array, offset: number): Awaitable<number> {
    const read = this.#ask(BYTES, (real) =>
      chain(real.read(into, offset), (length) =>
        into.subarray(0, Math.max(0, Math.min(length, into.length))),
      ),
    );
    return chain(read, (bytes) => {
      if (bytes.buffer !== into.buffer) into.set(bytes.subarray(0, into.length));
      return bytes.length;
    });
  }

  close(): Awaitable<void> {
    this.#world.open.delete(this);
    const { tape } = this.#world;
    const recorded = tape.takeIf(ITEM.files);
    if (recorded !== undefined) throw readErrno(recorded);
    const failed = (error: unknown): never => {
      tape.put(ITEM.files, (body) => writeErrno(body, error));
      throw error;
    };
    try {
      const closed = this.#real?.close?.();
      return closed === undefined ? undefined : closed.then(undefined, failed);
    } catch (error) {
      return failed(error);
    }
  }

  /** Opens the file again that was open when the controller ended. Throws DurableError where it is not as it was. */
  async reopen(): Promise<void> {
    if (this.#real !== undefined) return;
    await this.#open();
    const known = this.#world.sizes.get(this.inode.ino) ?? 0;
    const { size } = await (await this.inode.real()).stat();
    if (size < known) {
      throw outside(this.inode.path, `has ${size} bytes, where the guest left at least ${known}`);
    }
  }

  #open(): Awaitable<OpenFile> {
    if (this.#real !== undefined) return this.#real;
    const opened = chain(this.inode.real(), (inode) => {
      if (inode.open === undefined) throw outside(this.inode.path, "cannot be opened any more");
      return inode.open(this.#mode);
    });
    return chain(opened, (real) => {
      this.#real = real;
      return real;
    });
  }

  #ask<T>(form: Form<T>, call: (real: OpenFile) => Awaitable<T>): Awaitable<T> {
    return this.#world.ask(form, () => chain(this.#open(), call));
  }

  /** At a place of its own: the same again makes no difference. */
  #write(data: Uint8Array, offset: number): Awaitable<number> {
    const written = this.#ask(NUMBER, (real) => able(real.write).call(real, data, offset));
    return chain(written, (length) => {
      this.#world.grown(this.inode.ino, offset + length);
      return length;
    });
  }

  #append(data: Uint8Array): Awaitable<Appended> {
    const size = (): Awaitable<number> =>
      chain(this.inode.real(), (real) => chain(real.stat(), (stat) => stat.size));
    const make = (): Awaitable<Appended> => chain(this.#open(), (real) => able(real.append).call(real, data));
    const appended = this.#world.change<number, Appended>({
      before: size,
      facts: NUMBER,
      make,
      again: (before) => chain(size(), (now) => this.#appendRest(data, before, now, make)),
      result: APPENDED,
    });
    return chain(appended, (result) => {
      this.#world.grown(this.inode.ino, result.end);
      return result;
    });
  }

  /** Appends what is not there yet of `data`, before which the file had `before` bytes. */
  #appendRest(
    data: Uint8Array,
    before: number,
    now: number,
    make: () => Awaitable<Appended>,
  ): Awaitable<Appended> {
    if (now <= before) return make();
    const there = Math.min(now - before, data.length);
    const into = new Uint8Array(there);
    return chain(this.#open(), (real) =>
      chain(this.#readBack(into, before), (length) => {
        // Someone else's bytes: ours are not there.
        if (Buffer.compare(into.subarray(0, length), data.subarray(0, there)) !== 0) return make();
        const rest = data.subarray(there);
        if (rest.length === 0) return { written: data.length, end: before + data.length };
        return chain(able(real.append).call(real, rest), ({ written, end }) => ({
          written: there + written,
          end,
        }));
      }),
    );
  }

  /** Reads through an opening of its own: this one may only write. */
  #readBack(into: Uint8Array, offset: number): Awaitable<number> {
    return chain(this.inode.real(), (inode) =>
      chain(able(inode.open).call(inode, { read: true, write: false }), (file) =>
        chain(file.read(into, offset), (length) => chain(file.close?.(), () => length)),
      ),
    );
  }

  #allocate(offset: number, length: number): Awaitable<void> {
    const allocated = this.#ask(NOTHING, (real) => able(real.allocate).call(real, offset, length));
    return chain(allocated, () => this.#world.grown(this.inode.ino, offset + length));
  }
}
