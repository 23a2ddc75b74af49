import { Errno } from "../wire/errno.js";
import { get, run, type Steps } from "../wire/steps.js";
import type { Creation, FileSystem, Inode } from "./filesystem.js";
import { readAllInto } from "./transfer.js";

/** How much is copied. */
export interface CopyOptions {
  /** The most bytes of contents. Default: no limit but the target's. */
  readonly bytes?: number;
}

/**
 * Copies all files of one file system into another, whose root should be empty: into memory from a real directory or
 * an archive, or out of it. Modes, times, links and holes are kept; owners as far as the target allows; devices and
 * sockets are left out.
 * @throws Errno as the file systems do, EFBIG beyond `bytes`; a part is copied then
 */
export async function copyFiles(from: FileSystem, to: FileSystem, options: CopyOptions = {}): Promise<void> {
  await run(copyTree(await from.root(), await to.root(), options.bytes ?? Number.POSITIVE_INFINITY));
}

function* copyTree(from: Inode, to: Inode, limit: number): Steps<void> {
  const pending: [from: Inode, to: Inode][] = [[from, to]];
  const copied = new Map<number, Inode>();
  const directories: [from: Inode, to: Inode][] = [];
  let left = limit;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [source, target] = next;
    if (source.readdir === undefined || source.lookup === undefined) throw new Errno("ENOTDIR");
    for (const { name } of yield* get(source.readdir())) {
      const inode = yield* get(source.lookup(name));
      const { mode, uid, gid, nlink, size } = yield* get(inode.stat());
      const creation = { mode, uid, gid };
      const same = copied.get(inode.ino);
      if (same !== undefined && target.link !== undefined) {
        yield* get(target.link(name, same));
        continue;
      }
      const made = yield* copyEntry(inode, target, name, creation);
      if (made === undefined) continue;
      if (inode.type === "directory") {
        pending.push([inode, made]);
        directories.push([inode, made]);
        continue;
      }
      if (nlink > 1) copied.set(inode.ino, made);
      if (inode.type !== "file") continue;
      left -= size;
      if (left < 0) throw new Errno("EFBIG", `there are more than ${limit} bytes to copy`);
      yield* readAllInto(inode, made, size);
      yield* attributes(inode, made);
    }
  }
  for (const [source, target] of directories.reverse()) yield* attributes(source, target);
}

function* copyEntry(inode: Inode, into: Inode, name: string, creation: Creation): Steps<Inode | undefined> {
  switch (inode.type) {
    case "directory":
      return yield* made(into.mkdir?.(name, { ...creation, mode: 0o700 }));
    case "file":
      return yield* made(into.create?.(name, { ...creation, mode: 0o600 }));
    case "symlink":
      if (inode.readlink === undefined) throw new Errno("EINVAL");
      return yield* made(into.symlink?.(name, yield* get(inode.readlink()), creation));
    case "fifo":
      return into.mkfifo === undefined ? undefined : yield* get(into.mkfifo(name, creation));
    default:
      return undefined;
  }
}

function* made(answer: Inode | PromiseLike<Inode> | undefined): Steps<Inode> {
  if (answer === undefined) throw new Errno("EROFS", "the target allows no changes");
  return yield* get(answer);
}

function* attributes(from: Inode, to: Inode): Steps<void> {
  const { mode, atime, mtime } = yield* get(from.stat());
  if (to.setattr !== undefined) yield* get(to.setattr({ mode, atime, mtime }));
}
