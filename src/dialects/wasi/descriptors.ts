import { DirectoryDescription } from "../../kernel/directory.js";
import { FileDescription } from "../../kernel/file.js";
import { SEEK_CUR } from "../../kernel/flags.js";
import { Errno, type ErrnoName } from "../../wire/errno.js";
import { chain } from "../../wire/steps.js";
import type { WasiHandlers } from "../../wire/types.js";
import { type Context, capable } from "./context.js";
import {
  FD_ADVISE,
  FD_ALLOCATE,
  FD_DATASYNC,
  FD_FDSTAT_SET_FLAGS,
  FD_FILESTAT_GET,
  FD_FILESTAT_SET_SIZE,
  FD_FILESTAT_SET_TIMES,
  FD_READ,
  FD_READDIR,
  FD_SEEK,
  FD_SYNC,
  FD_TELL,
  FD_WRITE,
} from "./rights.js";
import { dirents, fdflags, fdstat, filestat, prestat, signed, statusFlags } from "./structs.js";
import { times } from "./times.js";

export type DescriptorFunction = Extract<keyof WasiHandlers, `fd_${string}`>;

/** Highest advice: noreuse. */
const ADVICE_MAX = 5;
const WHENCE_MAX = 2;
const SYNCHRONOUS = 2 | 8 | 16;
/** A name has 255 bytes at most, so that a buffer larger by this much is filled whole. */
const ENTRY_MAX = 300;

/** The functions on descriptors. */
export const descriptorFunctions = (context: Context): Pick<WasiHandlers, DescriptorFunction> => {
  const { kernel, ops, rights, preopened } = context;

  /** Functions that only files have: EISDIR and its like for directories, ESPIPE for what cannot seek. */
  const file = (fd: number, needed: bigint, onDirectory: ErrnoName, onStream?: ErrnoName) => {
    const description = kernel.description(fd);
    if (description instanceof DirectoryDescription) throw new Errno(onDirectory);
    if (
      onStream !== undefined &&
      !(description instanceof FileDescription) &&
      description.place === undefined
    ) {
      throw new Errno(onStream);
    }
    rights.require(description, needed);
    return description;
  };

  return {
    fd_advise: ({ fd, offset, length, advice }) => {
      file(fd, FD_ADVISE, "EBADF", "ESPIPE");
      if (advice > ADVICE_MAX) throw new Errno("EINVAL");
      if (offset + length >= 2n ** 64n) throw new Errno("EINVAL");
    },
    fd_allocate: ({ fd, offset, length }) => {
      file(fd, FD_ALLOCATE, "EBADF", "ESPIPE");
      if (length === 0n) throw new Errno("EINVAL");
      return ops.allocate({ fd, offset: signed(offset), length: signed(length) });
    },
    fd_close: ({ fd }) => {
      preopened.delete(kernel.description(fd));
      return ops.close({ fd });
    },
    fd_datasync: ({ fd }) => {
      capable(context, fd, FD_DATASYNC);
      return ops.sync({ fd, data: 1 });
    },
    fd_fdstat_get: ({ fd }) => {
      const description = kernel.description(fd);
      return chain(ops.fstat({ fd }), ({ stat }) => ({
        fdstat: fdstat(stat.mode, description.flags, rights.get(description)),
      }));
    },
    fd_fdstat_set_flags: ({ fd, flags }) => {
      const description = capable(context, fd, FD_FDSTAT_SET_FLAGS);
      const set = statusFlags(flags);
      // As fcntl has it, whether writes are synchronous is said when a file is opened.
      if (((fdflags(set) ^ fdflags(description.flags)) & SYNCHRONOUS) !== 0) throw new Errno("EINVAL");
      return chain(ops.flags({ fd, which: 0, set }), () => undefined);
    },
    fd_fdstat_set_rights: ({ fd, base, inheriting }) =>
      rights.narrow(kernel.description(fd), { base, inheriting }),
    fd_filestat_get: ({ fd }) => {
      capable(context, fd, FD_FILESTAT_GET);
      return chain(ops.fstat({ fd }), ({ stat }) => ({ filestat: filestat(stat) }));
    },
    fd_filestat_set_size: ({ fd, size }) => {
      file(fd, FD_FILESTAT_SET_SIZE, "EBADF", "EINVAL");
      if (size >= 2n ** 63n) throw new Errno("EFBIG");
      return ops.ftruncate({ fd, size });
    },
    fd_filestat_set_times: ({ fd, atime, mtime, flags }) => {
      capable(context, fd, FD_FILESTAT_SET_TIMES);
      return ops.futimens({ fd, ...times(atime, mtime, flags) });
    },
    fd_pread: ({ fd, capacity, offset }) => {
      file(fd, FD_READ | FD_SEEK, "EISDIR", "ESPIPE");
      return ops.pread({ fd, capacity, offset: signed(offset) });
    },
    fd_prestat_get: ({ fd }) => ({ prestat: prestat(preopenName(fd).length) }),
    fd_prestat_dir_name: ({ fd, capacity }) => {
      const name = preopenName(fd);
      if (capacity < name.length) throw new Errno("ENAMETOOLONG");
      return { name };
    },
    fd_pwrite: ({ fd, data, offset }) => {
      file(fd, FD_WRITE | FD_SEEK, "EBADF", "ESPIPE");
      return chain(ops.pwrite({ fd, data, offset: signed(offset) }), ({ length }) => ({ nwritten: length }));
    },
    fd_read: ({ fd, capacity }) => {
      file(fd, FD_READ, "EISDIR");
      return chain(ops.read({ fd, capacity }), ({ data }) => ({ data }));
    },
    fd_readdir: ({ fd, capacity, cookie }) => {
      if (!(kernel.description(fd) instanceof DirectoryDescription)) throw new Errno("ENOTDIR");
      capable(context, fd, FD_READDIR);
      return chain(ops.readdir({ fd, cookie, capacity: capacity + ENTRY_MAX }), ({ entries }) => {
        const bytes = dirents(entries, capacity);
        return { entries: bytes, length: bytes.length };
      });
    },
    fd_renumber: ({ fd, to }) => {
      const moved = kernel.description(fd);
      const replaced = kernel.description(to);
      if (replaced !== moved) preopened.delete(replaced);
      return kernel.move(fd, to);
    },
    fd_seek: ({ fd, offset, whence }) => {
      if (whence > WHENCE_MAX) throw new Errno("EINVAL");
      const tells = offset === 0n && whence === SEEK_CUR;
      const description = file(fd, 0n, "EBADF", "ESPIPE");
      const { base } = rights.get(description);
      if ((base & FD_SEEK) === 0n && !(tells && (base & FD_TELL) !== 0n)) throw new Errno("ENOTCAPABLE");
      return ops.seek({ fd, offset, whence });
    },
    fd_sync: ({ fd }) => {
      capable(context, fd, FD_SYNC);
      return ops.sync({ fd, data: 0 });
    },
    fd_tell: ({ fd }) => {
      file(fd, FD_TELL, "EBADF", "ESPIPE");
      return ops.seek({ fd, offset: 0n, whence: SEEK_CUR });
    },
    fd_write: ({ fd, data }) => {
      file(fd, FD_WRITE, "EBADF");
      return chain(ops.write({ fd, data }), ({ length }) => ({ nwritten: length }));
    },
  };

  function preopenName(fd: number): Uint8Array {
    const name = preopened.get(kernel.description(fd));
    // Programs look for preopened directories until they meet this errno.
    if (name === undefined) throw new Errno("EBADF");
    return name;
  }
};
