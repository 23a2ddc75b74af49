import { Answer } from "../wire/answer.js";
import { HEADER_SIZE } from "../wire/frame.js";
import type { Serve } from "../wire/serve.js";
import type { Tape } from "./tape.js";

/** Operations below are the guest runtime's own: they are no part of what the guest does. */
const FIRST = 16;

/**
 * Serves as before, each operation from the journal as far as that goes, and into it from there on. `ready` is asked before
 * each: a promise is waited for.
 */
export const durableServe = (serve: Serve, tape: Tape, ready: () => Promise<void> | undefined): Serve => {
  let pass: Answer | undefined;
  const own = new Answer({
    send: (head, tails) => {
      const errno = own.view.getUint16(4, true);
      const signal = own.view.getUint8(6);
      // Both answers are filled in the same memory: what stands there is handed on as it is.
      tape.end(errno, signal, head.subarray(HEADER_SIZE), tails);
      if (errno === 0) pass?.send(head.length, tails, signal);
      else pass?.fail(errno, signal);
    },
  });
  return (request, answer) => {
    if (request.number < FIRST) return serve(request, answer);
    pass = answer;
    const arrives = tape.begin(request.number, request.bytes.subarray(request.start, request.end));
    own.begin();
    const left = (): void => {
      if (!own.dropped || !answer.open) return;
      tape.abandon();
      answer.drop();
    };
    const first = ready();
    const done =
      arrives || first !== undefined
        ? Promise.all([told(), first]).then(() => serve(request, own))
        : serve(request, own);
    if (done !== undefined) return tape.live ? done.then(left) : settling(done, tape).then(left);
    left();
    return undefined;
  };
};

/** How long (ms) an operation may take that is done again; all that it needs is there. */
const LONG = 1000;

/** The same promise; rejected where it waits for what the journal does not have. */
const settling = (done: Promise<void>, tape: Tape): Promise<void> =>
  new Promise((resolve, reject) => {
    const late = (): void => {
      // After a pause of the whole process the timer comes before what would have been done by then.
      void told()
        .then(told)
        .then(() => reject(tape.stuck()));
    };
    const timer = setTimeout(late, LONG);
    done.then(resolve, reject).finally(() => clearTimeout(timer));
  });

/** Until all who wait for promises that are settled have gone on. */
const told = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
