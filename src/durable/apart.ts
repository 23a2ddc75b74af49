import { AsyncLocalStorage } from "node:async_hooks";

/** Whose operations code at work is apart from: of one session, perhaps within another's. */
interface Apart {
  readonly from: object;
  readonly outer: Apart | undefined;
}

/** One for all sessions, since every one that there is makes every promise of the process dearer. */
const apart = new AsyncLocalStorage<Apart>();

/** Does something that is no part of the operations of `from`, whichever is served meanwhile: the host's own doing. */
export const doApart = <T>(from: object, action: () => T): T =>
  isApart(from) ? action() : apart.run({ from, outer: apart.getStore() }, action);

/** Whether code at work is such. */
export const isApart = (from: object): boolean => {
  for (let at = apart.getStore(); at !== undefined; at = at.outer) if (at.from === from) return true;
  return false;
};
