import { overdue, redoLimits, type TimeLimits } from "../durable/redo.js";
import type { DurableError } from "../errors.js";
import { Watch } from "../limits/watch.js";
import type { Guest } from "./guest.js";
import { cpuTime } from "./measure.js";

/** Ends a guest that does not get done again what it did before, and says why. */
export type GiveUp = (error: DurableError) => void;

/**
 * Watches over a run that is done again: it has the time that its limits leave for that. No signal would do then: those come with answers,
 * and what comes with an answer is in the journal already.
 */
export const watchRedo = (guest: Guest, giveUp: GiveUp, ...of: readonly TimeLimits[]): Watch => {
  const limits = redoLimits(...of);
  return new Watch({
    limits,
    grace: 0,
    cpuTime: () => cpuTime(guest),
    stop: (reason) => {
      if (reason === "cpu" || reason === "wall") giveUp(overdue(limits, reason));
    },
    kill: () => undefined,
  });
};
