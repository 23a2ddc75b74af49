import type { Inode, OpenFile } from "../../fs/filesystem.js";
import { Errno } from "../../wire/errno.js";
import { chain, get, run, type Steps } from "../../wire/steps.js";
import type { Awaitable } from "../../wire/types.js";
import type { Description } from "../description.js";
import { DirectoryDescription } from "../directory.js";
import { FileDescription } from "../file.js";
import {
  MAY_READ,
  MAY_WRITE,
  O_ACCMODE,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_PATH,
  O_RDWR,
  O_TMPFILE_BIT,
  O_TRUNC,
  O_WRONLY,
  S_ISGID,
  S_ISUID,
} from "../flags.js";
import { PathDescription } from "../path.js";
import type { Scratch } from "../scratch.js";
import { create } from "./names.js";
import { Place } from "./place.js";
import type { Tree } from "./tree.js";
import type { Found } from "./walk.js";

/** Opens what is no regular file and no directory. */
export type OpenSpecial = (place: Place, flags: number) => Steps<Description>;

export interface Opening {
  readonly tree: Tree;
  readonly scratch: Scratch;
  readonly special: OpenSpecial;
}

/** Flags that only matter while opening, and are not seen by F_GETFL. */
const PASSING = O_CREAT | O_EXCL | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;

/** Opens a file as open(2) does, making it when that is asked for. */
export const open = (
  opening: Opening,
  at: number,
  path: string,
  flags: number,
  mode: number,
): Awaitable<Description> => {
  const { tree } = opening;
  if ((flags & O_PATH) !== 0) return openPath(tree, at, path, flags);
  if ((flags & O_ACCMODE) === O_ACCMODE) throw new Errno("EINVAL");
  if ((flags & O_TMPFILE_BIT) !== 0) throw new Errno("EOPNOTSUPP", "O_TMPFILE");
  const creates = (flags & O_CREAT) !== 0;
  if (creates && (flags & O_DIRECTORY) !== 0) throw new Errno("EINVAL");
  const exclusive = creates && (flags & O_EXCL) !== 0;
  const follow = !exclusive && (flags & O_NOFOLLOW) === 0;
  const purpose = creates ? "create" : undefined;
  return chain(tree.find(at, path, follow ? "yes" : creates ? "never" : "no", purpose), (found) => {
    if (found.place === undefined) {
      if (!creates) throw new Errno("ENOENT");
      return run(openNew(opening, found, flags, mode));
    }
    if (exclusive) throw new Errno("EEXIST");
    return openExisting(opening, found.place, flags);
  });
};

function* openNew(opening: Opening, found: Found, flags: number, mode: number): Steps<Description> {
  const inode = yield* create(opening.tree, found, mode);
  const made = new Place(found.directory.mount, inode, found.directory, found.name, undefined);
  return yield* get(openFile(opening, made, flags & ~O_TRUNC, false));
}

/** Opens the file at a place. */
export const openExisting = (opening: Opening, place: Place, flags: number): Awaitable<Description> => {
  const { tree } = opening;
  const { type } = place.inode;
  const access = flags & O_ACCMODE;
  const writes = access === O_WRONLY || access === O_RDWR;
  if (type === "symlink") throw new Errno((flags & O_DIRECTORY) !== 0 ? "ENOTDIR" : "ELOOP");
  if (type === "directory") {
    if (writes || (flags & (O_CREAT | O_TRUNC)) !== 0) throw new Errno("EISDIR");
    return chain(
      tree.allow(place, MAY_READ),
      () => new DirectoryDescription(place, flags & ~PASSING, tree.places, tree.listings),
    );
  }
  if ((flags & O_DIRECTORY) !== 0) throw new Errno("ENOTDIR");
  if (type === "socket") throw new Errno("ENXIO");
  const truncates = type === "file" && (flags & O_TRUNC) !== 0;
  const want = (access === O_WRONLY ? 0 : MAY_READ) | (writes || truncates ? MAY_WRITE : 0);
  return chain(tree.allow(place, want), (stat) => {
    if (type === "file") {
      if (writes || truncates) tree.writable(place);
      return openFile(opening, place, flags, (stat.mode & (S_ISUID | S_ISGID)) !== 0);
    }
    if (writes) tree.ruling?.change(place);
    return run(opening.special(place, flags & ~PASSING));
  });
};

const openFile = (
  opening: Opening,
  place: Place,
  flags: number,
  privileged: boolean,
): Awaitable<Description> => {
  const access = flags & O_ACCMODE;
  const { inode } = place;
  if (inode.open === undefined) {
    throw new Errno("EACCES", `the file system (${place.mount.fs.kind}) cannot open it`);
  }
  const writes = access === O_WRONLY || access === O_RDWR;
  return chain(inode.open({ read: access !== O_WRONLY, write: writes }), (file: OpenFile) => {
    const opened = new FileDescription(place, file, flags & ~PASSING, privileged, opening.scratch);
    return (flags & O_TRUNC) === 0 ? opened : run(emptied(inode, opened));
  });
};

/** Truncates a file that was just opened; closes it again where that fails. */
function* emptied(inode: Inode, opened: Description): Steps<Description> {
  try {
    if (inode.setattr === undefined) throw new Errno("EROFS");
    yield* get(inode.setattr({ size: 0 }));
    return opened;
  } catch (error) {
    opened.acquire();
    yield* get(opened.release());
    throw error;
  }
}

/** O_PATH: a place to go on from, nothing that can be read or written. */
const openPath = (tree: Tree, at: number, path: string, flags: number): Awaitable<Description> =>
  chain(tree.resolve(at, path, (flags & O_NOFOLLOW) === 0), (place) => {
    if ((flags & O_DIRECTORY) !== 0 && place.inode.type !== "directory") throw new Errno("ENOTDIR");
    return new PathDescription(place, O_PATH | (flags & O_DIRECTORY), tree.places);
  });
