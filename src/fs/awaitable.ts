import { type Awaitable, isPromise } from "../wire/awaitable.js";

export { type Awaitable, isPromise };

/**
 * Code that works at once where it can and waits where it must.
 *
 * File systems may answer at once or with a promise. Code over both is written as a generator that reads like an
 * `async` function, `yield* settled(x)` standing for `await x`; `complete` runs it, and answers at once unless a
 * promise was really met. The fast path so stays free of promises and of turns of the event loop.
 */
export type Steps<T> = Generator<PromiseLike<void>, T, void>;

type Outcome<T> =
  | { readonly state: "pending" }
  | { readonly state: "value"; readonly value: T }
  | { readonly state: "error"; readonly error: unknown };

/** The value of `awaitable`, waited for if it is a promise. */
export function* settled<T>(awaitable: Awaitable<T>): Steps<T> {
  if (!isPromise(awaitable)) return awaitable;
  const box: { outcome: Outcome<T> } = { outcome: { state: "pending" } };
  yield awaitable.then(
    (value) => {
      box.outcome = { state: "value", value };
    },
    (error: unknown) => {
      box.outcome = { state: "error", error };
    },
  );
  switch (box.outcome.state) {
    case "value":
      return box.outcome.value;
    case "error":
      throw box.outcome.error;
    default:
      throw new Error("a step was resumed before its promise was settled");
  }
}

/** Runs `steps`; the answer is a promise only if one was met on the way. */
export function complete<T>(steps: Steps<T>): Awaitable<T> {
  const first = steps.next();
  return first.done === true ? first.value : drive(steps, first.value);
}

async function drive<T>(steps: Steps<T>, pending: PromiseLike<void>): Promise<T> {
  let waiting = pending;
  for (;;) {
    await waiting;
    const step = steps.next();
    if (step.done === true) return step.value;
    waiting = step.value;
  }
}

/** `next(value)`, at once if `value` is there already. */
export function chain<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return isPromise(value) ? value.then(next) : next(value);
}
