import { Errno } from "../wire/errno.js";
import type { Clock } from "./clock.js";
import type { Signals } from "./signals.js";
import type { Waits } from "./waits.js";

export const SIGALRM = 14;

/** How often a virtual clock's alarm looks whether the guest has come to wait, in ns. */
const LOOK_AGAIN = 50_000_000n;
/** How often an alarm looks whose clock's times are noted. */
const LOOK_NOTED = 1_000_000_000n;
/** Longest that a timer of Node takes, in ms. */
const TIMER_MAX = 2 ** 31 - 1;
/** Shortest time between two alarms: a guest cannot keep the controller busy with them. */
const INTERVAL_MIN = 1_000_000n;

/** What a timer is set to: nanoseconds until it goes off (0: never), and between the times after that (0: none). */
export interface Setting {
  readonly left: bigint;
  readonly again: bigint;
}

/**
 * The guest's interval timer, as setitimer(ITIMER_REAL) and alarm. When it goes off, an operation that waits is
 * interrupted; where none does, the process gets the signal, unless the clock is virtual: then code that computes is not
 * interrupted, so that it does the same in every run, and the alarm comes with the answer by which the guest could
 * know that the time is over.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #waits: Waits;
  readonly #signals: Signals;
  readonly #elsewhere: (() => void) | undefined;
  /** On the guest's realtime clock, as it was told last. */
  #deadline: bigint | undefined;
  #again = 0n;
  #timer: NodeJS.Timeout | undefined;

  /** `elsewhere` has the signal sent to the process. Where it is missing, the signal comes with the next answer. */
  constructor(clock: Clock, waits: Waits, signals: Signals, elsewhere: (() => void) | undefined) {
    this.#clock = clock;
    this.#waits = waits;
    this.#signals = signals;
    this.#elsewhere = elsewhere;
  }

  ask(): Setting {
    if (this.#deadline === undefined) return { left: 0n, again: 0n };
    const left = this.#deadline - this.#clock.peek();
    return { left: left > 0n ? left : 1n, again: this.#again };
  }

  /** Answers what it was before. Throws EINVAL for negative times. */
  set(value: bigint, interval: bigint): Setting {
    if (value < 0n || interval < 0n) throw new Errno("EINVAL");
    const before = this.ask();
    this.stop();
    if (value > 0n) {
      this.#again = interval > 0n && interval < INTERVAL_MIN ? INTERVAL_MIN : interval;
      this.#arm(value);
    }
    return before;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#deadline = undefined;
    this.#again = 0n;
  }

  /** Asked at each answer. */
  check(): void {
    if (this.#deadline === undefined || !(this.#clock.virtual || this.#clock.left !== undefined)) return;
    this.#clock.renew?.();
    if (this.#clock.peek() < this.#deadline) return;
    this.#next();
    this.#signals.raise(SIGALRM);
  }

  #arm(span: bigint): void {
    this.#deadline = this.#clock.peek() + span;
    if (this.#clock.left !== undefined) this.#waitNoted(this.#clock.left(this.#deadline));
    else this.#wait(this.#clock.virtual ? span : this.#clock.pass(span));
  }

  #waitNoted(left: bigint): void {
    this.#wait(left < LOOK_NOTED ? left : LOOK_NOTED);
  }

  #wait(real: bigint): void {
    const ms = Number((real + 999_999n) / 1_000_000n);
    this.#timer = setTimeout(
      () => (ms > TIMER_MAX ? this.#wait(real - BigInt(TIMER_MAX) * 1_000_000n) : this.#elapsed()),
      Math.min(ms, TIMER_MAX),
    );
    // The guest's process keeps the controller alive, not its alarm.
    this.#timer.unref();
  }

  #elapsed(): void {
    if (this.#deadline === undefined) return;
    if (this.#clock.left !== undefined) {
      const left = this.#clock.left(this.#deadline);
      // That it went off is found, and told, when the operation is answered.
      if (left <= 0n) this.#waits.nudge();
      this.#waitNoted(left > 0n ? left : LOOK_AGAIN);
      return;
    }
    if (this.#clock.virtual) {
      if (!this.#waits.waiting) {
        this.#wait(LOOK_AGAIN);
        return;
      }
      const left = this.#deadline - this.#clock.peek();
      if (left > 0n) this.#clock.pass(left);
    }
    this.#next();
    if (this.#waits.interrupt(SIGALRM)) return;
    if (this.#elsewhere === undefined) this.#signals.raise(SIGALRM);
    else this.#elsewhere();
  }

  /** It has gone off: once, or to go off again. */
  #next(): void {
    clearTimeout(this.#timer);
    if (this.#again > 0n) this.#arm(this.#again);
    else this.stop();
  }
}
