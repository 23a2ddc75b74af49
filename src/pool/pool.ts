import { checkKeys } from "../checks/objects.js";
import { type Duration, parseCount, parseDuration } from "../checks/units.js";
import { PoolError } from "../errors.js";
import type { RunOptions, SandboxOptions } from "../options/sandbox.js";
import type { RunResult } from "../result.js";
import { Sandbox } from "../sandbox.js";
import { Queue } from "./queue.js";
import { noStart, Stock, type StockMetrics } from "./stock.js";

/** How many sandboxes stand ready, who may wait for one, and what each is made with. */
export interface PoolOptions {
  /** Sandboxes that stand ready: 0 to 10000. */
  readonly size: number;
  /** Most sandboxes at a time, ready or in use: 1 to 10000. Default: four times `size`, at least 4. */
  readonly max?: number;
  /** Most callers that may wait for a sandbox: 0 to 1000000. One more is refused with ERR_POOL_FULL. Default: 1000. */
  readonly queue?: number;
  /** How long a caller may wait for a sandbox. Default: as long as it takes. */
  readonly wait?: Duration;
  /** After how long without a waiting caller the pool shrinks by one, towards `size`. Default: 10 s. */
  readonly shrink?: Duration;
  /** What every sandbox is made with. */
  readonly options?: Omit<SandboxOptions, "signal">;
  /** Readies a new sandbox before anyone gets it: imports, files, definitions. */
  readonly prepare?: (sandbox: Sandbox) => Promise<unknown>;
}

const KEYS: ReadonlySet<string> = new Set<keyof PoolOptions>([
  "size",
  "max",
  "queue",
  "wait",
  "shrink",
  "options",
  "prepare",
]);

/** A pool in numbers, as it is now and since it began. */
export interface PoolMetrics extends StockMetrics {
  /** Callers that wait now. */
  readonly waiting: number;
  /** Runs and uses that got a sandbox so far. */
  readonly served: number;
  /** Callers that were refused because the queue was full, or gave up waiting. */
  readonly refused: number;
  /** Mean and longest time from asking for a sandbox to getting it, in milliseconds. */
  readonly meanWait: number;
  readonly longestWait: number;
}

/**
 * Sandboxes that stand ready, each used once: nothing of one user ever reaches the next.
 *
 * The stock grows while callers have to wait, up to `max`, and shrinks back to `size`; what dies is replaced.
 */
export class Pool implements AsyncDisposable {
  readonly #stock: Stock<Sandbox>;
  readonly #queue: Queue<Sandbox>;
  readonly #using = new Set<Promise<unknown>>();
  #closed: PoolError | undefined;
  #served = 0;
  #refused = 0;
  #waited = 0;
  #longest = 0;

  constructor(options: PoolOptions) {
    checkKeys(options, KEYS, { what: "option of a pool" });
    const size = parseCount(options.size, "size", { min: 0, max: 10_000 });
    const max = parseCount(options.max ?? Math.max(4, size * 4), "max", {
      min: Math.max(1, size),
      max: 10_000,
    });
    this.#queue = new Queue({
      most: parseCount(options.queue ?? 1000, "queue", { min: 0, max: 1_000_000 }),
      wait:
        options.wait === undefined
          ? Number.POSITIVE_INFINITY
          : parseDuration(options.wait, "wait", { min: 1, max: 24 * 24 * 3600e3 }),
    });
    const { prepare } = options;
    this.#stock = new Stock<Sandbox>({
      size,
      max,
      shrink: parseDuration(options.shrink ?? 10_000, "shrink", { min: 10, max: 24 * 24 * 3600e3 }),
      create: async () => {
        const sandbox = await Sandbox.create(options.options);
        try {
          await sandbox.ready();
          await prepare?.(sandbox);
        } catch (error) {
          await sandbox.close();
          throw error;
        }
        return sandbox;
      },
      arrived: () => this.#hand(),
      failed: (error) => this.#fail(error),
      wanted: () => this.#queue.length,
    });
  }

  get metrics(): PoolMetrics {
    return {
      ...this.#stock.metrics,
      waiting: this.#queue.length,
      served: this.#served,
      refused: this.#refused,
      meanWait: this.#served === 0 ? 0 : this.#waited / this.#served,
      longestWait: this.#longest,
    };
  }

  /** Runs code in a sandbox of its own, as `Sandbox.run` does, but without the wait for its start. */
  async run<T = unknown>(code: string, options: RunOptions = {}): Promise<RunResult<T>> {
    return this.use((sandbox) => sandbox.run<T>(code, options), options);
  }

  /** Gives a sandbox to a function, and closes it when the function is done. */
  async use<T>(
    action: (sandbox: Sandbox) => PromiseLike<T>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<T> {
    const done = this.#use(action, options.signal);
    this.#using.add(done);
    try {
      return await done;
    } finally {
      this.#using.delete(done);
    }
  }

  /** Waits until `size` sandboxes stand ready. Throws the PoolError that says why they do not start. */
  async ready(): Promise<void> {
    await this.#stock.full();
  }

  /** Takes no more callers, waits for those that run or wait, and closes every sandbox. */
  async drain(): Promise<void> {
    this.#closed ??= new PoolError("ERR_POOL_CLOSED", "The pool was drained, and takes no more runs");
    while (this.#using.size > 0) await Promise.allSettled(this.#using);
    await this.#stock.close();
  }

  /** Refuses those that wait, kills what runs, and closes every sandbox. */
  async close(): Promise<void> {
    this.#closed ??= new PoolError("ERR_POOL_CLOSED", "The pool was closed, and takes no more runs");
    this.#queue.refuse(this.#closed);
    await this.#stock.close();
    await Promise.allSettled(this.#using);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #use<T>(action: (sandbox: Sandbox) => PromiseLike<T>, signal: AbortSignal | undefined): Promise<T> {
    const sandbox = await this.#take(signal);
    try {
      return await action(sandbox);
    } finally {
      this.#stock.used(sandbox);
    }
  }

  async #take(signal: AbortSignal | undefined): Promise<Sandbox> {
    signal?.throwIfAborted();
    if (this.#closed !== undefined) throw this.#closed;
    const asked = performance.now();
    const waiting = this.#queue.length > 0 ? undefined : this.#stock.take();
    let sandbox = waiting;
    if (sandbox === undefined) {
      try {
        const turn = this.#queue.join(signal);
        this.#stock.short();
        sandbox = await turn;
      } catch (error) {
        if (error instanceof PoolError) this.#refused++;
        throw error;
      }
    }
    const waited = performance.now() - asked;
    this.#served++;
    this.#waited += waited;
    this.#longest = Math.max(this.#longest, waited);
    return sandbox;
  }

  #hand(): void {
    while (this.#queue.length > 0) {
      const sandbox = this.#stock.take();
      if (sandbox === undefined) return;
      this.#queue.serve(sandbox);
    }
  }

  #fail(error: unknown): void {
    this.#queue.refuse(noStart(error));
  }
}
