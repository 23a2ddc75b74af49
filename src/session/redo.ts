import { overdue, redoLimits, type TimeLimits } from "../durable/redo.js";
import type { DurableSession } from "../durable/session.js";
import { Watch } from "../limits/watch.js";
import type { Guest } from "./guest.js";
import { cpuTime } from "./measure.js";

export interface Redoing {
  readonly guest: Guest;
  readonly durable: DurableSession;
  readonly kill: (reason: string) => void;
}

/**
 * Ends a guest that does not get done again what it did before, within what the run's limits leave for that; the tape has the
 * error then. No signal would do: those come with answers, and what comes with an answer is in the journal already.
 */
export const watchRedo = ({ guest, durable, kill }: Redoing, ...of: readonly TimeLimits[]): Watch => {
  const limits = redoLimits(...of);
  const time = (): number | undefined => cpuTime(guest);
  return new Watch({
    limits,
    grace: 0,
    cpuTime: time,
    stop: (reason) => {
      // A guest that is gone has no CPU time: why it is gone is another matter.
      if (time() === undefined || (reason !== "cpu" && reason !== "wall")) return;
      durable.guest.tape.fail(overdue(limits, reason));
      kill("what it did before took too long to do again");
    },
    kill: () => undefined,
  });
};
