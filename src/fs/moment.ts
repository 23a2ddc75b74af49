/**
 * The operation of a guest's that is being carried out right now, without having waited for anything: what a file
 * system has found out in the same moment it need not find out again.
 */
let current = 0;
let last = 0;

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
