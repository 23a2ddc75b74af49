import { Errno } from "../wire/errno.js";
import { chain } from "../wire/steps.js";
import type { Appended, Awaitable, FileSystem, OpenFile, OpenMode } from "./filesystem.js";
import { FixedDirectory, FixedFile } from "./fixed.js";
import { Held } from "./held.js";
import { checkName } from "./names.js";

/** What a file made of functions says when it is read: text (as UTF-8) or bytes. */
export type Contents = string | Uint8Array;

/** A file made of functions. */
export interface FunctionFile {
  /** Called once for each opening, at the first read. Missing: it cannot be read. */
  readonly read?: () => Awaitable<Contents>;
  /** Called for each write, with a copy of its bytes. Missing: it cannot be written. */
  readonly write?: (data: Uint8Array) => Awaitable<void>;
  /** Permission bits. Default: as `read` and `write` suggest, 0o444, 0o222 or 0o666. */
  readonly mode?: number;
}

/** By path: a function that makes the contents, a file made of functions, or contents that do not change. */
export interface FunctionTree {
  readonly [path: string]: (() => Awaitable<Contents>) | FunctionFile | Contents;
}

/** How large contents may be, and whose the files are. */
export interface FunctionFilesOptions {
  /**
   * The most bytes that contents may have; a file beyond reads as EFBIG. Those of all files that are open have twice as many
   * at most: ENOMEM. Default: 64 MiB.
   */
  readonly bytes?: number;
  /** Owner. Default: 0, the guest's root. */
  readonly uid?: number;
  readonly gid?: number;
}

const encoder = new TextEncoder();

/** Files made of functions. */
export class FunctionFileSystem implements FileSystem {
  readonly kind = "functions";
  readonly #root: FixedDirectory;
  readonly #bounds: Bounds;
  readonly #owner: { readonly uid: number; readonly gid: number };
  #lastIno = 0;

  constructor(tree: FunctionTree, options: FunctionFilesOptions = {}) {
    const { uid = 0, gid = 0, bytes = 67_108_864 } = options;
    this.#owner = { uid, gid };
    this.#bounds = { each: bytes, open: new Held(2 * bytes, "contents") };
    this.#root = this.#directory();
    for (const [path, made] of Object.entries(tree)) {
      const file: FunctionFile =
        typeof made === "function" ? { read: made } : isContents(made) ? { read: always(made) } : made;
      this.#add(path, file);
    }
  }

  root(): FixedDirectory {
    return this.#root;
  }

  #directory(): FixedDirectory {
    return new FixedDirectory(this.#attributes(0o755));
  }

  #attributes(mode: number): FixedDirectory["attributes"] {
    return { ino: ++this.#lastIno, mode, ...this.#owner, mtime: BigInt(Date.now()) * 1_000_000n };
  }

  #add(path: string, file: FunctionFile): void {
    const names = path.split("/").filter((name) => name !== "");
    const name = names.pop();
    if (name === undefined)
      throw new TypeError(`a file made of functions needs a name, not ${JSON.stringify(path)}`);
    let at = this.#root;
    for (const part of names) {
      checkName(part);
      const next = at.entries.get(part) ?? this.#directory();
      if (!(next instanceof FixedDirectory)) throw new TypeError(`${JSON.stringify(path)} is in a file`);
      if (!at.entries.has(part)) at.nlink++;
      at.entries.set(part, next);
      at = next;
    }
    checkName(name);
    if (at.entries.has(name)) throw new TypeError(`${JSON.stringify(path)} is there twice`);
    const mode = file.mode ?? (file.read === undefined ? 0 : 0o444) | (file.write === undefined ? 0 : 0o222);
    const type = file.write === undefined ? "file" : "character";
    at.entries.set(
      name,
      new FixedFile(this.#attributes(mode), 0, (how) => opened(file, how, this.#bounds), type),
    );
  }
}

const isContents = (value: FunctionFile | Contents): value is Contents =>
  typeof value === "string" || value instanceof Uint8Array;

const bytesOf = (contents: Contents): Uint8Array =>
  typeof contents === "string" ? encoder.encode(contents) : contents;

const always = (contents: Contents): (() => Uint8Array) => {
  const bytes = bytesOf(contents);
  return () => bytes;
};

/** The most bytes of one file's contents, and those that are open: what several have counts once. */
interface Bounds {
  readonly each: number;
  readonly open: Held<Uint8Array>;
}

function opened(file: FunctionFile, how: OpenMode, bounds: Bounds): OpenFile {
  const { read, write } = file;
  if ((how.read && read === undefined && !how.write) || (how.write && write === undefined))
    throw new Errno("EACCES");
  const reading = new Reading(read, bounds);
  const close = (): void => reading.close();
  if (write === undefined) return { read: (into, offset) => reading.at(into, offset), close };
  // A device has no positions: what is read goes on where the last read ended.
  let position = 0;
  const send = (data: Uint8Array): Awaitable<number> => chain(write(new Uint8Array(data)), () => data.length);
  return {
    stream: true,
    read: (into) =>
      chain(reading.at(into, position), (length) => {
        position += length;
        return length;
      }),
    write: send,
    append: (data): Awaitable<Appended> => chain(send(data), (written) => ({ written, end: 0 })),
    close,
  };
}

/** Contents that are made at the first read. */
class Reading {
  readonly #make: FunctionFile["read"];
  readonly #bounds: Bounds;
  #contents: Uint8Array | undefined;
  #closed = false;

  constructor(make: FunctionFile["read"], bounds: Bounds) {
    this.#make = make;
    this.#bounds = bounds;
  }

  close(): void {
    this.#closed = true;
    if (this.#contents !== undefined) this.#bounds.open.give(this.#contents);
    this.#contents = undefined;
  }

  at(into: Uint8Array, offset: number): Awaitable<number> {
    return chain(this.#contents ?? this.#made(), (contents) => {
      const part = contents.subarray(offset, offset + into.length);
      into.set(part);
      return part.length;
    });
  }

  #made(): Awaitable<Uint8Array> {
    if (this.#make === undefined) throw new Errno("EACCES");
    return chain(this.#make(), (made) => {
      const contents = bytesOf(made);
      if (contents.length > this.#bounds.each)
        throw new Errno("EFBIG", `contents of ${contents.length} bytes`);
      // Closed, or read twice, meanwhile.
      if (this.#closed || this.#contents !== undefined) return contents;
      this.#bounds.open.take(contents, contents.length);
      this.#contents = contents;
      return contents;
    });
  }
}

/**
 * Files made of functions:
 *
 *     functions({
 *       "/uptime": () => `${process.uptime()}\n`,
 *       "/log": { write: (data) => logger.info(new TextDecoder().decode(data)) },
 *     })
 *
 * One that is written is a device: without positions, each write a call. Its size is 0, as under /proc.
 * What a function throws other than `Errno` is a failure of yours: the guest sees EIO.
 * @throws TypeError for names that cannot be
 */
export function functions(tree: FunctionTree, options: FunctionFilesOptions = {}): FunctionFileSystem {
  return new FunctionFileSystem(tree, options);
}
