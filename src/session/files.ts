import { kindOf } from "../checks/objects.js";
import type { HostChange } from "../durable/host-changes.js";
import { FileError, OptionError } from "../errors.js";
import type { Awaitable, FileSystem, Inode, Stat } from "../fs/filesystem.js";
import { readAll, withOpen, writeFully } from "../fs/transfer.js";
import { Descriptors } from "../kernel/descriptors.js";
import { AT_FDCWD } from "../kernel/flags.js";
import { identity } from "../kernel/identity.js";
import { Mounts } from "../kernel/vfs/mounts.js";
import { rename } from "../kernel/vfs/names.js";
import type { Place } from "../kernel/vfs/place.js";
import { Tree } from "../kernel/vfs/tree.js";
import type { Found } from "../kernel/vfs/walk.js";
import { Errno } from "../wire/errno.js";
import { run } from "../wire/steps.js";
import type { FileInfo } from "./file-info.js";
import { type FileChange, watchTree } from "./file-watch.js";

/** How much is read. */
export interface ReadFileOptions {
  /** The most bytes to read; a larger file is an error (EFBIG). Default: 256 MiB. */
  readonly limit?: number;
}

const MOST = 256 * 2 ** 20;
const GUEST = { uid: 1000, gid: 1000 };
const NANOSECONDS = 1_000_000n;

/** Is asked before the host looks at the guest's files, and before it changes them. */
export interface FilesGuard {
  ready(): Promise<void>;
  change(change: HostChange): void;
  /** Does something that is no part of what the guest does meanwhile. */
  apart<T>(action: () => Promise<T>): Promise<T>;
}

/**
 * The guest's files, from outside: everything that is mounted, the guest's permissions and the rules of `files` aside.
 * Relative paths are taken from /sandbox. Links that the guest made are followed, to wherever they lead within what is
 * mounted; `remove` follows none. Every method throws FileError.
 */
export class SandboxFiles {
  readonly #tree: Tree;
  readonly #guard: FilesGuard | undefined;
  /** Changes under way that are made again: nobody is asked. */
  #repeating = 0;
  readonly #ended = new AbortController();

  /** @internal */
  constructor(mounts: ReadonlyMap<string, FileSystem>, guard?: FilesGuard) {
    this.#guard = guard;
    const table = new Mounts();
    for (const [path, fs] of mounts) table.mount(path, fs);
    const who = identity({ uid: 0, gid: 0, groups: [0] });
    this.#tree = new Tree(table, who, new Descriptors(), undefined, "/sandbox");
  }

  /** @internal Makes a change that was made before. One that failed then fails now. */
  async repeat(change: HostChange): Promise<void> {
    this.#repeating += 1;
    try {
      switch (change.kind) {
        case "write":
          return await this.write(change.path, change.data);
        case "mkdir":
          return await this.mkdir(change.path);
        case "remove":
          return await this.remove(change.path);
        case "rename":
          return await this.rename(change.path, change.to);
      }
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
    } finally {
      this.#repeating -= 1;
    }
  }

  /** @internal Nothing will change any more. */
  end(): void {
    this.#ended.abort();
  }

