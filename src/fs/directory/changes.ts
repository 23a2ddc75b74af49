import { moment, otherTurn, otherTurns } from "../../wire/moment.js";

/** Changes something. What is found out meanwhile holds no longer than that takes. */
export const changing = <T>(act: () => T): T => {
  otherTurn();
  try {
    return act();
  } finally {
    otherTurn();
  }
};

/**
 * When something was found out. Within the same moment of the guest's, and if no one else has had a turn in this
 * process meanwhile, it need not be found out again; nor, where that may be, within so many milliseconds.
 */
export class Finding {
  #moment = 0;
  #turns = -1;
  #time = 0;

  /** It was found out just now. */
  made(): void {
    this.#moment = moment();
    this.#turns = otherTurns();
    this.#time = performance.now();
  }

  /** Whether it was in this very moment. */
  get holds(): boolean {
    return this.#turns === otherTurns() && this.#moment !== 0 && this.#moment === moment();
  }

  /** Whether, besides, it was not longer ago than that. Outside of a guest's operation: no. */
  within(milliseconds: number): boolean {
    return this.#turns === otherTurns() && moment() !== 0 && performance.now() - this.#time < milliseconds;
  }
}
