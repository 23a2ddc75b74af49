import { isPromise } from "../wire/awaitable.js";
import type { Awaitable } from "../wire/types.js";

/** One operation of the guest's, after it was answered. */
export interface Observed {
  readonly name: string;
  /** Bytes in the arguments and results are valid during the call only. */
  readonly args: unknown;
  /** What was answered, or thrown: an `Errno` (a `RuledErrno` where a rule decided), or what ended the sandbox. */
  readonly outcome: { readonly results: unknown } | { readonly error: unknown };
  /** Nanoseconds in the controller, waits included. */
  readonly duration: bigint;
}

/** Told of every operation after it was answered. What it throws ends the sandbox. */
export type Observer = (observed: Observed) => void;

/** The handler, with an observer told of what it did. */
export const observed =
  <Args, Answer>(
    name: string,
    handler: (args: Args) => Awaitable<Answer>,
    observe: Observer,
  ): ((args: Args) => Awaitable<Answer>) =>
  (args) => {
    const start = process.hrtime.bigint();
    const tell = (outcome: Observed["outcome"]): void =>
      observe({ name, args, outcome, duration: process.hrtime.bigint() - start });
    const succeed = (results: Answer): Answer => {
      tell({ results });
      return results;
    };
    const fail = (error: unknown): never => {
      tell({ error });
      throw error;
    };
    let results: Awaitable<Answer>;
    try {
      results = handler(args);
    } catch (error) {
      return fail(error);
    }
    return isPromise(results) ? results.then(succeed, fail) : succeed(results);
  };
