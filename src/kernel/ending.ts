/** The guest's end by its own will: not an error of anyone's. Operations that end it throw this. */
export class Exit extends Error {
  override readonly name = "Exit";
  /** 0 to 255, as a process's exit status. */
  readonly status: number;

  constructor(status: number) {
    super(`the guest leaves with status ${status}`);
    this.status = status;
  }
}

/** A limit that the guest went beyond: its sandbox ends. */
export class LimitReached extends Error {
  override readonly name = "LimitReached";
  /** The limit's name: "operations", … */
  readonly limit: string;

  constructor(limit: string, most: number) {
    super(`the limit of ${most} ${limit} is reached`);
    this.limit = limit;
  }
}

/** Errors that end the sandbox: everything else that a file system throws is the guest's EIO. */
export const ends = (error: unknown): boolean => error instanceof Exit || error instanceof LimitReached;
