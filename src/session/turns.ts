/** Lets one at a time do something, in the order in which they asked. */
export class Turns {
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** Whether someone has, or waits for, a turn. */
  get taken(): boolean {
    return this.#waiting > 0;
  }

  /** With a signal, waiting ends at once when it is aborted; then with the signal's reason. */
  async take<T>(action: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const before = this.#last;
    let done = (): void => undefined;
    this.#last = new Promise((resolve) => {
      done = resolve;
    });
    const alone = this.#waiting === 0;
    this.#waiting++;
    let had = alone;
    try {
      if (!alone) {
        await (signal === undefined ? before : orAborted(before, signal));
        had = true;
      }
      return await action();
    } finally {
      this.#waiting--;
      // Who gave up waiting leaves those behind it to wait for those before it.
      if (had) done();
      else void before.then(done);
    }
  }
}

/** As the promise; rejected with the signal's reason as soon as that is aborted. */
export const orAborted = (promise: Promise<void>, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    if (signal.aborted) aborted();
    signal.addEventListener("abort", aborted, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", aborted));
  });
