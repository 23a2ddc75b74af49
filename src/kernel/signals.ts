import { Errno } from "../wire/errno.js";

export const SIGNAL_MAX = 63;

/** Signals for the guest that travel with answers: one with each, until none is left. */
export class Signals {
  readonly #pending = new Set<number>();

  /** Throws EINVAL for a number that is no signal (1 to 63). */
  raise(signal: number): void {
    if (!Number.isInteger(signal) || signal < 1 || signal > SIGNAL_MAX) throw new Errno("EINVAL");
    this.#pending.add(signal);
  }

  /** All that are pending. */
  get pending(): readonly number[] {
    return [...this.#pending];
  }

  /** The signal that goes with the answer that is being made; 0 if there is none. */
  take(): number {
    if (this.#pending.size === 0) return 0;
    for (const signal of this.#pending) {
      this.#pending.delete(signal);
      return signal;
    }
    return 0;
  }
}
