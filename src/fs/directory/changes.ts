import { moment } from "../moment.js";

/** How often a guest has changed anything through any directory mount: what was found out before may be different. */
let count = 0;

/** Changes something. What is found out meanwhile holds no longer than that takes. */
export const changing = <T>(act: () => T): T => {
  count += 1;
  try {
    return act();
  } finally {
    count += 1;
  }
};

/**
 * When something was found out. Within the same moment of the guest's, and without a change of its doing in between,
 * it need not be found out again; nor, where that may be, within so many milliseconds.
 */
export class Finding {
  #moment = 0;
  #count = -1;
  #time = 0;

  /** It was found out just now. */
  made(): void {
    this.#moment = moment();
    this.#count = count;
    this.#time = performance.now();
  }

  /** Whether it was in this very moment. */
  get holds(): boolean {
    return this.#count === count && this.#moment !== 0 && this.#moment === moment();
  }

  /** Whether, besides, it was not longer ago than that. Outside of a guest's operation: no. */
  within(milliseconds: number): boolean {
    return this.#count === count && moment() !== 0 && performance.now() - this.#time < milliseconds;
  }
}
