import type { AttributeChanges, Stat } from "../../fs/filesystem.js";
import { Errno } from "../../wire/errno.js";
import { chain, get, run, type Steps } from "../../wire/steps.js";
import type { Handlers } from "../../wire/types.js";
import type { Description } from "../description.js";
import { DirectoryDescription } from "../directory.js";
import { O_ACCMODE, O_CLOEXEC, O_NONBLOCK, O_WRONLY, OFFSET_MAX } from "../flags.js";
import { recordLock } from "../locks.js";
import { PathDescription } from "../path.js";
import { Pipe, PipeEnd } from "../pipes.js";
import { poll } from "../poll.js";
import { newMode, newOwner, newTimes, size } from "../vfs/change.js";
import { encodeEntries } from "../vfs/entries.js";
import { figures } from "../vfs/figures.js";
import type { World } from "../world.js";

export type FileOperation =
  | "close"
  | "read"
  | "write"
  | "readv"
  | "writev"
  | "pread"
  | "pwrite"
  | "seek"
  | "fstat"
  | "fchmod"
  | "fchown"
  | "futimens"
  | "ftruncate"
  | "allocate"
  | "sync"
  | "fstatvfs"
  | "readdir"
  | "fchdir"
  | "dup"
  | "dup2"
  | "flags"
  | "lock"
  | "flock"
  | "isatty"
  | "winsize"
  | "available"
  | "pipe"
  | "poll";

const FD_CLOEXEC = 1;

/** An offset for reading. Throws EINVAL when it is negative; beyond every file there is nothing. */
const offsetOf = (offset: bigint): number => {
  if (offset < 0n) throw new Errno("EINVAL");
  return offset > BigInt(OFFSET_MAX) ? OFFSET_MAX : Number(offset);
};

