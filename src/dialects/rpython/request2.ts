import type { Calls } from "./calls.js";
import type { Memory } from "./memory2.js";

/** What a handler is given of one request: its arguments' raw words by position, and the child's memory. */
export interface Request {
  readonly calls: Calls;
  readonly memory: Memory;
  pointer(index: number): bigint;
  /** A signed integer of 32 bits: C's int. */
  int(index: number): number;
  /** A signed integer of 64 bits: off_t, ssize_t. */
  long(index: number): bigint;
}

/** Raised by a handler to leave the run. */
export class Leave extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`exit ${status}`);
    this.status = status;
  }
}
