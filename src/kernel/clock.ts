/** A clock for the guest. Times are nanoseconds; `realtime` since 1970, `monotonic` since the sandbox began. */
export interface Clock {
  realtime(): bigint;
  monotonic(): bigint;
  /** The realtime as it was told last, without asking: a clock that steps does not. For time stamps of files. */
  peek(): bigint;
  /** The step in which its times move: 1 to 1 s. */
  readonly resolution: bigint;
  /**
   * Real nanoseconds until `span` has gone by on this clock. A virtual clock answers 0, and has moved on: waiting
   * is skipped.
   */
  pass(span: bigint): bigint;
  /** How far it has gone, for a snapshot; and goes on from there in another kernel. */
  elapsed?(): bigint;
  goOn?(elapsed: bigint): void;
  /** Whether time passes only by waiting, so that it is the same in every run. */
  readonly virtual: boolean;
  /**
   * Its times are noted as they are told: alarms come with answers then, by the time that is told for them. Answers how
   * many real nanoseconds it will be until it tells a realtime of at least `deadline`.
   */
  left?(deadline: bigint): bigint;
  /** What is told next is to be the time of now. */
  renew?(): void;
}

/** What time it is in the guest. Times are bigints of nanoseconds. */
export type ClockOptions =
  /** The real time, `offset` ns later, `scale` times as fast, in steps of `resolution` ns (default 1,000,000). */
  | {
      readonly mode: "real";
      readonly offset?: bigint;
      readonly scale?: number;
      readonly resolution?: bigint;
    }
  /** Stands still at `at`; waiting moves it on at once. */
  | { readonly mode: "frozen"; readonly at?: bigint; readonly resolution?: bigint }
  /** Moves on by `step` ns (default 1,000,000) each time it is asked, and by waiting. */
  | { readonly mode: "stepping"; readonly at?: bigint; readonly step?: bigint; readonly resolution?: bigint };

/** 2025-01-01T00:00:00Z: where virtual clocks begin unless told otherwise. */
export const EPOCH = 1_735_689_600_000_000_000n;

const MILLISECOND = 1_000_000n;
const SECOND = 1_000_000_000n;
/** Times stay far within 64 bits. */
const TIME_MAX = 2n ** 62n;

/** Makes a clock. Throws RangeError for a resolution, scale, step or time out of range. */
export const clock = (options: ClockOptions = { mode: "real" }): Clock => {
  const resolution = options.resolution ?? (options.mode === "real" ? MILLISECOND : 1n);
  if (resolution < 1n || resolution > SECOND) {
    throw new RangeError(`a clock's resolution is 1 to ${SECOND} ns, not ${resolution}`);
  }
  if (options.mode === "real") {
    const scale = options.scale ?? 1;
    if (!(scale >= 0.001 && scale <= 1000))
      throw new RangeError(`a clock's scale is 0.001 to 1000, not ${scale}`);
    return new RealClock(within(options.offset ?? 0n), scale, resolution);
  }
  const step = options.mode === "stepping" ? (options.step ?? MILLISECOND) : 0n;
  if (step < 0n || step > 3600n * SECOND)
    throw new RangeError(`a clock's step is 0 to 3600 s, not ${step} ns`);
  return new VirtualClock(within(options.at ?? EPOCH), step, resolution);
};

const within = (time: bigint): bigint => {
  if (time < -TIME_MAX || time > TIME_MAX) throw new RangeError(`a time of ${time} ns is out of range`);
  return time;
};

/** The greatest multiple of the resolution that is not beyond. */
const floor = (time: bigint, resolution: bigint): bigint => {
  const rest = time % resolution;
  return time - (rest < 0n ? rest + resolution : rest);
};

class RealClock implements Clock {
  readonly virtual = false;
  readonly resolution: bigint;
  readonly #offset: bigint;
  readonly #scale: number;
  readonly #start = process.hrtime.bigint();
  #before = 0n;
  readonly #startOfDay = BigInt(Date.now()) * MILLISECOND;

  constructor(offset: bigint, scale: number, resolution: bigint) {
    this.resolution = resolution;
    this.#offset = offset;
    this.#scale = scale;
  }

  realtime(): bigint {
    // The computer's own clock may be set while we run; only where that cannot be followed is time counted on.
    const real =
      this.#scale === 1 && this.resolution >= MILLISECOND
        ? BigInt(Date.now()) * MILLISECOND
        : this.#startOfDay + this.#elapsed();
    return floor(real + this.#offset, this.resolution);
  }

  monotonic(): bigint {
    return floor(this.elapsed(), this.resolution);
  }

  peek(): bigint {
    return this.realtime();
  }

  pass(span: bigint): bigint {
    // In whole steps: whoever has waited has to see that the time has gone by.
    const steps = ((span + this.resolution - 1n) / this.resolution) * this.resolution;
    return this.#scale === 1 ? steps : BigInt(Math.ceil(Number(steps) / this.#scale));
  }

  elapsed(): bigint {
    return this.#before + this.#elapsed();
  }

  goOn(elapsed: bigint): void {
    this.#before = within(elapsed);
  }

  #elapsed(): bigint {
    const real = process.hrtime.bigint() - this.#start;
    return this.#scale === 1 ? real : BigInt(Math.floor(Number(real) * this.#scale));
  }
}

class VirtualClock implements Clock {
  readonly virtual = true;
  readonly resolution: bigint;
  readonly #at: bigint;
  readonly #step: bigint;
  #elapsed = 0n;

  constructor(at: bigint, step: bigint, resolution: bigint) {
    this.#at = at;
    this.#step = step;
    this.resolution = resolution;
  }

  realtime(): bigint {
    return floor(this.#at + this.#next(), this.resolution);
  }

  monotonic(): bigint {
    return floor(this.#next(), this.resolution);
  }

  peek(): bigint {
    return floor(this.#at + this.#elapsed, this.resolution);
  }

  pass(span: bigint): bigint {
    this.#elapsed = min(this.#elapsed + span, TIME_MAX);
    return 0n;
  }

  elapsed(): bigint {
    return this.#elapsed;
  }

  goOn(elapsed: bigint): void {
    this.#elapsed = within(elapsed);
  }

  #next(): bigint {
    this.#elapsed = min(this.#elapsed + this.#step, TIME_MAX);
    return this.#elapsed;
  }
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
