/**
 * Code that works at once where it can and waits where it must.
 *
 * Operations and file systems answer at once or with a promise. What goes over several of them is written as a generator
 * that reads like an `async` function, `yield* get(x)` standing for `await x`; `run` runs it, and answers at once unless a
 * promise was really met: the fast path stays free of promises and of turns of the event loop.
 */
import { type Awaitable, isPromise } from "./awaitable.js";

/** Goes on with a value: at once when it is there, so that answers without waiting make no promises. */
export const chain = <T, U>(value: Awaitable<T>, go: (value: T) => Awaitable<U>): Awaitable<U> =>
  isPromise(value) ? value.then(go) : go(value);

/**
 * A procedure of several steps, of which any may have to wait: written once, and run without a promise as long
 * as none does. In hot code ask `isPromise` first: `const v = isPromise(x) ? yield* wait(x) : x`.
 */
export type Steps<T> = Generator<PromiseLike<unknown>, T, void>;

/** Waits for a promise within steps. */
export function* wait<T>(promise: PromiseLike<T>): Steps<T> {
  const settled: T[] = [];
  yield promise.then((value) => {
    settled.push(value);
  });
  for (const value of settled) return value;
  throw new Error("steps went on before their promise was settled");
}

/** Waits if need be. */
export function* get<T>(value: Awaitable<T>): Steps<T> {
  return isPromise(value) ? yield* wait(value) : value;
}

/** Runs steps to their end: answers at once, or by a promise from the first step on that waits. */
export const run = <T>(steps: Steps<T>): Awaitable<T> => {
  const step = steps.next();
  return step.done === true ? step.value : resume(steps, step.value);
};

const resume = async <T>(steps: Steps<T>, first: PromiseLike<unknown>): Promise<T> => {
  let waitedFor = first;
  for (;;) {
    let failure: { readonly error: unknown } | undefined;
    try {
      await waitedFor;
    } catch (error) {
      failure = { error };
    }
    const step = failure === undefined ? steps.next() : steps.throw(failure.error);
    if (step.done === true) return step.value;
    waitedFor = step.value;
  }
};
