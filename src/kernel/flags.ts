/** Linux's numbers (x86-64) for what arguments of operations mean. */

export const O_WRONLY = 0o1;
export const O_RDWR = 0o2;
export const O_ACCMODE = 0o3;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_TRUNC = 0o1000;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
export const O_DSYNC = 0o10000;
export const O_DIRECTORY = 0o200000;
export const O_NOFOLLOW = 0o400000;
export const O_CLOEXEC = 0o2000000;
export const O_SYNC = 0o4010000;
export const O_PATH = 0o10000000;
/** The bit of O_TMPFILE that is not O_DIRECTORY. */
export const O_TMPFILE_BIT = 0o20000000;

export const AT_FDCWD = -100;
/**
 * `at` for a path that has to stay below the directory `fd`: no absolute path or link, no ".." above it; else EPERM.
 * (openat2's RESOLVE_BENEATH for every operation.)
 */
export const beneath = (fd: number): number => BENEATH - fd;
/** The greatest `at` that says so; `BENEATH - at` is the descriptor. */
export const BENEATH = -1000;
export const AT_SYMLINK_NOFOLLOW = 0x100;
/** The same bit in two calls. */
export const AT_REMOVEDIR = 0x200;
export const AT_EACCESS = 0x200;
export const AT_SYMLINK_FOLLOW = 0x400;
export const AT_NO_AUTOMOUNT = 0x800;
export const AT_EMPTY_PATH = 0x1000;

export const RENAME_NOREPLACE = 1;
export const RENAME_EXCHANGE = 2;

export const S_IFMT = 0o170000;
export const S_IFSOCK = 0o140000;
export const S_IFLNK = 0o120000;
export const S_IFREG = 0o100000;
export const S_IFDIR = 0o040000;
export const S_IFCHR = 0o020000;
export const S_IFIFO = 0o010000;
export const S_ISUID = 0o4000;
export const S_ISGID = 0o2000;
export const S_ISVTX = 0o1000;

export const MAY_READ = 4;
export const MAY_WRITE = 2;
export const MAY_EXECUTE = 1;

export const SEEK_SET = 0;
export const SEEK_CUR = 1;
export const SEEK_END = 2;
export const SEEK_DATA = 3;
export const SEEK_HOLE = 4;

export const UTIME_ATIME = 1;
export const UTIME_MTIME = 2;
export const UTIME_ATIME_NOW = 4;
export const UTIME_MTIME_NOW = 8;

export const POLLIN = 0x1;
export const POLLOUT = 0x4;
export const POLLERR = 0x8;
export const POLLHUP = 0x10;
export const POLLNVAL = 0x20;
export const POLLRDNORM = 0x40;
export const POLLWRNORM = 0x100;
export const POLLRDHUP = 0x2000;

export const AF_UNSPEC = 0;
export const AF_UNIX = 1;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_SEQPACKET = 5;
export const SOCK_TYPE_MASK = 0xf;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;

export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;
export const LOCK_UN = 8;

/** Most bytes of a path and of one name in it. */
export const PATH_MAX = 4095;
export const NAME_MAX = 255;
/** Symbolic links that one resolution may follow. */
export const LINK_MAX = 40;
/** Directories above a file at most: a place knows its way, and every move looks at those that are kept. */
export const DEPTH_MAX = 4096;
/** The greatest offset and file size: what a number holds exactly. */
export const OFFSET_MAX = Number.MAX_SAFE_INTEGER;
