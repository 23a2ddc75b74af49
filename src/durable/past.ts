import type { OperationRecord } from "./format.js";

/** What the host did between operations, after the one of this number. */
export interface Between {
  readonly index: number;
  readonly body: Buffer;
}

/** What a journal had when it was opened. */
export type Recorded =
  | { readonly kind: "operation"; readonly record: OperationRecord }
  | ({ readonly kind: "change" } & Between);

/** What was, as far as it has not come about again. */
export class Past {
  readonly #records: Iterator<Recorded, void>;
  /** Changes that the host made before the next operation that the journal has something of. */
  readonly #changes: Between[] = [];
  #next: OperationRecord | undefined;

  constructor(records: Iterator<Recorded, void>) {
    this.#records = records;
    this.#next = this.#take();
  }

  /** The next operation that the journal has something of. */
  get next(): OperationRecord | undefined {
    return this.#next;
  }

  /** It has come about. */
  goOn(): void {
    this.#next = this.#take();
  }

  /** Changes of the host's that are to be made again: those after operations below a number. */
  due(before: number): readonly Between[] {
    const later = this.#changes.findIndex(({ index }) => index >= before);
    return this.#changes.splice(0, later < 0 ? this.#changes.length : later);
  }

  #take(): OperationRecord | undefined {
    for (;;) {
      const next = this.#records.next();
      if (next.done === true) return undefined;
      if (next.value.kind === "operation") return next.value.record;
      this.#changes.push(next.value);
    }
  }
}
