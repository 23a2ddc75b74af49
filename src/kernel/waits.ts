import { Errno } from "../wire/errno.js";
import type { Signals } from "./signals.js";

interface Waiter {
  readonly ready: () => boolean;
  readonly resolve: (ready: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** Longest that a timer of Node takes, in ms. */
const TIMER_MAX = 2 ** 31 - 1;

const now = (): bigint => process.hrtime.bigint();

/**
 * Operations that wait: for a time, for something from outside, or for a promise. The controller is never
 * blocked. From outside a wait can be interrupted (EINTR) or aborted (the guest is gone).
 */
export class Waits {
  readonly #signals: Signals;
  readonly #waiters = new Set<Waiter>();
  #aborted: { readonly error: unknown } | undefined;
  /** An interrupt found nobody waiting: the request may be on its way. */
  #interrupted = false;
  #idle = 0n;
  #since = 0n;

  constructor(signals: Signals) {
    this.#signals = signals;
  }

  /** Nanoseconds of real time that operations have waited so far: the guest was idle. */
  get idle(): bigint {
    return this.#idle + (this.#waiters.size > 0 ? now() - this.#since : 0n);
  }

  get waiting(): boolean {
    return this.#waiters.size > 0;
  }

  /**
   * Waits until `ready()`, asked again at each `wake`, or until a number of real nanoseconds has gone by
   * (undefined: for ever). Answers whether it was ready. Rejects with EINTR when interrupted.
   */
  until(ready: () => boolean, timeout?: bigint): Promise<boolean> {
    const deadline = timeout === undefined ? undefined : now() + timeout;
    let timer: NodeJS.Timeout | undefined;
    const done = this.#wait((waiter) => {
      if (deadline === undefined) {
        // Something has to keep the controller alive while its guest waits for ever: the guest's own process does.
        return;
      }
      const arm = (): void => {
        const left = deadline - now();
        if (left <= 0n) {
          waiter.resolve(waiter.ready());
          return;
        }
        const ms = (left + 999_999n) / 1_000_000n;
        timer = setTimeout(arm, ms > BigInt(TIMER_MAX) ? TIMER_MAX : Number(ms));
      };
      arm();
    }, ready);
    return done.finally(() => clearTimeout(timer));
  }

  /** Waits for a promise of something outside. Rejects with EINTR when interrupted first; the promise goes on. */
  async for<T>(promise: PromiseLike<T>): Promise<T> {
    const settled: T[] = [];
    // When the wait ends first, nobody is left to hear that the promise failed.
    promise.then(undefined, () => {});
    await this.#wait(
      (waiter) => {
        promise.then((value) => {
          settled.push(value);
          waiter.resolve(true);
        }, waiter.reject);
      },
      () => false,
    );
    for (const value of settled) return value;
    throw new Error("a wait ended before its promise was settled");
  }

  /** Something changed outside: those who wait look again. */
  wake(): void {
    for (const waiter of this.#waiters) {
      try {
        if (waiter.ready()) waiter.resolve(true);
      } catch (error) {
        waiter.reject(error);
      }
    }
  }

  /**
   * Ends a wait with EINTR and the signal (1 to 63). Answers whether an operation was waiting. If none was, the
   * guest has to be told otherwise; it may have begun an operation by then that has not been read, so its next wait
   * ends with EINTR at once.
   */
  interrupt(signal: number): boolean {
    if (this.#waiters.size === 0) {
      this.#interrupted = true;
      return false;
    }
    this.#signals.raise(signal);
    for (const waiter of this.#waiters) waiter.reject(new Errno("EINTR"));
    return true;
  }

  /** An interrupt that no wait has met is over: what it was for has ended. */
  forgetInterrupt(): void {
    this.#interrupted = false;
  }

  /** Ends a wait with EINTR; whoever does so gives the signal with the answer. Answers whether an operation was waiting. */
  nudge(): boolean {
    const waiting = this.#waiters.size > 0;
    for (const waiter of this.#waiters) waiter.reject(new Errno("EINTR"));
    return waiting;
  }

  /** Ends all waits, now and later, with an error that is no errno. */
  abort(error: unknown): void {
    this.#aborted ??= { error };
    for (const waiter of this.#waiters) waiter.reject(error);
  }

  #wait(start: (waiter: Waiter) => void, ready: () => boolean): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (this.#aborted !== undefined) throw this.#aborted.error;
      if (this.#interrupted) {
        this.#interrupted = false;
        throw new Errno("EINTR");
      }
      const end = (): void => {
        if (this.#waiters.delete(waiter) && this.#waiters.size === 0) this.#idle += now() - this.#since;
      };
      const waiter: Waiter = {
        ready,
        resolve: (answer) => {
          end();
          resolve(answer);
        },
        reject: (error) => {
          end();
          reject(error);
        },
      };
      if (this.#waiters.size === 0) this.#since = now();
      this.#waiters.add(waiter);
      start(waiter);
    });
  }
}
