/**
 * When to wait for a guest's next request without leaving for the event loop, and for how long.
 *
 * A guest that reads a directory or imports modules asks again within microseconds, while the way through the
 * event loop takes tens of them. So a channel waits a little for the next request of a guest whose requests have
 * been coming fast, gives up at once on one whose have not, and does not wait at all while other guests want to
 * be served. How much is served in one turn is bounded, so that timers and everything else get theirs.
 */

/** Longest wait (ms) for one request: about what leaving and coming back costs. */
const PATIENCE = 0.03;
/** Bytes that a guest takes of an answer in a millisecond, at least: so much longer is the wait after a large one. */
const TAKEN = 8 * 1024 * 1024;
/** A turn ends after so many milliseconds or requests. */
const TURN_TIME = 1;
const TURN_REQUESTS = 256;
/** How long (ms) nobody waits after requests of different guests have been seen. */
const CONTENTION = 5;
/** Most turns that a channel goes without waiting, after waiting in vain again and again. */
const MAX_ABSTENTION = 64;

let lastServed: Pacing | undefined;
let contendedUntil = 0;

export class Pacing {
  #turnEnd = 0;
  #served = 0;
  #inVain = 0;
  #abstain = 0;
  #answered = 0;
  #spins = false;

  /** An event has brought a request: a turn begins. */
  beginTurn(): void {
    const now = performance.now();
    if (lastServed !== this) {
      if (lastServed !== undefined && now - lastServed.#answered < CONTENTION)
        contendedUntil = now + CONTENTION;
      lastServed = this;
    }
    this.#turnEnd = now + TURN_TIME;
    this.#served = 0;
    // Had the channel waited after its last answer, it would have been in time.
    if (now - this.#answered < 3 * PATIENCE) this.#abstain = Math.min(this.#abstain, 1);
    if (this.#abstain > 0) this.#abstain--;
    this.#spins = this.#abstain === 0 && now >= contendedUntil;
  }

  /**
   * A request has been answered with so many bytes: until when (in performance.now's time) to look for the next, or 0: no
   * more.
   */
  afterAnswer(bytes: number): number {
    const now = performance.now();
    this.#answered = now;
    if (!this.#spins || ++this.#served >= TURN_REQUESTS || now >= this.#turnEnd) return 0;
    return now + PATIENCE + bytes / TAKEN;
  }

  /** A part of a request has come, and no more yet: until when to look for more, or 0: no longer. */
  amidRequest(): number {
    const now = performance.now();
    return this.#spins && now < this.#turnEnd ? now + PATIENCE : 0;
  }

  /** What became of waiting. */
  waited(success: boolean): void {
    if (success) {
      this.#inVain = 0;
      return;
    }
    this.#inVain = Math.min(this.#inVain + 1, 16);
    if (this.#inVain > 1) this.#abstain = Math.min(2 ** (this.#inVain - 1), MAX_ABSTENTION);
  }
}
