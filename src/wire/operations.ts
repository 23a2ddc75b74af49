import type { ErrnoName } from "./errno.js";
import {
  buffer,
  count,
  data,
  gather,
  i32,
  i64,
  message,
  out,
  type Parameters,
  pair,
  path,
  record,
  scatter,
  stat,
  statvfs,
  u32,
  u64,
} from "./parameters.js";

/** One entry of the table: an import of the guest, which is an operation on the wire. */
export interface OperationShape {
  /** Its number on the wire; never reused. */
  readonly number: number;
  readonly summary: string;
  readonly parameters: Parameters;
  /** The errnos it may be answered with, besides EBADF, EFAULT, EINVAL, ENOSYS and EPERM, which any may be. */
  readonly errnos: readonly ErrnoName[];
  /** Never answered: the guest leaves after it. */
  readonly final?: true;
}

const op = <const P extends Parameters>(
  number: number,
  summary: string,
  parameters: P,
  errnos: readonly ErrnoName[] = [],
) => ({ number, summary, parameters, errnos }) as const;

const final = <const P extends Parameters>(number: number, summary: string, parameters: P) =>
  ({ number, summary, parameters, errnos: [], final: true }) as const;

const lookup = ["EACCES", "ELOOP", "ENAMETOOLONG", "ENOENT", "ENOTDIR", "EILSEQ", "EIO"] as const;
const change = [...lookup, "EDQUOT", "EEXIST", "EMLINK", "ENOSPC", "EROFS"] as const;

/**
 * The operations: the second module of imports ("sallyport"), with the semantics of Linux.
 *
 * This is the one vocabulary that the kernel, interceptors, policies and traces speak. Each dialect translates
 * into it. Directories as descriptors: `at` is a descriptor or -100 (AT_FDCWD) for the working directory.
 * Flags and modes have Linux's (x86-64) numbers; errnos, too. Times are nanoseconds since 1970.
 */
