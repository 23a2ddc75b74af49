import type { Clock } from "../kernel/clock.js";
import { wrapAll } from "../kernel/wrap.js";
import { isPromise } from "../wire/awaitable.js";
import { Errno } from "../wire/errno.js";
import type { sallyport } from "../wire/operations.js";
import { chain } from "../wire/steps.js";
import type { Handlers } from "../wire/types.js";
import { readErrno, writeErrno } from "./errnos.js";
import { ITEM } from "./format.js";
import type { Tape } from "./tape.js";

const READY = 0;
const INTERRUPTED = 1;

/**
 * Operations whose outcome is up to the moment: what `poll` finds, and that any of them was interrupted. They are not
 * done again, but answered as they were.
 */
export const givenOutcomes = (all: Handlers, clock: Clock, tape: Tape): Handlers => {
  const { poll } = all;
  const given: Handlers = {
    ...all,
    poll: (args) => {
      const recorded = tape.given();
      if (recorded === undefined) {
        return chain(poll(args), (results) => {
          const { ready } = results;
          tape.put(ITEM.given, (body) =>
            body
              .u8(READY)
              .data(ready)
              .i64(clock.elapsed?.() ?? 0n),
          );
          return results;
        });
      }
      if (recorded.u8() === INTERRUPTED) throw readErrno(recorded);
      const ready = new Uint8Array(recorded.data());
      const elapsed = recorded.i64();
      recorded.end();
      // Time that goes by only by waiting has gone by.
      if (clock.virtual) clock.goOn?.(elapsed);
      return { ready };
    },
  };
  return wrapAll<typeof sallyport>(given, (name, handler) => (args) => {
    const failed = (error: unknown): never => {
      if (error instanceof Errno && error.code === "EINTR" && tape.live) {
        tape.put(ITEM.given, (body) => writeErrno(body.u8(INTERRUPTED), error));
      }
      throw error;
    };
    const recorded = name === "poll" ? undefined : tape.given();
    if (recorded !== undefined) {
      // The host function is at work, and its answer may be asked for later.
      if (name === "call") forget(handler(args));
      recorded.u8();
      throw readErrno(recorded);
    }
    try {
      const results = handler(args);
      return isPromise(results) ? results.then(undefined, failed) : results;
    } catch (error) {
      return failed(error);
    }
  });
};

/** Nobody waits for it any more. */
const forget = (results: unknown): void => {
  if (results instanceof Promise) results.catch(() => undefined);
};
