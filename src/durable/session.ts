import { DurableError } from "../errors.js";
import { StateError } from "../fs/state-error.js";
import type { StopReason } from "../limits/watch.js";
import type { ParsedDurable } from "../options/durable.js";
import { decodeSnapshot, encodeSnapshot } from "../snapshot/format.js";
import type { SnapshotState } from "../snapshot/state.js";
import { type Entry, ITEM } from "./format.js";
import { DurableGuest } from "./guest.js";
import { encodeChange, type HostChange } from "./host-changes.js";
import { OutputFile } from "./outputs.js";
import type { Recorded } from "./past.js";
import { decodeRun, encodeRun, type RunRecord } from "./runs.js";
import { Store } from "./store.js";
import { Tape } from "./tape.js";

/** What there is of a durable session when it is opened. */
export interface DurableStanding {
  /** It was begun before. */
  readonly resumed: boolean;
  /** Names (`id`) of the runs that are over. */
  readonly finished: readonly string[];
  /** A run was begun and is not over: the next one has to be the same, and goes on with it. */
  readonly unfinished: boolean;
}

/** A durable session: its directory, and the guest that goes on from it. */
export class DurableSession implements Disposable {
  readonly guest: DurableGuest;
  readonly store: Store;
  /** Time in ms that the run that is not over has had in earlier processes. */
  readonly elapsed: number;
  /** CPU time in ms of the runs whose effect is in the snapshot; the others are done again. */
  readonly cpu: number;
  /** Runs that are over, and not in the snapshot. */
  readonly finished: number;
  readonly #outputs: { readonly stdout: OutputFile; readonly stderr: OutputFile };
  readonly #options: ParsedDurable;
  readonly #recorded = new Map<string, RunRecord>();
  /** Bytes of the journal when saving the state was tried last. */
  #tried = 0;
  /** Runs that are over, and not in effect yet. */
  readonly #repeat: RunRecord[];
  #restored = false;
  #caughtUp = false;
  readonly #ended: string | undefined;
  readonly #resumed: boolean;
  readonly #unfinished: boolean;
  /** Where the output of the run under way begins. */
  #begun = { stdout: 0, stderr: 0 };
  #closed = false;