/** The operations on open files. */
export const fileOperations = (world: World): Pick<Handlers, FileOperation> => {
  const { descriptors, tree, waits } = world;

  function* change(description: Description, make: (stat: Stat) => AttributeChanges): Steps<void> {
    const { place } = description;
    if (description instanceof PathDescription) throw new Errno("EBADF");
    // What is in no file system (a pipe, a socket) takes any change, and shows none.
    if (place === undefined) return;
    tree.writable(place);
    const changes = make(yield* get(place.inode.stat()));
    if (Object.keys(changes).length > 0) yield* get(description.change(changes));
  }

  function* readdir(fd: number, cookie: bigint, capacity: number): Steps<{ entries: Uint8Array }> {
    const description = descriptors.get(fd);
    if (!(description instanceof DirectoryDescription)) throw new Errno("ENOTDIR");
    if (cookie > BigInt(OFFSET_MAX)) throw new Errno("EINVAL");
    const listing = yield* description.entries(cookie === 0n);
    return { entries: encodeEntries(listing, Number(cookie), capacity) };
  }

  const { traffic } = world;
  const gave = (data: Uint8Array): { readonly data: Uint8Array } => {
    traffic.read += data.length;
    return { data };
  };
  const took = (length: number): { readonly length: number } => {
    traffic.written += length;
    return { length };
  };
  const read: Handlers["read"] = ({ fd, capacity }) => chain(descriptors.get(fd).read(capacity), gave);
  const write: Handlers["write"] = ({ fd, data }) => chain(descriptors.get(fd).write(data), took);

  return {
    read,
    write,
    readv: read,
    writev: write,
    close: ({ fd }) => descriptors.close(fd),
    pread: ({ fd, capacity, offset }) => chain(descriptors.get(fd).readAt(capacity, offsetOf(offset)), gave),
    pwrite: ({ fd, data, offset }) => chain(descriptors.get(fd).writeAt(data, size(offset)), took),
    seek: ({ fd, offset, whence }) =>
      chain(descriptors.get(fd).seek(offset, whence), (position) => ({ position: BigInt(position) })),
    fstat: ({ fd }) => chain(descriptors.get(fd).stat(), (stat) => ({ stat })),
    fchmod: ({ fd, mode }) => run(change(descriptors.get(fd), (stat) => newMode(tree.who, stat, mode))),
    fchown: ({ fd, uid, gid }) =>
      run(change(descriptors.get(fd), (stat) => newOwner(tree.who, stat, uid, gid))),
    futimens: ({ fd, atime, mtime, which }) =>
      run(
        change(descriptors.get(fd), (stat) =>
          newTimes(tree.who, stat, { atime, mtime, which }, world.clock.peek()),
        ),
      ),
    ftruncate: ({ fd, size: to }) => descriptors.get(fd).truncate(size(to)),
    allocate: ({ fd, offset, length }) => {
      if (length <= 0n) throw new Errno("EINVAL");
      const from = size(offset);
      const end = size(offset + length);
      return descriptors.get(fd).allocate(from, end - from);
    },
    sync: ({ fd, data }) => {
      if (data > 1) throw new Errno("EINVAL");
      return descriptors.get(fd).sync(data === 1);
    },
    fstatvfs: ({ fd }) => {
      const { place } = descriptors.get(fd);
      if (place === undefined) throw new Errno("ENOSYS");
      return chain(run(figures(place.mount)), (statvfs) => ({ statvfs }));
    },
    readdir: ({ fd, cookie, capacity }) => run(readdir(fd, cookie, capacity)),
    fchdir: ({ fd }) => {
      const { place } = descriptors.get(fd);
      if (place === undefined) throw new Errno("ENOTDIR");
      return tree.enter(place);
    },
    dup: ({ fd, minimum, flags }) => {
      if ((flags & ~O_CLOEXEC) !== 0) throw new Errno("EINVAL");
      return { copy: descriptors.add(descriptors.get(fd), flags !== 0, minimum) };
    },
    dup2: ({ fd, to, flags }) => {
      if ((flags & ~O_CLOEXEC) !== 0) throw new Errno("EINVAL");
      const description = descriptors.get(fd);
      if (fd === to) return undefined;
      return descriptors.place(to, description, flags !== 0);
    },
    flags: ({ fd, which, set }) => {
      const description = descriptors.get(fd);
      if (which > 1 || set < -1) throw new Errno("EINVAL");
      if (which === 1) {
        if (set !== -1) descriptors.setCloexec(fd, (set & FD_CLOEXEC) !== 0);
        return { flags: descriptors.isCloexec(fd) ? FD_CLOEXEC : 0 };
      }
      if (set !== -1) description.setFlags(set);
      return { flags: description.flags };
    },
    lock: ({ fd, command, type, start, length }) => ({
      found: recordLock(descriptors.get(fd), command, type, start, length),
    }),
    flock: ({ fd, operation }) => world.locks.flock(descriptors.get(fd), operation),
    isatty: ({ fd }) => {
      if (!descriptors.get(fd).terminal) throw new Errno("ENOTTY");
    },
    winsize: ({ fd }) => {
      if (!descriptors.get(fd).terminal || world.terminal === undefined) throw new Errno("ENOTTY");
      const bytes = new Uint8Array(8);
      const view = new DataView(bytes.buffer);
      view.setUint16(0, world.terminal.rows, true);
      view.setUint16(2, world.terminal.columns, true);
      return { size: bytes };
    },
    available: ({ fd }) =>
      chain(descriptors.get(fd).available(), (length) => ({ length: Math.min(length, 0x7fff_ffff) })),
    pipe: ({ flags }) => {
      if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) throw new Errno("EINVAL");
      descriptors.room(2);
      const pipe = new Pipe();
      const stat = world.anonymous("fifo");
      const status = flags & O_NONBLOCK;
      const cloexec = (flags & O_CLOEXEC) !== 0;
      const reader = descriptors.add(new PipeEnd(pipe, status, stat, waits), cloexec);
      const writer = descriptors.add(
        new PipeEnd(pipe, status | (O_WRONLY & O_ACCMODE), stat, waits),
        cloexec,
      );
      return { fds: [reader, writer] };
    },
    poll: ({ fds, timeout, capacity }) => {
      if (capacity < (fds.length / 8) * 2 || timeout < -1n) throw new Errno("EINVAL");
      return chain(poll(fds, timeout, descriptors, world.clock, waits), (ready) => ({ ready }));
    },
  };
};
