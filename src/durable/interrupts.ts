import { ITEM } from "./format.js";
import type { Tape } from "./tape.js";

/** Why a guest is interrupted, as the journal has it. */
const REASONS = ["", "cpu", "wall", "output", "operations", "aborted", "interrupted"] as const;
export type InterruptReason = (typeof REASONS)[number];

/**
 * Signals from outside, which come with the answer of an operation: what comes in the midst of computing could not come at the
 * same place again.
 */
export class Interrupts {
  readonly #tape: Tape;
  readonly #pending = new Map<number, InterruptReason>();
  /** Told that a run was interrupted before, and why. */
  #again: (reason: InterruptReason) => void = () => {};

  constructor(tape: Tape) {
    this.#tape = tape;
  }

  again(tell: (reason: InterruptReason) => void): void {
    this.#again = tell;
  }

  /** The signal goes with the next answer that is not in the journal. */
  add(signal: number, reason: InterruptReason): void {
    this.#pending.set(signal, reason);
  }

  /** Asked at each answer: the signal that goes with it, or 0. */
  take(): number {
    const recorded = this.#tape.takeIf(ITEM.raise);
    if (recorded !== undefined) {
      const signal = recorded.u8();
      const reason = REASONS[recorded.u8()] ?? "";
      recorded.end();
      this.#again(reason);
      // A limit that is reached at the same place again is told once.
      this.#pending.delete(signal);
      return signal;
    }
    if (!this.#tape.live || !this.#tape.within) return 0;
    for (const [signal, reason] of this.#pending) {
      this.#pending.delete(signal);
      this.#tape.put(ITEM.raise, (body) => body.u8(signal).u8(REASONS.indexOf(reason)));
      return signal;
    }
    return 0;
  }
}