  private constructor(store: Store, options: ParsedDurable) {
    this.store = store;
    this.#options = options;
    const { journal } = store;
    const { begun, calls, stdout, stderr } = journal.header;
    const seen = survey(journal.entries(), begun);
    for (const run of seen.runs) if (run.id !== null) this.#recorded.set(run.id, run);
    this.elapsed = seen.elapsed;
    this.cpu = seen.runs.reduce((sum, { carried, usage }) => sum + (carried ? usage.cpu : 0), 0);
    this.#unfinished = seen.unfinished;
    this.#resumed = seen.unfinished || seen.runs.length > 0;
    this.#repeat = seen.runs.filter(({ carried }) => !carried);
    this.finished = this.#repeat.length;
    const last = seen.runs.at(-1);
    if (last?.ended != null) this.#ended = "its Python left with its last run";
    else this.#ended = last?.stopped?.closed ?? undefined;
    this.guest = new DurableGuest(new Tape(journal, recorded(journal.entries())), { begun, calls });
    this.#outputs = {
      stdout: new OutputFile(store.file("stdout"), stdout),
      stderr: new OutputFile(store.file("stderr"), stderr),
    };
  }

  /** Opens a session's directory. `same`: what has to be as it was. Throws DurableError. */
  static open(options: ParsedDurable, same: Readonly<Record<string, string>>): DurableSession {
    const store = Store.open(options.directory, same, options);
    try {
      return new DurableSession(store, options);
    } catch (error) {
      store[Symbol.dispose]();
      throw error;
    }
  }

  /** Output of the guest's. */
  written(name: "stdout" | "stderr", data: Uint8Array): void {
    this.#outputs[name].write(data, !this.guest.tape.live);
  }

  /** A name that no other session has. */
  get id(): string {
    return this.store.id;
  }

  /** What a run that is over under this name left; undefined where there is none. */
  recorded(id: string): RunRecord | undefined {
    return this.#recorded.get(id);
  }

  /** What such a run printed. */
  output(name: "stdout" | "stderr", run: RunRecord): Uint8Array {
    return this.#outputs[name].read(...run[name]);
  }

  /** The state that the journal goes on from. Throws DurableError where it is damaged. */
  async saved(): Promise<SnapshotState | undefined> {
    const bytes = this.store.snapshot();
    return bytes === undefined ? undefined : await decodeSnapshot(bytes);
  }

  /** Notes a change of the guest's files that the host is about to make. Throws DurableError while a run waits to be gone on with. */
  change(change: HostChange): void {
    if (!this.guest.tape.exhausted) {
      throw new DurableError(
        "state",
        "a run of the session is not finished: run it to its end before its files are changed (what was changed before is in effect)",
      );
    }
    this.guest.tape.change(encodeChange(change));
  }

  /** Whether runs that are over are in effect. */
  get caughtUp(): boolean {
    return this.#caughtUp;
  }

  /** What there is of the session: whether it was begun before, the names of runs that are over, and whether one is not. */
  get standing(): DurableStanding {
    const { tape } = this.guest;
    const unfinished = this.#unfinished && !tape.live;
    return { resumed: this.#resumed, finished: [...this.#recorded.keys()], unfinished };
  }

  /** Whether the journal has become so long that the state should be saved. */
  get long(): boolean {
    const { journal } = this.store;
    return journal.length - this.#tried > this.#options.snapshot && !this.#closed;
  }

  /** The state cannot be saved: the journal goes on for as long again. */
  kept(): void {
    this.#tried = this.store.journal.length;
  }

  /** Saves the state, and begins the journal anew. Throws StateError for a state that cannot be gone on from. */
  async keep(state: SnapshotState): Promise<void> {
    const { tape, calls } = this.guest;
    const unkeepable = this.guest.unkeepable(state.kernel);
    if (unkeepable !== undefined) throw new StateError(unkeepable);
    const bytes = await encodeSnapshot(state);
    const { stdout, stderr } = this.#outputs;
    const before = { operations: tape.operations, calls, stdout: stdout.length, stderr: stderr.length };
    this.store.renew(
      bytes,
      before,
      [...this.#recorded.values()].map((run) => encodeRun({ ...run, carried: true })),
    );
    tape.renew(this.store.journal);
    this.kept();
  }

  /** Why the session is over: its guest ended with its last run. Undefined where it goes on. */
  get ended(): string | undefined {
    return this.#restored ? this.#ended : undefined;
  }

  /** The guest is as the saved state has it: runs may be done. */
  restored(): void {
    this.#restored = true;
  }

  /** Has `repeat` done for each run that is over and not in effect yet. */
  async catchUp(repeat: (run: RunRecord) => Promise<void>): Promise<void> {
    if (!this.#restored) return;
    for (const run of this.#repeat.splice(0)) {
      await repeat(run);
      this.#outputs.stdout.moveTo(run.stdout[1]);
      this.#outputs.stderr.moveTo(run.stderr[1]);
      const { operations } = this.guest.tape;
      if (operations !== run.operations) {
        throw this.guest.tape.fail(
          new DurableError(
            "diverged",
            `the session cannot be continued: a run that had ended with operation ${run.operations} now ends with operation ${operations}`,
          ),
        );
      }
    }
    await this.guest.makeChanges();
    this.#caughtUp = true;
  }

  /**
   * A run begins, or is gone on with. `start` is told when time counts, and how much of it (in ms) it has had; `stop`,
   * that it was stopped before.
   */
  begin(start: (used: number) => void, stop: (reason: StopReason) => void): void {
    const { tape } = this.guest;
    this.#begun = { stdout: this.#outputs.stdout.length, stderr: this.#outputs.stderr.length };
    this.guest.onInterrupted((reason) => {
      if (reason !== "") stop(reason);
    });
    if (tape.live) start(0);
    // Not with the next operation: one that computes for ever asks for none.
    else tape.onExhausted(() => start(this.elapsed));
  }

  /** A run is over: what it did is kept for good. */
  over(
    id: string | undefined,
    kept: Omit<RunRecord, "id" | "operations" | "carried" | "stdout" | "stderr">,
  ): void {
    if (this.#closed) return;
    const { stdout, stderr } = this.#outputs;
    if (this.#options.fsync !== "never") for (const file of [stdout, stderr]) file.sync();
    const run: RunRecord = {
      ...kept,
      id: id ?? null,
      operations: this.guest.tape.operations,
      carried: false,
      stdout: [this.#begun.stdout, stdout.length],
      stderr: [this.#begun.stderr, stderr.length],
    };
    this.guest.tape.run(encodeRun(run));
    if (id !== undefined) this.#recorded.set(id, run);
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const file of Object.values(this.#outputs)) file[Symbol.dispose]();
    this.store[Symbol.dispose]();
  }
}

function* recorded(entries: Iterable<Entry>): Generator<Recorded, void> {
  for (const entry of entries) if (entry.kind === "operation" || entry.kind === "change") yield entry;
}

/** What the journal says of runs, and of the time that the last one had. */
const survey = (
  entries: Iterable<Entry>,
  begun: number,
): { readonly elapsed: number; readonly runs: readonly RunRecord[]; readonly unfinished: boolean } => {
  let elapsed = 0;
  let unfinished = false;
  const runs: RunRecord[] = [];
  let last = begun;
  for (const entry of entries) {
    if (entry.kind === "run") {
      runs.push(decodeRun(entry.body));
      elapsed = 0;
      unfinished = false;
    } else if (entry.kind === "live") last = entry.at;
    else if (entry.kind === "operation") {
      unfinished = true;
      // The time before its command was fetched is no run's.
      if (entry.record.items.some(({ kind }) => kind === ITEM.command))
        [elapsed, last] = [0, entry.record.at];
      elapsed += Math.max(0, entry.record.at - last);
      last = entry.record.at;
    }
  }
  return { elapsed, runs, unfinished };
};
