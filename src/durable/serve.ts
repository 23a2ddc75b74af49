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
    if (done !== undefined) return done.then(left);
    left();
    return undefined;
  };
};

/** Until all who wait for promises that are settled have gone on. */
const told = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
