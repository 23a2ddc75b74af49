import { availableParallelism } from "node:os";
import { PoolError } from "../errors.js";
import { reasonOf } from "../wire/thrown.js";

/** What a pool keeps: a sandbox, or what stands for one in a test. */
export interface Item {
  /** Settles when the item is of no use any more. */
  readonly ended: Promise<unknown>;
  close(): Promise<void>;
}

export interface StockOptions<T extends Item> {
  readonly size: number;
  readonly max: number;
  readonly shrink: number;
  readonly create: () => Promise<T>;
  /** An item has come into the stock. */
  readonly arrived: () => void;
  /** Starting failed, several times in a row. */
  readonly failed: (error: unknown) => void;
  /** How many items are waited for. */
  readonly wanted: () => number;
}

/** The sandboxes of a pool in numbers. */
export interface StockMetrics {
  /** Sandboxes that stand ready. */
  readonly ready: number;
  readonly starting: number;
  readonly inUse: number;
  /** How many are to stand ready now: `size`, or more after callers had to wait. */
  readonly target: number;
  /** Sandboxes that were started so far. */
  readonly started: number;
  /** Sandboxes that died before anyone used them. */
  readonly died: number;
  readonly failedStarts: number;
}

/** How many start at a time: more would only take each other's processor. */
const STARTING = Math.max(2, availableParallelism());
/** Milliseconds until what was handed out is replaced, while others stand ready. */
const REFILL_AFTER = 25;
/** Failed starts in a row after which callers are told. */
const PATIENCE = 3;
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 5_000;

/** The error for items that do not start, with the reason. */
export const noStart = (cause: unknown): PoolError => {
  const reason = reasonOf(cause);
  return new PoolError("ERR_POOL_START", `No sandbox starts: ${reason}`, { cause });
};

/** Items that stand ready, each handed out once, and the starting of new ones. */
export class Stock<T extends Item = Item> {
  readonly #options: StockOptions<T>;
  readonly #ready = new Set<T>();
  readonly #inUse = new Set<T>();
  readonly #starting = new Set<Promise<void>>();
  readonly #onChange = new Set<() => void>();
  #target: number;
  #shrinking: NodeJS.Timeout | undefined;
  #pausing: NodeJS.Timeout | undefined;
  #filling: NodeJS.Timeout | undefined;
  #failures = 0;
  #lastError: unknown;
  #closed = false;
  #started = 0;
  #died = 0;
  #failedStarts = 0;

  constructor(options: StockOptions<T>) {
    this.#options = options;
    this.#target = options.size;
    this.#fill();
  }

  get metrics(): StockMetrics {
    return {
      ready: this.#ready.size,
      starting: this.#starting.size,
      inUse: this.#inUse.size,
      target: this.#target,
      started: this.#started,
      died: this.#died,
      failedStarts: this.#failedStarts,
    };
  }

  /** An item that stands ready, if there is one. */
  take(): T | undefined {
    for (const item of this.#ready) {
      this.#ready.delete(item);
      this.#inUse.add(item);
      this.#fillSoon();
      return item;
    }
    return undefined;
  }

  /** An item has been used, and is closed. */
  used(item: T): void {
    void item
      .close()
      .catch(() => undefined)
      .finally(() => {
        this.#inUse.delete(item);
        this.#fill();
        this.#changed();
      });
  }

  /** Someone has to wait: more shall stand ready from now on. */
  short(): void {
    this.#target = Math.min(this.#options.max, this.#target + 1);
    this.#fill();
    this.#shrinkLater();
  }

  /** Settles when the first `size` items stand ready; rejects when they do not start. */
  async full(): Promise<void> {
    while (!this.#closed && this.#ready.size + this.#inUse.size < this.#options.size) {
      if (this.#failures >= PATIENCE) {
        throw noStart(this.#lastError);
      }
      await new Promise<void>((resolve) => {
        this.#onChange.add(resolve);
      });
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#shrinking);
    clearTimeout(this.#pausing);
    clearTimeout(this.#filling);
    await Promise.allSettled(this.#starting);
    await Promise.allSettled([...this.#ready, ...this.#inUse].map((item) => item.close()));
    this.#ready.clear();
    this.#changed();
  }

  /** Starting a process holds this one up: those who just got an item go first, while there are others. */
  #fillSoon(): void {
    if (this.#ready.size === 0) {
      setImmediate(() => this.#fill());
      return;
    }
    this.#filling ??= setTimeout(() => {
      this.#filling = undefined;
      this.#fill();
    }, REFILL_AFTER);
  }

  #fill(): void {
    if (this.#closed || this.#pausing !== undefined) return;
    const aim = Math.max(this.#target, this.#options.wanted());
    while (
      this.#ready.size + this.#starting.size < aim &&
      this.#ready.size + this.#starting.size + this.#inUse.size < this.#options.max &&
      this.#starting.size < STARTING
    ) {
      const start = this.#start().finally(() => {
        this.#starting.delete(start);
        this.#fill();
        this.#changed();
      });
      this.#starting.add(start);
    }
  }

  async #start(): Promise<void> {
    let item: T;
    try {
      item = await this.#options.create();
    } catch (error) {
      this.#startFailed(error);
      return;
    }
    this.#failures = 0;
    this.#started++;
    if (this.#closed) {
      await item.close();
      return;
    }
    this.#ready.add(item);
    void item.ended.then(() => {
      if (!this.#ready.delete(item)) return;
      this.#died++;
      this.#fill();
    });
    this.#options.arrived();
  }

  #startFailed(error: unknown): void {
    this.#failures++;
    this.#failedStarts++;
    this.#lastError = error;
    if (this.#failures >= PATIENCE) this.#options.failed(error);
    if (this.#closed) return;
    clearTimeout(this.#pausing);
    this.#pausing = setTimeout(
      () => {
        this.#pausing = undefined;
        this.#fill();
      },
      Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (this.#failures - 1)),
    );
    if (this.#options.wanted() === 0) this.#pausing.unref();
  }

  #shrinkLater(): void {
    clearTimeout(this.#shrinking);
    this.#shrinking = undefined;
    if (this.#closed || this.#target <= this.#options.size) return;
    this.#shrinking = setTimeout(() => {
      this.#target--;
      this.#dismissSurplus();
      this.#shrinkLater();
    }, this.#options.shrink);
    this.#shrinking.unref();
  }

  #dismissSurplus(): void {
    for (const item of this.#ready) {
      if (this.#ready.size <= this.#target) return;
      this.#ready.delete(item);
      void item.close().catch(() => undefined);
    }
  }

  #changed(): void {
    for (const tell of this.#onChange) tell();
    this.#onChange.clear();
  }
}
