import { DirectoryDescription } from "../../kernel/directory.js";
import {
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  beneath,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
} from "../../kernel/flags.js";
import { Errno } from "../../wire/errno.js";
import { chain } from "../../wire/steps.js";
import type { WasiHandlers } from "../../wire/types.js";
import type { Context } from "./context.js";
import {
  FD_ALLOCATE,
  FD_FILESTAT_SET_SIZE,
  FD_READ,
  FD_READDIR,
  FD_WRITE,
  PATH_CREATE_DIRECTORY,
  PATH_CREATE_FILE,
  PATH_FILESTAT_GET,
  PATH_FILESTAT_SET_SIZE,
  PATH_FILESTAT_SET_TIMES,
  PATH_LINK_SOURCE,
  PATH_LINK_TARGET,
  PATH_OPEN,
  PATH_READLINK,
  PATH_REMOVE_DIRECTORY,
  PATH_RENAME_SOURCE,
  PATH_RENAME_TARGET,
  PATH_SYMLINK,
  PATH_UNLINK_FILE,
} from "./rights.js";
import { filestat, statusFlags } from "./structs.js";
import { times } from "./times.js";

export type PathFunction = Extract<keyof WasiHandlers, `path_${string}`>;

const SYMLINK_FOLLOW = 1;
const OFLAGS_CREAT = 1;
const OFLAGS_DIRECTORY = 2;
const OFLAGS_EXCL = 4;
const OFLAGS_TRUNC = 8;
const OFLAGS = 15;

const follows = (lookup: number): boolean => {
  if ((lookup & ~SYMLINK_FOLLOW) !== 0) throw new Errno("EINVAL");
  return lookup === SYMLINK_FOLLOW;
};

const nofollow = (lookup: number): number => (follows(lookup) ? 0 : AT_SYMLINK_NOFOLLOW);

/** O_RDONLY, O_WRONLY or O_RDWR for the rights that are asked for. */
const access = (base: bigint): number => {
  const reads = (base & (FD_READ | FD_READDIR)) !== 0n;
  const writes = (base & (FD_WRITE | FD_ALLOCATE | FD_FILESTAT_SET_SIZE)) !== 0n;
  if (!writes) return 0;
  return reads ? O_RDWR : O_WRONLY;
};

/** The functions on paths; they stay within the directory they start from. */
export const pathFunctions = ({ kernel, ops, rights }: Context): Pick<WasiHandlers, PathFunction> => {
  /** `at` for paths in a directory for which the rights are there. Throws EBADF, ENOTDIR, ENOTCAPABLE. */
  const directory = (fd: number, needed: bigint): number => {
    const description = kernel.description(fd);
    if (!(description instanceof DirectoryDescription)) throw new Errno("ENOTDIR");
    rights.require(description, needed);
    return beneath(fd);
  };

  return {
    path_create_directory: ({ fd, path }) =>
      ops.mkdir({ at: directory(fd, PATH_CREATE_DIRECTORY), path, mode: 0o777 }),
    path_filestat_get: ({ fd, lookup, path }) =>
      chain(
        ops.stat({ at: directory(fd, PATH_FILESTAT_GET), path, flags: nofollow(lookup) }),
        ({ stat }) => ({ filestat: filestat(stat) }),
      ),
    path_filestat_set_times: ({ fd, lookup, path, atime, mtime, flags }) =>
      ops.utimens({
        at: directory(fd, PATH_FILESTAT_SET_TIMES),
        path,
        ...times(atime, mtime, flags),
        flags: nofollow(lookup),
      }),
    path_link: ({ fd, lookup, path, to_fd, to_path }) =>
      ops.link({
        at: directory(fd, PATH_LINK_SOURCE),
        path,
        to_at: directory(to_fd, PATH_LINK_TARGET),
        to_path,
        flags: follows(lookup) ? AT_SYMLINK_FOLLOW : 0,
      }),
    path_open: ({ fd, lookup, path, oflags, base, inheriting, fdflags }) => {
      if ((oflags & ~OFLAGS) !== 0) throw new Errno("EINVAL");
      const creates = (oflags & OFLAGS_CREAT) !== 0;
      const truncates = (oflags & OFLAGS_TRUNC) !== 0;
      const needed =
        PATH_OPEN | (creates ? PATH_CREATE_FILE : 0n) | (truncates ? PATH_FILESTAT_SET_SIZE : 0n);
      const at = directory(fd, needed);
      const from = rights.get(kernel.description(fd));
      // To read or write is what the file is opened for: it is refused, where other rights are only left out.
      if ((base & (FD_READ | FD_WRITE) & ~from.inheriting) !== 0n) throw new Errno("ENOTCAPABLE");
      const flags =
        access(base & from.inheriting) |
        statusFlags(fdflags) |
        (creates ? O_CREAT : 0) |
        ((oflags & OFLAGS_DIRECTORY) === 0 ? 0 : O_DIRECTORY) |
        ((oflags & OFLAGS_EXCL) === 0 ? 0 : O_EXCL) |
        (truncates ? O_TRUNC : 0) |
        (follows(lookup) ? 0 : O_NOFOLLOW);
      return chain(ops.open({ at, path, flags, mode: 0o666 }), ({ fd: opened }) => {
        rights.opened(kernel.description(opened), { base, inheriting }, from);
        return { opened };
      });
    },
    path_readlink: ({ fd, path, capacity }) =>
      chain(ops.readlink({ at: directory(fd, PATH_READLINK), path, capacity }), ({ target }) => ({
        target,
        length: target.length,
      })),
    path_remove_directory: ({ fd, path }) =>
      ops.unlink({ at: directory(fd, PATH_REMOVE_DIRECTORY), path, flags: AT_REMOVEDIR }),
    path_rename: ({ fd, path, to_fd, to_path }) =>
      ops.rename({
        at: directory(fd, PATH_RENAME_SOURCE),
        path,
        to_at: directory(to_fd, PATH_RENAME_TARGET),
        to_path,
        flags: 0,
      }),
    path_symlink: ({ target, fd, path }) => {
      const at = directory(fd, PATH_SYMLINK);
      // It could never be followed.
      if (target.startsWith("/")) throw new Errno("EPERM");
      return ops.symlink({ target, at, path });
    },
    path_unlink_file: ({ fd, path }) => ops.unlink({ at: directory(fd, PATH_UNLINK_FILE), path, flags: 0 }),
  };
};