  async read(path: string, options: ReadFileOptions = {}): Promise<Uint8Array> {
    return this.#do(path, "cannot read", async () => {
      const { inode } = await this.#resolve(path);
      if (inode.type === "directory") throw new Errno("EISDIR");
      return run(readAll(inode, options.limit ?? MOST));
    });
  }

  /** The text of a file, as UTF-8. */
  async readText(path: string, options: ReadFileOptions = {}): Promise<string> {
    return new TextDecoder().decode(await this.read(path, options));
  }

  /** Writes a whole file; directories on the way are made. */
  async write(path: string, data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    if (!(bytes instanceof Uint8Array)) {
      throw new OptionError("data", `must be a string or a Uint8Array, not ${kindOf(bytes)}`);
    }
    await this.#changing({ kind: "write", path, data: bytes });
    await this.#do(path, "cannot write", async () => {
      const found = await this.#find(path, true);
      if (found.place !== undefined) this.#tree.writable(found.place);
      const file = found.place?.inode ?? (await this.#create(found));
      if (file.type !== "file") throw new Errno("EISDIR");
      await file.setattr?.({ size: 0 });
      await run(withOpen(file, true, (open) => writeFully(open, bytes, 0)));
    });
  }

  /** What is in a directory, by name. */
  async list(path = "."): Promise<readonly FileInfo[]> {
    return this.#do(path, "cannot list", async () => {
      const place = await this.#resolve(path);
      const infos = await this.#infos(await this.#children(place));
      return infos.map(([, info]) => info).sort((a, b) => (a.name < b.name ? -1 : 1));
    });
  }

  /**
   * Every file and directory below a directory; what is removed meanwhile may be missing. Symbolic links are not
   * followed.
   */
  async *walk(path = "."): AsyncGenerator<FileInfo, void, undefined> {
    const start = await this.#do(path, "cannot list", () => this.#resolve(path));
    const pending = [start];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      const place = at;
      const found = await this.#do(place.path, "cannot list", async () =>
        this.#infos((await unlessGone(this.#children(place))) ?? []),
      );
      for (const [entry, info] of found) {
        yield info;
        if (info.type === "directory") pending.push(entry);
      }
    }
  }

  async stat(path: string): Promise<FileInfo> {
    return this.#do(path, "cannot stat", async () => {
      const place = await this.#resolve(path);
      return info(place, await place.inode.stat());
    });
  }

  async exists(path: string): Promise<boolean> {
    try {
      await this.stat(path);
      return true;
    } catch (error) {
      if (error instanceof FileError && (error.errno === "ENOENT" || error.errno === "ENOTDIR")) return false;
      throw error;
    }
  }

  /** Makes a directory, and those on the way to it; one that is there is no error. */
  async mkdir(path: string): Promise<void> {
    await this.#changing({ kind: "mkdir", path });
    await this.#do(path, "cannot make the directory", () =>
      this.#directory(path.split("/"), path.startsWith("/")),
    );
  }

  /** Removes a file, or a directory with all that is in it. */
  async remove(path: string): Promise<void> {
    await this.#changing({ kind: "remove", path });
    await this.#do(path, "cannot remove", async () => {
      const found = await this.#find(path, false);
      if (found.place === undefined) throw new Errno("ENOENT");
      if (found.dots !== undefined) throw new Errno("EINVAL");
      if (found.slash && found.place.inode.type !== "directory") throw new Errno("ENOTDIR");
      await this.#removeAll(found.directory, found.place);
    });
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#changing({ kind: "rename", path: from, to });
    await this.#do(from, `cannot rename to ${JSON.stringify(to)}`, async () => {
      await run(rename(this.#tree, { at: AT_FDCWD, path: from }, { at: AT_FDCWD, path: to }, 0));
    });
  }

  /**
   * Tells what the guest makes, changes and removes below a directory from now on, until the signal is aborted, the
   * sandbox is closed, or the loop is left. It looks four times a second, and a last time at the end.
   */
  watch(path = ".", { signal }: { readonly signal?: AbortSignal } = {}): AsyncIterable<FileChange> {
    const ended = this.#ended.signal;
    return watchTree(() => this.walk(path), signal === undefined ? ended : AbortSignal.any([signal, ended]));
  }

  /** From where the files are, not by their paths: the guest may put a link on one of those meanwhile. */
  async #removeAll(directory: Place, place: Place): Promise<void> {
    if (place.point !== undefined) throw new Errno("EBUSY");
    this.#tree.writable(directory);
    const isDirectory = place.inode.type === "directory";
    for (const child of isDirectory ? await this.#children(place) : []) await this.#removeAll(place, child);
    const { inode } = directory;
    const remove = isDirectory ? inode.rmdir : inode.unlink;
    if (remove === undefined) throw new Errno("EROFS");
    await remove.call(inode, place.name);
  }

  async #children(place: Place): Promise<readonly Place[]> {
    const { inode } = place;
    if (inode.readdir === undefined) throw new Errno("ENOTDIR");
    const names = new Set((await inode.readdir()).map((entry) => entry.name));
    for (const name of place.point?.children.keys() ?? []) names.add(name);
    const children: Place[] = [];
    for (const name of names) {
      const child = await unlessGone(this.#tree.mounts.child(place, name));
      if (child !== undefined) children.push(child);
    }
    return children;
  }

  async #infos(places: readonly Place[]): Promise<readonly (readonly [Place, FileInfo])[]> {
    const infos: [Place, FileInfo][] = [];
    for (const place of places) {
      const stat = await unlessGone(place.inode.stat());
      if (stat !== undefined) infos.push([place, info(place, stat)]);
    }
    return infos;
  }

  async #resolve(path: string): Promise<Place> {
    return this.#tree.resolve(AT_FDCWD, path, true);
  }

  /** Where a name is or would be; the directories on the way are made on request. */
  async #find(path: string, parents: boolean): Promise<Found> {
    const parts = path.split("/");
    parts.pop();
    if (parents && parts.some((part) => part !== "")) await this.#directory(parts, path.startsWith("/"));
    return this.#tree.find(AT_FDCWD, path, parents ? "yes" : "never");
  }

  async #directory(parts: readonly string[], absolute: boolean): Promise<void> {
    let path = absolute ? "/" : "";
    for (const part of parts.filter((name) => name !== "")) {
      path += part;
      const found = await this.#tree.find(AT_FDCWD, path, "yes");
      path += "/";
      if (found.place === undefined) await this.#make(found);
      else if (found.place.inode.type !== "directory") throw new Errno("ENOTDIR");
    }
  }

  async #make(found: Found): Promise<void> {
    this.#tree.writable(found.directory);
    const { inode } = found.directory;
    if (inode.mkdir === undefined) throw new Errno("EROFS");
    await inode.mkdir(found.name, { mode: 0o755, ...GUEST });
  }

  async #create(found: Found): Promise<Inode> {
    this.#tree.writable(found.directory);
    const { inode } = found.directory;
    if (found.name === "" || found.slash) throw new Errno("EISDIR");
    if (inode.create === undefined) throw new Errno("EROFS");
    return inode.create(found.name, { mode: 0o644, ...GUEST });
  }

  async #changing(change: HostChange): Promise<void> {
    if (this.#guard === undefined || this.#repeating > 0) return;
    await this.#guard.ready();
    this.#guard.change(change);
  }

  async #do<T>(path: string, what: string, action: () => Promise<T>): Promise<T> {
    if (this.#repeating === 0) await this.#guard?.ready();
    try {
      return await (this.#guard === undefined ? action() : this.#guard.apart(action));
    } catch (error) {
      if (error instanceof Errno) throw new FileError(error.code, path, what, { cause: error });
      throw error;
    }
  }
}

/** What it is, or undefined where it has been removed meanwhile. */
const unlessGone = async <T>(value: Awaitable<T>): Promise<T | undefined> => {
  try {
    return await value;
  } catch (error) {
    if (error instanceof Errno && error.code === "ENOENT") return undefined;
    throw error;
  }
};

const info = (place: Place, stat: Stat): FileInfo => ({
  path: place.path,
  name: place.name,
  type: stat.type,
  size: stat.size,
  mode: stat.mode,
  modified: new Date(Number(stat.mtime / NANOSECONDS)),
});
