/**
 * The operation of a guest's that is being carried out right now, without having waited for anything; and whether anybody
 * else has had a turn since another one. What has been found out in the same moment, or, for what may be a little
 * old, with nobody having had a turn since, need not be found out again.
 */
let current = 0;
let last = 0;
let turns = 0;

/** A number that no other moment has; 0 outside of any. */
export const moment = (): number => current;

/** Does something in a moment of its own, which is over when this returns. */
export const inMoment = <Args, Answer>(act: (args: Args) => Answer, args: Args): Answer => {
  const outer = current;
  last += 1;
  current = last;
  try {
    return act(args);
  } finally {
    current = outer;
  }
};

/** Others have had a turn: the event loop, code of the host's, a guest that has changed something. */
export const otherTurn = (): void => {
  turns += 1;
};

/** How many turns others have had. */
export const otherTurns = (): number => turns;
