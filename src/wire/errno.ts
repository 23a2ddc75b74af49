/**
 * Errnos by name, with Linux's number (the kernel's and the `sallyport` module's) and WASI preview 1's.
 *
 * Sources: Linux include/uapi/asm-generic/errno.h; WASI preview 1 witx, `errno`.
 */
export const ERRNO = {
  EPERM: [1, 63],
  ENOENT: [2, 44],
  ESRCH: [3, 71],
  EINTR: [4, 27],
  EIO: [5, 29],
  ENXIO: [6, 60],
  E2BIG: [7, 1],
  ENOEXEC: [8, 45],
  EBADF: [9, 8],
  ECHILD: [10, 12],
  EAGAIN: [11, 6],
  ENOMEM: [12, 48],
  EACCES: [13, 2],
  EFAULT: [14, 21],
  EBUSY: [16, 10],
  EEXIST: [17, 20],
  EXDEV: [18, 75],
  ENODEV: [19, 43],
  ENOTDIR: [20, 54],
  EISDIR: [21, 31],
  EINVAL: [22, 28],
  ENFILE: [23, 41],
  EMFILE: [24, 33],
  ENOTTY: [25, 59],
  ETXTBSY: [26, 74],
  EFBIG: [27, 22],
  ENOSPC: [28, 51],
  ESPIPE: [29, 70],
  EROFS: [30, 69],
  EMLINK: [31, 34],
  EPIPE: [32, 64],
  EDOM: [33, 18],
  ERANGE: [34, 68],
  EDEADLK: [35, 16],
  ENAMETOOLONG: [36, 37],
  ENOLCK: [37, 46],
  ENOSYS: [38, 52],
  ENOTEMPTY: [39, 55],
  ELOOP: [40, 32],
  ENOMSG: [42, 49],
  EIDRM: [43, 24],
  ENOLINK: [67, 47],
  EPROTO: [71, 65],
  EMULTIHOP: [72, 36],
  EBADMSG: [74, 9],
  EOVERFLOW: [75, 61],
  EILSEQ: [84, 25],
  ENOTSOCK: [88, 57],
  EDESTADDRREQ: [89, 17],
  EMSGSIZE: [90, 35],
  EPROTOTYPE: [91, 67],
  ENOPROTOOPT: [92, 50],
  EPROTONOSUPPORT: [93, 66],
  EOPNOTSUPP: [95, 58],
  EAFNOSUPPORT: [97, 5],
  EADDRINUSE: [98, 3],
  EADDRNOTAVAIL: [99, 4],
  ENETDOWN: [100, 38],
  ENETUNREACH: [101, 40],
  ENETRESET: [102, 39],
  ECONNABORTED: [103, 13],
  ECONNRESET: [104, 15],
  ENOBUFS: [105, 42],
  EISCONN: [106, 30],
  ENOTCONN: [107, 53],
  ETIMEDOUT: [110, 73],
  ECONNREFUSED: [111, 14],
  EHOSTUNREACH: [113, 23],
  EALREADY: [114, 7],
  EINPROGRESS: [115, 26],
  ESTALE: [116, 72],
  EDQUOT: [122, 19],
  ECANCELED: [125, 11],
  EOWNERDEAD: [130, 62],
  ENOTRECOVERABLE: [131, 56],
  ENOTCAPABLE: [1000, 76],
} as const satisfies Readonly<Record<string, readonly [linux: number, wasi: number]>>;

/** The name of an errno, such as "ENOENT". */
export type ErrnoName = keyof typeof ERRNO;

/** An operation's failure as the guest will see it. Thrown by kernel and file systems; it is no exception of the controller. */
export class Errno extends Error {
  override readonly name = "Errno";
  readonly code: ErrnoName;

  constructor(code: ErrnoName, detail?: string) {
    // It is an answer, and a common one: its stack would cost many times the rest of the operation.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(detail === undefined ? code : `${code}: ${detail}`);
    Error.stackTraceLimit = limit;
    this.code = code;
  }
}

export const linuxErrno = (name: ErrnoName): number => ERRNO[name][0];
export const wasiErrno = (name: ErrnoName): number => ERRNO[name][1];
