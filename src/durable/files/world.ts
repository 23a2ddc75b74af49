import { DurableError } from "../../errors.js";
import type { Awaitable } from "../../fs/filesystem.js";
import { isPromise } from "../../wire/awaitable.js";
import type { ByteReader, ByteWriter } from "../../wire/bytes.js";
import { chain } from "../../wire/steps.js";
import { readErrno, writeErrno } from "../errnos.js";
import { ITEM } from "../format.js";
import type { Tape } from "../tape.js";
import type { OuterInode } from "./inode.js";
import type { OuterOpenFile } from "./open-file.js";

const DONE = 0;
const FAILED = 1;

/** How a value is written to the journal, and read from it. */
export interface Form<T> {
  readonly write: (body: ByteWriter, value: T) => void;
  readonly read: (body: ByteReader) => T;
}

export const NOTHING: Form<void> = { write: () => {}, read: () => {} };
export const NUMBER: Form<number> = {
  write: (body, value) => {
    body.number(value);
  },
  read: (body) => body.number(),
};

/** Something that changes the world, and how to know afterwards whether it did. */
export interface Change<F, T> {
  /** How it is before. */
  readonly before: () => Awaitable<F>;
  readonly facts: Form<F>;
  readonly make: () => Awaitable<T>;
  /** The controller ended while it was at it: makes it, unless it is made. */
  readonly again: (before: F) => Awaitable<T>;
  readonly result: Form<T>;
}

/** What the nodes of one file system outside share: the journal, and which of them the guest has. */
export class OuterWorld {
  readonly tape: Tape;
  /** For messages: where it is mounted. */
  readonly path: string;
  /** Directories by number: a directory is always the same object. */
  readonly #directories = new Map<number, WeakRef<OuterInode>>();
  /** Open files. */
  readonly open = new Set<OuterOpenFile>();
  /** How large the guest knows files to be, by number. */
  readonly sizes = new Map<number, number>();

  constructor(tape: Tape, path: string) {
    this.tape = tape;
    this.path = path;
  }

  /** Asks the world, or the journal. */
  ask<T>(form: Form<T>, live: () => Awaitable<T>): Awaitable<T> {
    if (!this.tape.within) return live();
    const recorded = this.tape.take(ITEM.files);
    return recorded === undefined ? this.#answered(form, live) : fromJournal(form, recorded);
  }

  /** Changes the world, once. */
  change<F, T>({ before, facts, make, again, result }: Change<F, T>): Awaitable<T> {
    const { tape } = this;
    if (!tape.within) return make();
    const recorded = tape.take(ITEM.intent);
    if (recorded === undefined) {
      return chain(before(), (was) => {
        tape.put(ITEM.intent, (body) => facts.write(body, was));
        tape.commit();
        return this.#answered(result, make);
      });
    }
    const was = facts.read(recorded);
    recorded.end();
    const answer = tape.take(ITEM.files);
    return answer === undefined ? this.#answered(result, () => again(was)) : fromJournal(result, answer);
  }

  #answered<T>(form: Form<T>, live: () => Awaitable<T>): Awaitable<T> {
    const { tape } = this;
    const done = (value: T): T => {
      tape.put(ITEM.files, (body) => form.write(body.u8(DONE), value));
      return value;
    };
    const failed = (error: unknown): never => {
      if (error instanceof DurableError) throw tape.fail(error);
      tape.put(ITEM.files, (body) => writeErrno(body.u8(FAILED), error));
      throw error;
    };
    try {
      const value = live();
      return isPromise(value) ? value.then(done, failed) : done(value);
    } catch (error) {
      return failed(error);
    }
  }

  directory(ino: number): OuterInode | undefined {
    return this.#directories.get(ino)?.deref();
  }

  remember(directory: OuterInode): void {
    this.#directories.set(directory.ino, new WeakRef(directory));
  }

  /** What had this number is gone: it is another's next, or now. */
  forget(ino: number): void {
    this.#directories.delete(ino);
    this.sizes.delete(ino);
  }

  /** The file is at least so large. */
  grown(ino: number, size: number): void {
    if (size > (this.sizes.get(ino) ?? 0)) this.sizes.set(ino, size);
  }

  /** Opens again what the guest has open, as it was. Throws DurableError where that cannot be. */
  async reopen(): Promise<void> {
    for (const file of this.open) await file.reopen();
  }
}

const fromJournal = <T>(form: Form<T>, recorded: ByteReader): T => {
  if (recorded.u8() === FAILED) throw readErrno(recorded);
  const value = form.read(recorded);
  recorded.end();
  return value;
};

/** The world is not as the guest left it. */
export const outside = (path: string, what: string): DurableError =>
  new DurableError(
    "outside",
    `the run cannot be continued: ${JSON.stringify(path)} ${what}. Put it back as it was, or begin anew in another directory`,
  );
