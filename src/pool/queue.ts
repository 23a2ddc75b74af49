import { formatDuration } from "../checks/units.js";
import { PoolError } from "../errors.js";

interface Waiter<T> {
  readonly resolve: (item: T) => void;
  readonly reject: (error: unknown) => void;
}

export interface QueueOptions {
  readonly most: number;
  /** Milliseconds; Infinity: for ever. */
  readonly wait: number;
}

/** Callers that wait for an item, in the order in which they came; a bounded number, for a bounded time. */
export class Queue<T> {
  readonly #options: QueueOptions;
  readonly #waiters = new Set<Waiter<T>>();

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#waiters.size;
  }

  /** Waits for one's turn. Throws PoolError when the queue is full or the time is up, or the signal's reason. */
  join(signal: AbortSignal | undefined): Promise<T> {
    const { most, wait } = this.#options;
    if (this.#waiters.size >= most) {
      return Promise.reject(
        new PoolError(
          "ERR_POOL_FULL",
          `All sandboxes are in use and ${most} callers wait already, which is the most that "queue" allows`,
        ),
      );
    }
    return new Promise<T>((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const leave = (): void => {
        this.#waiters.delete(waiter);
        clearTimeout(timer);
        signal?.removeEventListener("abort", aborted);
      };
      const waiter: Waiter<T> = {
        resolve: (item) => {
          leave();
          resolve(item);
        },
        reject: (error) => {
          leave();
          reject(error);
        },
      };
      const aborted = (): void => waiter.reject(signal?.reason);
      signal?.addEventListener("abort", aborted, { once: true });
      if (Number.isFinite(wait)) {
        timer = setTimeout(() => {
          const message = `No sandbox was free within ${formatDuration(wait)}, which is what "wait" allows`;
          waiter.reject(new PoolError("ERR_POOL_TIMEOUT", message));
        }, wait);
      }
      this.#waiters.add(waiter);
    });
  }

  /** Gives an item to the first in the queue. */
  serve(item: T): void {
    for (const waiter of this.#waiters) {
      waiter.resolve(item);
      return;
    }
  }

  /** Sends all away. */
  refuse(error: unknown): void {
    for (const waiter of this.#waiters) waiter.reject(error);
  }
}
