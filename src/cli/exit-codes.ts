/** The exit codes of `sallyport run` that are not the guest's own. */
export const EXIT = {
  /** An exception that nobody caught, as python does. */
  exception: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
  /** A limit of time: CPU, wall or operations. */
  time: 124,
  /** The guest could not be started. */
  engine: 125,
  /** Ctrl-C, as a shell shows it. */
  interrupted: 130,
  /** What takes the output has gone, as a shell shows SIGPIPE. */
  unread: 141,
  /** A limit of memory or output, or the guest was killed or crashed. */
  killed: 137,
} as const;
