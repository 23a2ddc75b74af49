import { formatDuration } from "../checks/units.js";
import { DurableError } from "../errors.js";

/** Limits of time of a run, in ms; Infinity: none. */
export interface TimeLimits {
  readonly cpu: number;
  readonly wall: number;
}

/** By how much what is done again may take longer: another engine, or a machine that is slower or has more to do. */
const SLOWER = 10;
/** ms that it may take in any case: a guest that has just begun compiles and reads what it needs. */
const ANYWAY = 5000;

/** How long a run may take that is done again: without its waits, and on whatever machine. Only a run that has limits has these. */
export const redoLimits = (...limits: readonly TimeLimits[]): TimeLimits => {
  const least = (name: keyof TimeLimits): number => Math.min(...limits.map((each) => each[name]));
  return { cpu: least("cpu") * SLOWER + ANYWAY, wall: least("wall") * SLOWER + ANYWAY };
};

/** A run that is done again took longer than it may. */
export const overdue = (limits: TimeLimits, of: keyof TimeLimits): DurableError => {
  const time = `${formatDuration(limits[of])} of ${of === "cpu" ? "CPU time" : "time"}`;
  return new DurableError(
    "diverged",
    `the run cannot be continued: what it did before took ${time} to do again, and is not done; it is not given what it was given then (interceptors, file systems in memory), or this machine is much slower`,
  );
};
