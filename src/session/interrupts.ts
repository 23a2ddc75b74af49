import type { StopReason } from "../limits/watch.js";
import type { Guest, SoftSignal } from "./guest.js";

/** Interrupts of one run: before the guest has fetched its command they would be for the run before. */
export class Interrupts {
  readonly #guest: Guest;
  #fetched = false;
  #early: StopReason | undefined;

  constructor(guest: Guest) {
    this.#guest = guest;
  }

  raise(reason: StopReason): void {
    if (this.#fetched) this.#guest.interrupt(signalFor(reason), reason);
    else this.#early = reason;
  }

  /** The guest has its command. */
  fetched(): void {
    this.#fetched = true;
    const early = this.#early;
    this.#early = undefined;
    if (early !== undefined) this.raise(early);
  }
}

const signalFor = (reason: StopReason): SoftSignal =>
  reason === "aborted" || reason === "interrupted" ? "SIGINT" : "SIGXCPU";
