import type { ParsedRunLimits } from "../options/limits.js";

/** What a limit can be of. */
export type LimitName = "cpu" | "wall" | "output" | "operations";

/** Why a guest is told to stop. */
export type StopReason = LimitName | "aborted" | "interrupted";

export interface WatchOptions {
  readonly limits: Pick<ParsedRunLimits, "cpu" | "wall">;
  /** Milliseconds between the request to stop and the kill. */
  readonly grace: number;
  /** CPU time of the guest process so far, in milliseconds; undefined where it cannot be told. */
  readonly cpuTime: () => number | undefined;
  /** Asks the guest to stop. */
  readonly stop: (reason: StopReason) => void;
  /** Half of the grace period has gone by: the request may have come just as the guest began to wait. */
  readonly remind?: (reason: StopReason) => void;
  readonly kill: (reason: StopReason) => void;
  /** Time counts from `start` on only. Default: from now on. */
  readonly held?: boolean;
}

/** The shortest wait between two looks at the CPU time of a guest that is about to have used it up. */
const LEAST = 5;

/**
 * Ends a run in time: tells the guest to stop, and kills it when it does not within the grace period.
 *
 * CPU time cannot grow faster than time on the clock, so one timer of what remains is enough; it is set anew
 * when it fires early because the guest waited.
 */
export class Watch implements Disposable {
  readonly #options: WatchOptions;
  readonly #cpuAtStart: number;
  /** When it began to count. */
  #began = 0;
  readonly #timers = new Set<NodeJS.Timeout>();
  #stopped: StopReason | undefined;
  #killed = false;
  #ended = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#cpuAtStart = options.cpuTime() ?? 0;
    if (options.held !== true) this.start(0);
  }

  /** Begins to count: `used` ms of time on the clock are gone already. */
  start(used: number): void {
    if (this.#ended || this.#stopped !== undefined) return;
    this.#began = performance.now() - used;
    const { cpu, wall } = this.#options.limits;
    if (Number.isFinite(wall)) this.#after(Math.max(0, wall - used), () => this.stop("wall"));
    if (Number.isFinite(cpu)) this.#checkCpu();
  }

  /** Why the guest was told to stop, if it was. */
  get stopped(): StopReason | undefined {
    return this.#stopped;
  }

  /** Whether it did not, and was killed. */
  get killed(): boolean {
    return this.#killed;
  }

  /** Tells the guest to stop; the first reason counts. */
  stop(reason: StopReason): void {
    if (this.#ended || this.#stopped !== undefined) return;
    this.#clear();
    this.#stopped = reason;
    this.#options.stop(reason);
    this.#after(this.#options.grace / 2, () => this.#options.remind?.(reason));
    this.#after(this.#options.grace, () => this.#kill(reason));
  }

  [Symbol.dispose](): void {
    this.#ended = true;
    this.#clear();
  }

  #kill(reason: StopReason): void {
    this.#clear();
    this.#killed = true;
    this.#options.kill(reason);
  }

  #checkCpu(): void {
    const cpu = this.#options.cpuTime();
    // Where it cannot be told (not Linux, or a /proc that hides other users' processes), it is at most the clock's.
    const used = cpu === undefined ? performance.now() - this.#began : cpu - this.#cpuAtStart;
    const left = this.#options.limits.cpu - used;
    if (left <= 0) this.stop("cpu");
    else this.#after(Math.max(left, LEAST), () => this.#checkCpu());
  }

  #after(milliseconds: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, milliseconds);
    this.#timers.add(timer);
  }

  #clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
