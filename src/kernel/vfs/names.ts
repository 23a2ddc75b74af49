import type { Creation, Inode, Stat } from "../../fs/filesystem.js";
import { Errno } from "../../wire/errno.js";
import { get, type Steps } from "../../wire/steps.js";
import { MAY_WRITE, RENAME_EXCHANGE, RENAME_NOREPLACE, S_ISGID } from "../flags.js";
import { sticks } from "./permission.js";
import { Place } from "./place.js";
import type { Tree } from "./tree.js";
import { checkPath, type Found, isLong } from "./walk.js";

/** Who owns what is made in a directory, and with which mode. */
const creation = (tree: Tree, directory: Stat, mode: number, isDirectory: boolean): Creation => {
  const inherits = (directory.mode & S_ISGID) !== 0;
  return {
    mode: (mode & ~tree.umask & 0o7777) | (inherits && isDirectory ? S_ISGID : 0),
    uid: tree.who.uid,
    gid: inherits ? directory.gid : tree.who.gid,
  };
};

/** Checks that an entry can be made where a path led. Throws EEXIST, EROFS, EACCES, ENOENT. */
function* vacant(tree: Tree, found: Found, isDirectory: boolean): Steps<Stat> {
  if (found.dots !== undefined || found.place !== undefined) throw new Errno("EEXIST");
  if (found.slash && !isDirectory) throw new Errno("ENOENT");
  changeable(tree, found);
  return yield* get(tree.alterable(found.directory));
}

/** Throws EROFS when the entry must not change; rules are asked about the entry itself, even where none is. */
const changeable = (tree: Tree, found: Found): void => {
  tree.writable(found.directory);
  if (tree.ruling === undefined) return;
  const { directory, name } = found;
  const entry = found.place ?? new Place(directory.mount, directory.inode, directory, name, undefined);
  tree.ruling.admit(entry);
  tree.ruling.change(entry);
};

/** A method that changes the tree. Throws EROFS where a file system has none. */
const supported = <Method>(method: Method | undefined): Method => {
  if (method === undefined) throw new Errno("EROFS");
  return method;
};

export function* mkdir(tree: Tree, at: number, path: string, mode: number): Steps<void> {
  const found = yield* get(tree.find(at, path, "never"));
  const stat = yield* vacant(tree, found, true);
  const { inode } = found.directory;
  yield* get(supported(inode.mkdir).call(inode, found.name, creation(tree, stat, mode & 0o1777, true)));
}

export function* symlink(tree: Tree, target: string, at: number, path: string): Steps<void> {
  checkPath(target);
  const found = yield* get(tree.find(at, path, "never"));
  const stat = yield* vacant(tree, found, false);
  const { inode } = found.directory;
  yield* get(
    supported(inode.symlink).call(inode, found.name, target, {
      ...creation(tree, stat, 0, false),
      mode: 0o777,
    }),
  );
}

export function* mkfifo(tree: Tree, at: number, path: string, mode: number): Steps<void> {
  const found = yield* get(tree.find(at, path, "never"));
  const stat = yield* vacant(tree, found, false);
  const { inode } = found.directory;
  if (inode.mkfifo === undefined)
    throw new Errno("EPERM", `the file system (${found.directory.mount.fs.kind}) has no FIFOs`);
  yield* get(inode.mkfifo(found.name, creation(tree, stat, mode & 0o777, false)));
}

/** Makes the name of a local socket, and answers it. Throws EPERM where the file system has no such names. */
export function* mksocket(tree: Tree, at: number, path: string): Steps<Place> {
  const found = yield* get(tree.find(at, path, "never"));
  const stat = yield* vacant(tree, found, false);
  const { directory, name } = found;
  if (directory.inode.mksocket === undefined)
    throw new Errno("EPERM", `the file system (${directory.mount.fs.kind}) has no sockets`);
  const inode = yield* get(directory.inode.mksocket(name, creation(tree, stat, 0o777, false)));
  return new Place(directory.mount, inode, directory, name, undefined);
}

export function* link(
  tree: Tree,
  from: { readonly at: number; readonly path: string; readonly follow: boolean },
  to: { readonly at: number; readonly path: string },
): Steps<void> {
  const source = yield* get(tree.resolve(from.at, from.path, from.follow));
  const found = yield* get(tree.find(to.at, to.path, "never"));
  if (found.dots !== undefined || found.place !== undefined) throw new Errno("EEXIST");
  if (source.mount !== found.directory.mount) throw new Errno("EXDEV");
  // A second name must not open what a rule closes to writing under the first.
  tree.writable(source);
  yield* vacant(tree, found, false);
  if (source.inode.type === "directory") throw new Errno("EPERM");
  const { inode } = found.directory;
  if (inode.link === undefined) throw new Errno("EPERM");
  yield* get(inode.link(found.name, source.inode));
}

