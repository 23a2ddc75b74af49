import type { Clock } from "../kernel/clock.js";
import { ITEM } from "./format.js";
import type { Tape } from "./tape.js";

/** Waits that are shorter, in ns, are waited for from their beginning when the run is continued. */
const SHORT = 100_000_000n;
/** When to look again where the time that will be is not known. */
const LOOK_AGAIN = 50_000_000n;
const MILLISECOND = 1_000_000n;

interface Time {
  readonly real: bigint;
  readonly monotonic: bigint;
}

/**
 * A real clock whose times are in the journal: one in each operation that asks. Between operations it stands still. The
 * time between two processes counts as time that has gone by, as for any computer that slept.
 */
export class DurableClock implements Clock {
  readonly virtual = false;
  readonly resolution: bigint;
  readonly #clock: Clock;
  readonly #tape: Tape;
  /** What was told last, and when that was, in ms since 1970. */
  #time: Time;
  #toldAt: number;
  /** Whether the operation that is served has asked. */
  #asked = false;

  /** `clock` is one that has just begun; the guest's began at `begun`, in ms since 1970. */
  constructor(clock: Clock, tape: Tape, begun: number) {
    this.#clock = clock;
    this.#tape = tape;
    this.resolution = clock.resolution;
    this.#time = { real: BigInt(begun) * MILLISECOND, monotonic: 0n };
    this.#toldAt = begun;
    tape.onLive(() => this.#goOn());
  }

  realtime(): bigint {
    return this.#now().real;
  }

  monotonic(): bigint {
    return this.#now().monotonic;
  }

  peek(): bigint {
    return this.#now(true).real;
  }

  /** Another operation begins: it is told another time. */
  renew(): void {
    this.#asked = false;
  }

  pass(span: bigint): bigint {
    const recorded = this.#tape.takeIf(ITEM.since);
    if (recorded !== undefined) {
      const since = recorded.number();
      recorded.end();
      if (!this.#tape.live) return 0n;
      // It waited already when the controller ended.
      const left = this.#clock.pass(span) - BigInt(Math.max(0, Date.now() - since)) * MILLISECOND;
      return left > 0n ? left : 0n;
    }
    if (!this.#tape.live) return 0n;
    if (span >= SHORT) {
      this.#tape.put(ITEM.since, (body) => body.number(Date.now()));
      this.#tape.commit();
    }
    return this.#clock.pass(span);
  }

  left(deadline: bigint): bigint {
    if (!this.#tape.live) return LOOK_AGAIN;
    const left = deadline - this.#clock.realtime();
    return left > 0n ? this.#clock.pass(left) : 0n;
  }

  elapsed(): bigint {
    return this.#tape.live ? (this.#clock.elapsed?.() ?? this.#time.monotonic) : this.#time.monotonic;
  }

  goOn(elapsed: bigint): void {
    this.#time = { real: this.#time.real, monotonic: elapsed };
  }

  #now(soft = false): Time {
    if (this.#asked || !this.#tape.within) return this.#time;
    this.#asked = true;
    const recorded = this.#tape.take(ITEM.time);
    if (recorded === undefined) {
      const real = this.#clock.realtime();
      const monotonic = this.#clock.monotonic();
      this.#time = {
        real,
        monotonic: later(monotonic, this.#time.monotonic),
      };
      const at = Date.now();
      this.#tape.put(
        ITEM.time,
        (body) => body.i64(this.#time.real).i64(this.#time.monotonic).number(at),
        soft,
      );
      return this.#time;
    }
    this.#time = { real: recorded.i64(), monotonic: recorded.i64() };
    this.#toldAt = recorded.number();
    recorded.end();
    return this.#time;
  }

  #goOn(): void {
    const away = BigInt(Math.max(0, Date.now() - this.#toldAt)) * MILLISECOND;
    this.#clock.goOn?.(this.#time.monotonic + away - (this.#clock.elapsed?.() ?? 0n));
  }
}

const later = (one: bigint, other: bigint): bigint => (one < other ? other : one);
