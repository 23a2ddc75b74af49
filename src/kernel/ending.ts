import { DurableError } from "../errors.js";

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

/** An interceptor ended the sandbox, as it may. */
export class EndedByInterceptor extends Error {
  override readonly name = "EndedByInterceptor";
  readonly reason: string;

  constructor(reason: string) {
    super(`an interceptor ended the sandbox: ${reason}`);
    this.reason = reason;
  }
}

/** An interceptor failed: it threw, took too long, or answered what cannot be. */
export class InterceptorError extends Error {
  override readonly name = "InterceptorError";
  readonly code = "ERR_INTERCEPTOR";
  /** The operation it was about. */
  readonly operation: string;
  /** Which interceptor: the operation's name, or "*". */
  readonly interceptor: string;

  constructor(interceptor: string, operation: string, what: string, options?: ErrorOptions) {
    super(`the interceptor ${JSON.stringify(interceptor)} ${what} (operation ${operation})`, options);
    this.operation = operation;
    this.interceptor = interceptor;
  }
}

/**
 * Errors that end the sandbox: everything else that a file system throws is the guest's EIO. So is what another sandbox's
 * guest did, which a file system may stand on.
 */
export const ends = (error: unknown): boolean =>
  error instanceof Exit ||
  error instanceof EndedByInterceptor ||
  error instanceof InterceptorError ||
  error instanceof DurableError;
