/** Milliseconds that are counted while it runs; beyond a limit it tells. */
export class Stopwatch {
  readonly #limit: number;
  #used = 0;
  #since = performance.now();
  #paused = 0;
  #timer: NodeJS.Timeout | undefined;
  #over: (() => void) | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** From now on `over` is called when the limit is reached. */
  watch(over: () => void): void {
    this.#over = over;
    if (this.#paused === 0) this.#arm();
  }

  pause(): void {
    this.#paused += 1;
    if (this.#paused > 1) return;
    this.#used += performance.now() - this.#since;
    clearTimeout(this.#timer);
  }

  resume(): void {
    this.#paused -= 1;
    if (this.#paused > 0) return;
    this.#since = performance.now();
    if (this.#over !== undefined) this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#over = undefined;
  }

  #arm(): void {
    const left = this.#limit - this.#used - (performance.now() - this.#since);
    this.#timer = setTimeout(() => this.#over?.(), Math.max(0, left));
  }
}