export function* unlink(tree: Tree, at: number, path: string, directory: boolean): Steps<void> {
  const found = yield* get(tree.find(at, path, "never"));
  if (found.dots !== undefined) throw new Errno(directory ? dotsErrno(found) : "EISDIR");
  tree.writable(found.directory);
  const { place } = found;
  if (place === undefined) throw new Errno("ENOENT");
  changeable(tree, found);
  yield* removable(tree, found.directory, place);
  const isDirectory = place.inode.type === "directory";
  if (directory && !isDirectory) throw new Errno("ENOTDIR");
  if (!directory && isDirectory) throw new Errno("EISDIR");
  if (!directory && found.slash) throw new Errno("ENOTDIR");
  if (place.point !== undefined) throw new Errno("EBUSY");
  const { inode } = found.directory;
  if (!directory) return yield* get(supported(inode.unlink).call(inode, found.name));
  yield* get(supported(inode.rmdir).call(inode, found.name));
  tree.places.removed(place);
}

const dotsErrno = ({ dots, directory }: Found): "EBUSY" | "EINVAL" | "ENOTEMPTY" =>
  dots === ".." ? "ENOTEMPTY" : directory.parent === undefined ? "EBUSY" : "EINVAL";

/** Checks that the guest's user may take an entry out of its directory. */
function* removable(tree: Tree, directory: Place, place: Place): Steps<void> {
  const stat = yield* get(tree.alterable(directory));
  if (sticks(tree.who, stat, yield* get(place.inode.stat()))) throw new Errno("EPERM");
}

export function* rename(
  tree: Tree,
  from: { readonly at: number; readonly path: string },
  to: { readonly at: number; readonly path: string },
  flags: number,
): Steps<void> {
  const exchange = flags === RENAME_EXCHANGE;
  if (!exchange && flags !== 0 && flags !== RENAME_NOREPLACE) throw new Errno("EINVAL");
  const source = yield* get(tree.find(from.at, from.path, "never", "rename"));
  const target = yield* get(tree.find(to.at, to.path, "never", "rename"));
  if (source.directory.mount !== target.directory.mount) throw new Errno("EXDEV");
  if (source.dots !== undefined) throw new Errno("EBUSY");
  if (target.dots !== undefined) throw new Errno(flags === RENAME_NOREPLACE ? "EEXIST" : "EBUSY");
  tree.writable(source.directory);
  tree.writable(target.directory);
  const moved = source.place;
  const replaced = target.place;
  if (moved === undefined) throw new Errno(isLong(source.name) ? "ENAMETOOLONG" : "ENOENT");
  if (isLong(target.name)) throw new Errno("ENAMETOOLONG");
  if (flags === RENAME_NOREPLACE && replaced !== undefined) throw new Errno("EEXIST");
  if (exchange && replaced === undefined) throw new Errno("ENOENT");
  changeable(tree, source);
  changeable(tree, target);
  const isDirectory = moved.inode.type === "directory";
  const ontoDirectory = replaced?.inode.type === "directory";
  if (!isDirectory && (source.slash || (target.slash && !exchange))) throw new Errno("ENOTDIR");
  if (exchange && target.slash && !ontoDirectory) throw new Errno("ENOTDIR");
  if (moved.point !== undefined || replaced?.point !== undefined) throw new Errno("EBUSY");
  if (isDirectory && target.directory.within(moved)) throw new Errno("EINVAL");
  if (replaced !== undefined && source.directory.within(replaced))
    throw new Errno(exchange ? "EINVAL" : "ENOTEMPTY");
  yield* removable(tree, source.directory, moved);
  if (replaced === undefined) yield* get(tree.alterable(target.directory));
  else yield* removable(tree, target.directory, replaced);
  if (replaced?.is(moved) === true) return;
  if (!exchange && replaced !== undefined) {
    if (isDirectory && !ontoDirectory) throw new Errno("ENOTDIR");
    if (!isDirectory && ontoDirectory) throw new Errno("EISDIR");
  }
  const elsewhere = !source.directory.is(target.directory);
  // A directory that gets another parent changes itself: its "..".
  if (elsewhere && isDirectory) yield* get(tree.allow(moved, MAY_WRITE));
  if (elsewhere && exchange && ontoDirectory && replaced !== undefined)
    yield* get(tree.allow(replaced, MAY_WRITE));
  if (isDirectory) tree.ruling?.move(moved, target.directory, target.name);
  if (exchange && ontoDirectory && replaced !== undefined)
    tree.ruling?.move(replaced, source.directory, source.name);
  const how = exchange ? "exchange" : flags === RENAME_NOREPLACE ? "noreplace" : "replace";
  const { inode } = source.directory;
  yield* get(supported(inode.rename).call(inode, source.name, target.directory.inode, target.name, how));
  if (ontoDirectory && replaced !== undefined && !exchange) tree.places.removed(replaced);
  if (isDirectory) tree.places.moved(moved, target.directory, target.name);
  if (exchange && ontoDirectory && replaced !== undefined) {
    tree.places.moved(replaced, source.directory, source.name);
  }
}

/** An inode that was just made. */
export function* create(tree: Tree, found: Found, mode: number): Steps<Inode> {
  const stat = yield* vacant(tree, found, false);
  const { inode } = found.directory;
  return yield* get(supported(inode.create).call(inode, found.name, creation(tree, stat, mode, false)));
}
