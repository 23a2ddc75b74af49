/** Bytes that may be held at once, and how many are. */
export class Allowance {
  readonly limit: number;
  #held = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Holds so many more; answers false, and holds none, where that is too much. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.limit) return false;
    this.#held += bytes;
    return true;
  }

  get held(): number {
    return this.#held;
  }

  /** Holds so many more, whether that is too much or not. */
  hold(bytes: number): void {
    this.#held += bytes;
  }

  clear(): void {
    this.#held = 0;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}
