import { Errno } from "../../wire/errno.js";
import type { StatvfsRecord } from "../../wire/records.js";
import { chain, get, run, type Steps } from "../../wire/steps.js";
import type { Awaitable, Handlers } from "../../wire/types.js";
import {
  AT_EACCESS,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_NO_AUTOMOUNT,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  MAY_WRITE,
  O_CLOEXEC,
} from "../flags.js";
import { record } from "../vfs/attributes.js";
import { change, newMode, newOwner, newTimes, size, truncate } from "../vfs/change.js";
import { figures } from "../vfs/figures.js";
import { link, mkdir, mkfifo, rename, symlink, unlink } from "../vfs/names.js";
import { open } from "../vfs/open.js";
import { permits } from "../vfs/permission.js";
import type { Place } from "../vfs/place.js";
import { readLink } from "../vfs/walk.js";
import type { World } from "../world.js";

export type PathOperation =
  | "open"
  | "stat"
  | "access"
  | "mkdir"
  | "unlink"
  | "rename"
  | "link"
  | "symlink"
  | "readlink"
  | "chmod"
  | "chown"
  | "utimens"
  | "truncate"
  | "statvfs"
  | "mkfifo"
  | "chdir"
  | "getcwd";

const only = (flags: number, known: number): void => {
  if ((flags & ~known) !== 0) throw new Errno("EINVAL");
};

/** The operations on files by path. */
export const pathOperations = (world: World): Pick<Handlers, PathOperation> => {
  const { tree, descriptors } = world;

  const stat: Handlers["stat"] = ({ at, path, flags }) => {
    only(flags, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT);
    if (path === "" && (flags & AT_EMPTY_PATH) !== 0 && at !== AT_FDCWD) {
      return chain(descriptors.get(at).stat(), (found) => ({ stat: found }));
    }
    return chain(target(at, path, flags), ({ inode, mount }) =>
      chain(inode.stat(), (found) => ({ stat: record(mount.id, found) })),
    );
  };

  /** The file that a path and its flags name. */
  const target = (at: number, path: string, flags: number): Awaitable<Place> => {
    if (path !== "" || (flags & AT_EMPTY_PATH) === 0) {
      return tree.resolve(at, path, (flags & AT_SYMLINK_NOFOLLOW) === 0);
    }
    if (at === AT_FDCWD) return tree.cwd();
    const { place } = descriptors.get(at);
    if (place === undefined) throw new Errno("EINVAL");
    return place;
  };

  function* access(at: number, path: string, mode: number, flags: number): Steps<void> {
    only(flags, AT_SYMLINK_NOFOLLOW | AT_EACCESS | AT_EMPTY_PATH);
    only(mode, 7);
    const place = yield* get(target(at, path, flags));
    const stat = yield* get(place.inode.stat());
    const isFile = stat.type === "file" || stat.type === "directory" || stat.type === "symlink";
    if ((mode & MAY_WRITE) !== 0 && isFile) tree.writable(place);
    if (!permits(tree.who, stat, mode)) throw new Errno("EACCES");
  }

  function* chmod(at: number, path: string, mode: number, flags: number): Steps<void> {
    only(flags, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
    const place = yield* get(target(at, path, flags));
    if (place.inode.type === "symlink") throw new Errno("EOPNOTSUPP");
    yield* change(tree, place, (stat) => newMode(tree.who, stat, mode));
  }

  function* chown(at: number, path: string, uid: number, gid: number, flags: number): Steps<void> {
    only(flags, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
    const place = yield* get(target(at, path, flags));
    yield* change(tree, place, (stat) => newOwner(tree.who, stat, uid, gid));
  }

  function* utimens(
    at: number,
    path: string,
    times: { readonly atime: bigint; readonly mtime: bigint; readonly which: number },
    flags: number,
  ): Steps<void> {
    only(flags, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
    const place = yield* get(target(at, path, flags));
    yield* change(tree, place, (stat) => newTimes(tree.who, stat, times, world.clock.peek()));
  }

  function* truncateAt(at: number, path: string, to: number): Steps<void> {
    yield* truncate(tree, yield* get(tree.resolve(at, path, true)), to);
  }

  function* statvfs(at: number, path: string): Steps<{ statvfs: StatvfsRecord }> {
    const place = yield* get(tree.resolve(at, path, true));
    return { statvfs: yield* figures(place.mount) };
  }

  function* readlink(at: number, path: string, capacity: number): Steps<{ target: Uint8Array }> {
    const place = yield* get(tree.resolve(at, path, false));
    if (place.inode.type !== "symlink") throw new Errno("EINVAL");
    return { target: Buffer.from(yield* get(readLink(place))).subarray(0, capacity) };
  }

  function* chdir(path: string): Steps<void> {
    yield* get(tree.enter(yield* get(tree.resolve(AT_FDCWD, path, true))));
  }

  function* getcwd(capacity: number): Steps<{ path: Uint8Array; length: number }> {
    const place = yield* get(tree.cwd());
    if (place.detached) throw new Errno("ENOENT");
    const path = Buffer.from(place.path);
    return { path: path.subarray(0, capacity), length: path.length };
  }

  return {
    open: ({ at, path, flags, mode }) => {
      descriptors.room();
      return chain(open(world.opening, at, path, flags, mode), (description) => ({
        fd: descriptors.add(description, (flags & O_CLOEXEC) !== 0),
      }));
    },
    stat,
    access: ({ at, path, mode, flags }) => run(access(at, path, mode, flags)),
    mkdir: ({ at, path, mode }) => run(mkdir(tree, at, path, mode)),
    unlink: ({ at, path, flags }) => {
      only(flags, AT_REMOVEDIR);
      return run(unlink(tree, at, path, flags !== 0));
    },
    rename: ({ at, path, to_at, to_path, flags }) =>
      run(rename(tree, { at, path }, { at: to_at, path: to_path }, flags)),
    link: ({ at, path, to_at, to_path, flags }) => {
      only(flags, AT_SYMLINK_FOLLOW);
      return run(link(tree, { at, path, follow: flags !== 0 }, { at: to_at, path: to_path }));
    },
    symlink: ({ target: to, at, path }) => run(symlink(tree, to, at, path)),
    readlink: ({ at, path, capacity }) => run(readlink(at, path, capacity)),
    chmod: ({ at, path, mode, flags }) => run(chmod(at, path, mode, flags)),
    chown: ({ at, path, uid, gid, flags }) => run(chown(at, path, uid, gid, flags)),
    utimens: ({ at, path, atime, mtime, which, flags }) =>
      run(utimens(at, path, { atime, mtime, which }, flags)),
    truncate: ({ at, path, size: to }) => run(truncateAt(at, path, size(to))),
    statvfs: ({ at, path }) => run(statvfs(at, path)),
    mkfifo: ({ at, path, mode }) => run(mkfifo(tree, at, path, mode)),
    chdir: ({ path }) => run(chdir(path)),
    getcwd: ({ capacity }) => run(getcwd(capacity)),
  };
};
