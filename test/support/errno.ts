import { Errno } from "../../src/wire/errno.js";

/** The errno that something fails with; "ok" if it does not. */
export const errnoOf = (act: () => unknown): string => {
  try {
    act();
    return "ok";
  } catch (error) {
    if (error instanceof Errno) return error.code;
    throw error;
  }
};