export const sallyport = {
  // The guest runtime's own: never called from inside the confinement.
  hello: op(1, "The guest is confined and ready.", { version: u32, engine: u32, pages: u32, image: message }),
  next: op(2, "What to do next: 0 leave, 1 run, 2 snapshot, 3 restore.", { verb: out(4), argument: out(8) }),
  died: final(3, "The guest's code trapped; its last frame.", { reason: u32, detail: u64 }),
  save_page: op(4, "Memory that differs from the image, for a snapshot.", { address: u64, bytes: message }),
  save_state: op(5, "Globals and memory size; ends a snapshot.", { pages: u32, globals: message }),
  load_page: op(6, "Memory to restore; an empty answer ends it.", { address: out(8), bytes: buffer }),
  load_state: op(7, "Globals and memory size to restore.", { pages: out(4), globals: buffer }),

  // Files by path.
  open: op(16, "Open, or create, a file.", { at: i32, path, flags: u32, mode: u32, fd: out(4) }, [
    ...change,
    "EISDIR",
    "EMFILE",
    "ENXIO",
    "EAGAIN",
    "EINTR",
    "ETXTBSY",
    "EOVERFLOW",
  ]),
  stat: op(
    17,
    "Attributes of a file. flags: AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH.",
    { at: i32, path, flags: u32, stat },
    lookup,
  ),
  access: op(18, "Would the guest's user be allowed to?", { at: i32, path, mode: u32, flags: u32 }, [
    ...lookup,
    "EROFS",
  ]),
  mkdir: op(19, "Make a directory.", { at: i32, path, mode: u32 }, change),
  unlink: op(20, "Remove a name. flags: AT_REMOVEDIR.", { at: i32, path, flags: u32 }, [
    ...change,
    "EBUSY",
    "EISDIR",
    "ENOTEMPTY",
  ]),
  rename: op(
    21,
    "Rename, replacing. flags: RENAME_NOREPLACE, RENAME_EXCHANGE.",
    { at: i32, path, to_at: i32, to_path: path, flags: u32 },
    [...change, "EBUSY", "EISDIR", "ENOTEMPTY", "EXDEV"],
  ),
  link: op(
    22,
    "Make a hard link. flags: AT_SYMLINK_FOLLOW.",
    { at: i32, path, to_at: i32, to_path: path, flags: u32 },
    [...change, "EXDEV"],
  ),
  symlink: op(23, "Make a symbolic link.", { target: path, at: i32, path }, change),
  readlink: op(
    24,
    "The target of a symbolic link.",
    { at: i32, path, target: buffer, length: count },
    lookup,
  ),
  chmod: op(25, "Change the mode.", { at: i32, path, mode: u32, flags: u32 }, [
    ...lookup,
    "EROFS",
    "EOPNOTSUPP",
  ]),
  chown: op(
    26,
    "Change owner and group; -1 leaves one as it is.",
    { at: i32, path, uid: i32, gid: i32, flags: u32 },
    [...lookup, "EROFS"],
  ),
  utimens: op(
    27,
    "Set times; which: 1 atime, 2 mtime, 4 atime now, 8 mtime now.",
    { at: i32, path, atime: i64, mtime: i64, which: u32, flags: u32 },
    [...lookup, "EROFS"],
  ),
  truncate: op(28, "Set the size by path.", { at: i32, path, size: i64 }, [
    ...change,
    "EFBIG",
    "EISDIR",
    "ETXTBSY",
  ]),
  statvfs: op(29, "The file system's figures.", { at: i32, path, statvfs }, lookup),
  mkfifo: op(30, "Make a named pipe.", { at: i32, path, mode: u32 }, [...change, "EOPNOTSUPP"]),
  chdir: op(31, "Change the working directory.", { path }, lookup),
  getcwd: op(32, "The working directory.", { path: buffer, length: count }, ["ENOENT", "ERANGE"]),

  // Files by descriptor.
  close: op(48, "Close a descriptor.", { fd: i32 }, ["EIO", "EINTR", "ENOSPC", "EDQUOT"]),
  read: op(49, "Read at the position.", { fd: i32, data: buffer, length: count }, [
    "EAGAIN",
    "EINTR",
    "EIO",
    "EISDIR",
    "ECONNRESET",
  ]),
  write: op(50, "Write at the position.", { fd: i32, data, length: count }, [
    "EAGAIN",
    "EDQUOT",
    "EFBIG",
    "EINTR",
    "EIO",
    "ENOSPC",
    "EPIPE",
    "ECONNRESET",
  ]),
  readv: op(51, "Read into several buffers.", { fd: i32, data: scatter, length: count }, [
    "EAGAIN",
    "EINTR",
    "EIO",
    "EISDIR",
    "ECONNRESET",
  ]),
  writev: op(52, "Write from several buffers.", { fd: i32, data: gather, length: count }, [
    "EAGAIN",
    "EDQUOT",
    "EFBIG",
    "EINTR",
    "EIO",
    "ENOSPC",
    "EPIPE",
    "ECONNRESET",
  ]),
  pread: op(53, "Read at an offset.", { fd: i32, data: buffer, offset: i64, length: count }, [
    "EINTR",
    "EIO",
    "EISDIR",
    "ESPIPE",
    "EOVERFLOW",
  ]),
  pwrite: op(54, "Write at an offset.", { fd: i32, data, offset: i64, length: count }, [
    "EDQUOT",
    "EFBIG",
    "EINTR",
    "EIO",
    "ENOSPC",
    "ESPIPE",
    "EOVERFLOW",
  ]),
  seek: op(
    55,
    "Move the position. whence: 0 set, 1 current, 2 end, 3 data, 4 hole.",
    { fd: i32, offset: i64, whence: u32, position: out(8) },
    ["ENXIO", "EOVERFLOW", "ESPIPE"],
  ),
  fstat: op(56, "Attributes of an open file.", { fd: i32, stat }, ["EIO", "EOVERFLOW"]),
  fchmod: op(57, "Change the mode of an open file.", { fd: i32, mode: u32 }, ["EIO", "EROFS"]),
  fchown: op(58, "Change owner and group of an open file.", { fd: i32, uid: i32, gid: i32 }, [
    "EIO",
    "EROFS",
  ]),
  futimens: op(
    59,
    "Set times of an open file; which as in utimens.",
    { fd: i32, atime: i64, mtime: i64, which: u32 },
    ["EIO", "EROFS"],
  ),
  ftruncate: op(60, "Set the size of an open file.", { fd: i32, size: i64 }, [
    "EDQUOT",
    "EFBIG",
    "EIO",
    "ENOSPC",
  ]),
  allocate: op(61, "Make sure that a range is there.", { fd: i32, offset: i64, length: i64 }, [
    "EDQUOT",
    "EFBIG",
    "EIO",
    "ENODEV",
    "ENOSPC",
    "ESPIPE",
    "EOPNOTSUPP",
  ]),
  sync: op(
    62,
    "Write an open file's changes through. data: 1 leaves attributes out.",
    { fd: i32, data: u32 },
    ["EIO", "ENOSPC", "EROFS"],
  ),
  fstatvfs: op(63, "The figures of an open file's file system.", { fd: i32, statvfs }, ["EIO"]),
  readdir: op(
    64,
    "Entries from a cookie on (0: the first). Each: cookie of the next u64, ino u64, type u8 (DT_*), zero u8, length u16, name.",
    { fd: i32, cookie: u64, entries: buffer, length: count },
    ["EIO", "ENOENT", "ENOTDIR"],
  ),
  fchdir: op(65, "Change the working directory to an open one.", { fd: i32 }, ["EACCES", "ENOTDIR"]),
  dup: op(
    66,
    "Duplicate to the lowest free descriptor that is not below `minimum`. flags: O_CLOEXEC.",
    { fd: i32, minimum: i32, flags: u32, copy: out(4) },
    ["EMFILE"],
  ),
  dup2: op(67, "Duplicate to a given descriptor. flags: O_CLOEXEC.", { fd: i32, to: i32, flags: u32 }, [
    "EBUSY",
    "EMFILE",
  ]),
  flags: op(68, "Status (which 0) or descriptor (which 1) flags; -1 only asks.", {
    fd: i32,
    which: u32,
    set: i32,
    flags: out(4),
  }),
  lock: op(
    69,
    "Record lock. command: 0 get, 1 set, 2 set and wait; type: 0 read, 1 write, 2 unlock.",
    { fd: i32, command: u32, type: u32, start: i64, length: i64, found: record(24) },
    ["EAGAIN", "EDEADLK", "ENOLCK", "EINTR"],
  ),
  flock: op(70, "Whole-file lock, as flock(2).", { fd: i32, operation: u32 }, ["EAGAIN", "EINTR", "ENOLCK"]),
  isatty: op(71, "Is it a terminal?", { fd: i32 }, ["ENOTTY"]),
  winsize: op(72, "The terminal's size: rows u16, columns u16, zero u32.", { fd: i32, size: record(8) }, [
    "ENOTTY",
  ]),
  available: op(73, "How many bytes a read would get now (FIONREAD).", { fd: i32, length: count }, [
    "ENOTTY",
  ]),
  pipe: op(74, "A pipe. flags: O_CLOEXEC, O_NONBLOCK.", { flags: u32, fds: pair }, ["EMFILE", "ENFILE"]),
  poll: op(
    75,
    "Wait for descriptors. `fds`: i32 fd, u16 events, u16 zero each; `ready`: u16 revents each. timeout in ns, -1 for ever.",
    { fds: message, timeout: i64, ready: buffer, length: count },
    ["EINTR"],
  ),

  // Clock, randomness, identity.
  clock: op(96, "A clock's time. 0 realtime, 1 monotonic, 2 process, 3 thread.", { id: u32, time: out(8) }),
  resolution: op(97, "A clock's resolution in ns.", { id: u32, time: out(8) }),
  sleep: op(
    98,
    "Wait. `until` in ns: a duration, or with flags 1 (TIMER_ABSTIME) a time of the clock.",
    { id: u32, until: i64, flags: u32, left: out(8) },
    ["EINTR"],
  ),
  random: op(99, "Random bytes.", { data: buffer, length: count }, ["EIO"]),
  arguments: op(
    100,
    "The program's arguments, NUL-ended each. `length`: of all; the buffer gets what fits.",
    { offset: u32, data: buffer, length: count },
  ),
  environment: op(101, "The environment as K=V, NUL-ended each; as arguments.", {
    offset: u32,
    data: buffer,
    length: count,
  }),
  identity: op(102, "0 pid, 1 ppid, 2 uid, 3 euid, 4 gid, 5 egid, 6 pgid, 7 sid.", {
    which: u32,
    value: out(4),
  }),
  uname: op(103, "sysname, nodename, release, version, machine, NUL-ended each.", {
    data: buffer,
    length: count,
  }),
  user: op(104, "The user's name, home and shell, NUL-ended each.", { data: buffer, length: count }),
  umask: op(105, "Set the file creation mask; -1 only asks.", { mask: i32, old: out(4) }),
  usage: op(106, "CPU time used, in ns: user, system; and the peak of memory in bytes.", {
    usage: record(24),
  }),
  exit: final(107, "Leave with a status. Never answered.", { status: u32 }),
  kill: op(108, "Send a signal; only to itself (pid its own, or 0).", { pid: i32, signal: u32 }, ["ESRCH"]),
  yield: op(109, "Let others run.", {}),
  timer: op(
    110,
    "Have SIGALRM come after `value` ns (0: not at all), then every `interval` ns (0: once); -1 only asks. `old`: what was left, and the interval, i64 each.",
    { value: i64, interval: i64, old: record(16) },
  ),

  // Sockets. `address`: as struct sockaddr of Linux x86-64.
  socket: op(
    128,
    "A socket in the network that the guest has for itself.",
    { domain: u32, type: u32, protocol: u32, fd: out(4) },
    ["EACCES", "EAFNOSUPPORT", "EMFILE", "EPROTONOSUPPORT"],
  ),
  socketpair: op(
    129,
    "Two connected sockets within the guest.",
    { domain: u32, type: u32, protocol: u32, fds: pair },
    ["EAFNOSUPPORT", "EMFILE", "EPROTONOSUPPORT"],
  ),
  connect: op(130, "Connect.", { fd: i32, address: message }, [
    "EACCES",
    "EADDRNOTAVAIL",
    "EAFNOSUPPORT",
    "ECONNREFUSED",
    "ECONNRESET",
    "EHOSTUNREACH",
    "EINPROGRESS",
    "EISCONN",
    "ENETUNREACH",
    "ENOTSOCK",
    "ETIMEDOUT",
  ]),
  bind: op(131, "Bind to an address.", { fd: i32, address: message }, [
    "EACCES",
    "EADDRINUSE",
    "EADDRNOTAVAIL",
    "ENOTSOCK",
  ]),
  listen: op(132, "Listen.", { fd: i32, backlog: i32 }, ["EADDRINUSE", "ENOTSOCK", "EOPNOTSUPP"]),
  accept: op(
    133,
    "Take a connection.",
    { fd: i32, flags: u32, address: buffer, length: count, connection: out(4) },
    ["EAGAIN", "ECONNABORTED", "EINTR", "EMFILE", "ENOTSOCK", "EOPNOTSUPP"],
  ),
  shutdown: op(134, "Shut one or both directions.", { fd: i32, how: u32 }, ["ENOTCONN", "ENOTSOCK"]),
  send: op(
    135,
    "Send. flags: MSG_*; an empty address: the connected peer.",
    { fd: i32, data, flags: u32, address: message, length: count },
    ["EACCES", "EAGAIN", "ECONNRESET", "EDESTADDRREQ", "EINTR", "EMSGSIZE", "ENOTCONN", "ENOTSOCK", "EPIPE"],
  ),
  receive: op(
    136,
    "Receive. flags: MSG_*.",
    { fd: i32, data: buffer, flags: u32, length: count, address: buffer, address_length: count },
    ["EAGAIN", "ECONNREFUSED", "ECONNRESET", "EINTR", "ENOTCONN", "ENOTSOCK"],
  ),
  sockname: op(
    137,
    "The own (which 0) or the peer's (which 1) address.",
    { fd: i32, which: u32, address: buffer, length: count },
    ["ENOTCONN", "ENOTSOCK"],
  ),
  getsockopt: op(
    138,
    "A socket's option.",
    { fd: i32, level: i32, option: i32, value: buffer, length: count },
    ["ENOPROTOOPT", "ENOTSOCK"],
  ),
  setsockopt: op(139, "Set a socket's option.", { fd: i32, level: i32, option: i32, value: message }, [
    "ENOPROTOOPT",
    "ENOTSOCK",
  ]),
  resolve: op(
    140,
    "Addresses of a name. Each: family u16, length u16, sockaddr. Refusal is EAI_FAIL in the guest.",
    { name: message, family: u32, addresses: buffer, length: count },
    ["EACCES", "ENOENT", "EAGAIN"],
  ),

  // The controller's own: commands, values, host functions.
  command: op(160, "The run's command (CBOR), from an offset on. `length`: of all.", {
    offset: u32,
    data: buffer,
    length: count,
  }),
  report: op(
    161,
    "The run's result, display or event (CBOR), in parts. last: 1 ends the message.",
    { kind: u32, last: u32, data: message },
    ["E2BIG", "EPIPE"],
  ),
  call: op(
    162,
    "Call a host function (CBOR), waiting for its answer. `length`: of the whole answer; the rest by answer.",
    { last: u32, request: message, data: buffer, length: count },
    ["E2BIG", "EINTR"],
  ),
  start: op(
    163,
    "Start a host call without waiting; it gets a number, and `completions` will be readable.",
    { last: u32, request: message, call: out(4) },
    ["E2BIG", "EAGAIN"],
  ),
  answer: op(
    164,
    "The rest of the last answer (call 0), or the answer of a started call, from an offset on.",
    { call: u32, offset: u32, data: buffer, length: count },
    ["EAGAIN"],
  ),
  completions: op(
    165,
    "A descriptor that is readable while started calls have answers; reading it gives their numbers (u32).",
    { fd: out(4) },
    ["EMFILE"],
  ),
} as const satisfies Readonly<Record<string, OperationShape>>;

export type OperationName = keyof typeof sallyport;

/** First number of WASI preview 1's functions on the wire. */
export const WASI_BASE = 256;
