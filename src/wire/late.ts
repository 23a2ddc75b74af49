/**
 * Calls `act` after so many milliseconds, but not before what has come meanwhile has been seen: to a process that
 * stood still for longer, its timers are due before its events. `act` looks whether it is still called for.
 */
export const late = (milliseconds: number, act: () => void): NodeJS.Timeout =>
  setTimeout(() => setImmediate(act), milliseconds);
