/**
 * Signals reach the process's first thread, which passes them on when it gets to it: perhaps only after what they were
 * for has ended. Before a run begins, the executing thread waits until the first one has passed on all that came before.
 */
import type { MessagePort } from "node:worker_threads";

/** What the executing thread sends to the first one. */
export const SETTLE = "settle";

/** Longest wait (ms), should the first thread not answer. */
const LONGEST = 1000;

/** A number that the first thread counts up, and the other waits for. */
export type Settled = Int32Array<SharedArrayBuffer>;

export const newSettled = (): Settled => new Int32Array(new SharedArrayBuffer(4));

/** In the executing thread: waits. */
export const awaitSettled = (settled: Settled, port: MessagePort): void => {
  const before = Atomics.load(settled, 0);
  port.postMessage(SETTLE);
  Atomics.wait(settled, 0, before, LONGEST);
};

/** In the first thread: answers, once the event loop has looked for signals again. */
export const settle = (settled: Settled): void => {
  setImmediate(() =>
    setImmediate(() => {
      Atomics.add(settled, 0, 1);
      Atomics.notify(settled, 0);
    }),
  );
};
