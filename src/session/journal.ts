import type { TimeLimits } from "../durable/redo.js";
import type { DurableSession } from "../durable/session.js";
import { ClosedError } from "../errors.js";
import type { Display } from "../protocol/messages.js";
import type { DisplayBundle } from "../result.js";
import type { SnapshotState } from "../snapshot/state.js";
import type { PythonDriver } from "./driver.js";
import type { Execution } from "./execution.js";
import { type Output, textOf } from "./output.js";
import { executionOf, keptOf, type Reports } from "./recorded.js";

export interface SessionJournalOptions {
  readonly journal: DurableSession;
  /** The state, taken within a turn. */
  readonly save: () => Promise<SnapshotState>;
}

/** What a durable session does with its journal, run by run. */
export class SessionJournal {
  readonly durable: DurableSession;
  readonly #save: () => Promise<SnapshotState>;

  constructor({ journal, save }: SessionJournalOptions) {
    this.durable = journal;
    this.#save = save;
  }

  /** A run that is over, under this name, as it was. */
  again(
    id: string,
    outputs: { readonly stdout: Output; readonly stderr: Output },
    toBundle: (display: Display) => DisplayBundle,
  ): Execution | undefined {
    const record = this.durable.recorded(id);
    if (record === undefined) return undefined;
    const text = (name: "stdout" | "stderr"): string => {
      outputs[name].push(this.durable.output(name, record));
      return textOf(outputs[name]);
    };
    return executionOf(record, { stdout: text("stdout"), stderr: text("stderr") }, toBundle);
  }

  /** Does again what the journal has of runs that are over, so that they are in effect: each within `watch`. */
  async catchUp(driver: PythonDriver, watch: (run: TimeLimits) => Disposable): Promise<void> {
    if (this.durable.ended !== undefined) throw new ClosedError(this.durable.ended);
    await this.durable.catchUp(async ({ limits }) => {
      using _ = watch(limits);
      await driver.repeat();
    });
  }

  /** A run is over, or its guest was ended from outside. Answers whether it is over. */
  over(id: string | undefined, execution: Execution, reports: Reports): boolean {
    const kept = keptOf(execution, reports);
    if (kept === undefined) return false;
    this.durable.over(id, kept);
    return true;
  }

  /** Saves the state, and begins the journal anew. */
  async keep(): Promise<void> {
    await this.durable.keep(await this.#save());
  }
}
