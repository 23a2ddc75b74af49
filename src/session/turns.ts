/** Lets one at a time do something, in the order in which they asked. */
export class Turns {
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** Whether someone has, or waits for, a turn. */
  get taken(): boolean {
    return this.#waiting > 0;
  }

  async take<T>(action: () => Promise<T>): Promise<T> {
    const before = this.#last;
    let done = (): void => undefined;
    this.#last = new Promise((resolve) => {
      done = resolve;
    });
    const alone = this.#waiting === 0;
    this.#waiting++;
    try {
      if (!alone) await before;
      return await action();
    } finally {
      this.#waiting--;
      done();
    }
  }
}
