/** Something that all sockets of a guest share, so that many of them hold no more than one could. */
export class Share {
  readonly #most: number;
  #used = 0;

  constructor(most: number) {
    this.#most = most;
  }

  fits(amount: number): boolean {
    return this.#used + amount <= this.#most;
  }

  take(amount: number): void {
    this.#used += amount;
  }

  give(amount: number): void {
    this.#used -= amount;
  }
}
