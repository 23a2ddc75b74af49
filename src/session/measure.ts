import type { Usage } from "../result.js";
import type { Counters, Guest } from "./guest.js";

const NANOSECONDS = 1e6;

/** Measures what a guest uses between two points in time. */
export class Measure {
  readonly #guest: Guest;
  readonly #wall = performance.now();
  readonly #cpu: number;
  readonly #counters: Counters;

  constructor(guest: Guest) {
    this.#guest = guest;
    this.#cpu = cpuTime(guest) ?? 0;
    this.#counters = guest.counters();
  }

  /** What was used since the measure began; `peakMemory` is of the guest's whole life. */
  usage(peakMemory: number): Usage {
    const now = this.#guest.counters();
    const operations: Record<string, number> = {};
    for (const [name, count] of now.operations) {
      const own = count - (this.#counters.operations.get(name) ?? 0);
      if (own > 0) operations[name] = own;
    }
    return {
      cpu: Math.max(0, (cpuTime(this.#guest) ?? 0) - this.#cpu),
      wall: performance.now() - this.#wall,
      peakMemory,
      operations,
      bytesIn: now.bytesIn - this.#counters.bytesIn,
      bytesOut: now.bytesOut - this.#counters.bytesOut,
    };
  }
}

/** CPU time of the guest process in milliseconds. */
export const cpuTime = (guest: Guest): number | undefined => {
  const time = guest.process.cpuTime();
  return time === undefined ? undefined : Number(time) / NANOSECONDS;
};
