import { formatSize } from "../checks/units.js";
import { ProtocolError } from "../errors.js";
import type { Calls } from "../functions/calls.js";
import {
  askOf,
  decodeCallRequest,
  decodeDisplay,
  decodeResult,
  encodeCallAnswer,
  encodeCommand,
  releasedOf,
} from "../protocol/codec.js";
import { type Action, type Display, REPORT, type Result, type Setup } from "../protocol/messages.js";

/** What the guest runtime is told to do next. */
export const VERB = { leave: 0, run: 1, snapshot: 2, restore: 3 } as const;

export interface Verb {
  readonly verb: number;
  readonly argument: bigint;
}

interface Job {
  /** Whether it must have a result. */
  readonly action: boolean;
  readonly command: Uint8Array;
  /** The action alone, as bytes. */
  readonly bytes: () => Uint8Array | undefined;
  readonly onDisplay: (display: Display) => void;
  readonly fetched: () => void;
  /** Told of every report, as it came. */
  readonly onReport: (kind: number, message: Uint8Array) => void;
  /** It was done before: what it reports is known, and of no one's concern. */
  readonly repeated?: boolean;
  readonly settle: (result: Result | undefined) => void;
  readonly fail: (error: Error) => void;
  result: Result | undefined;
}

export interface DriverOptions {
  readonly calls: Calls;
  /** Holds that ended on either side. */
  readonly dropped: (references: readonly number[]) => void;
  readonly takeReleased: () => readonly number[];
}

/**
 * The conversation with the Python driver: one command at a time, its result, and what it shows and calls meanwhile.
 * A job is over when the guest asks what to do next; so nothing of it can leak into the next one.
 */
export class PythonDriver {
  readonly #options: DriverOptions;
  #setup: Setup | undefined;
  #begun = false;
  #job: Job | undefined;
  #idle: ((verb: Verb) => void) | undefined;
  #early: Verb | undefined;
  #ended: Error | undefined;

  constructor(options: DriverOptions) {
    this.#options = options;
  }

  /** Goes with the next command. */
  setup(setup: Setup): void {
    this.#setup = setup;
  }

  /** Whether the guest has been told who it is. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Whether a command is being carried out. */
  get busy(): boolean {
    return this.#job !== undefined;
  }

  /**
   * Carries out an action; the caller sees to it that there is one at a time. `fetched` is called when the guest has
   * got it: from then on interrupts are for it, before they would be for the last one.
   */
  async perform(
    action: Action,
    onDisplay: (display: Display) => void = () => undefined,
    fetched: () => void = () => undefined,
    onReport: (kind: number, message: Uint8Array) => void = () => undefined,
  ): Promise<Result> {
    const released = this.#options.takeReleased();
    const command = encodeCommand({
      action,
      ...(this.#setup === undefined ? {} : { setup: this.#setup }),
      ...(released.length === 0 ? {} : { released }),
    });
    if (this.#setup !== undefined) this.#begun = true;
    this.#setup = undefined;
    // Cells are numbered as they come: what that makes of their names is no difference.
    const bytes = (): Uint8Array =>
      encodeCommand({
        action:
          action.kind === "cell" && /^<cell \d+>$/.test(action.name) ? { ...action, name: "<cell>" } : action,
      });
    const result = await this.#begin(
      { verb: VERB.run, argument: 0n },
      {
        command,
        bytes,
        onDisplay,
        fetched,
        onReport,
      },
    );
    if (result === undefined) throw new ProtocolError("the guest ended a run without a result");
    return result;
  }

  /** Has the guest do again what a journal has the command of; what comes of it is known. */
  async repeat(): Promise<void> {
    this.#begun = true;
    this.#setup = undefined;
    await this.#begin(
      { verb: VERB.run, argument: 0n },
      {
        command: new Uint8Array(),
        bytes: () => undefined,
        onDisplay: () => undefined,
        fetched: () => undefined,
        onReport: () => undefined,
        repeated: true,
      },
    );
  }

  /** Has the guest do something that is no command: a snapshot, a restore, leaving. */
  async tell(verb: Verb): Promise<void> {
    await this.#begin(verb, {
      command: new Uint8Array(),
      bytes: () => undefined,
      onDisplay: () => undefined,
      fetched: () => undefined,
      onReport: () => undefined,
    });
  }

  /** The guest is gone. */
  end(error: Error): void {
    this.#ended ??= error;
    this.#job?.fail(error);
    this.#job = undefined;
    this.#options.calls.end(error);
  }

  // What the guest asks.

  next(): Verb | Promise<Verb> {
    const early = this.#early;
    this.#early = undefined;
    if (early !== undefined) return early;
    const job = this.#job;
    // The job stays the guest's last one: its end tells whoever waits for it.
    if (job?.action && job.result === undefined) {
      throw new ProtocolError("the guest ended a run without a result");
    }
    this.#job = undefined;
    if (job !== undefined) {
      job.settle(job.result);
    }
    return new Promise((resolve) => {
      this.#idle = resolve;
    });
  }

  /** What is being done, as bytes, whatever else goes with the command. */
  action(): Uint8Array | undefined {
    return this.#job?.bytes();
  }

  command(): Uint8Array {
    if (this.#job === undefined) throw new ProtocolError("the guest asked for a command out of turn");
    this.#job.fetched();
    return this.#job.command;
  }

  report(kind: number, bytes: Uint8Array): void {
    const job = this.#job;
    if (job === undefined || job.result !== undefined) {
      throw new ProtocolError("the guest reported out of turn");
    }
    if (job.repeated === true) return;
    job.onReport(kind, bytes);
    if (kind === REPORT.display) job.onDisplay(decodeDisplay(bytes));
    else if (kind === REPORT.result) {
      const result = decodeResult(bytes);
      this.#options.dropped(result.dropped);
      job.result = result;
    } else throw new ProtocolError(`the guest made a report of unknown kind ${kind}`);
  }

  async call(bytes: Uint8Array, signal: AbortSignal, started: boolean, number?: number): Promise<Uint8Array> {
    const request = decodeCallRequest(bytes);
    this.#options.dropped(request.dropped);
    return encodeCallAnswer(await this.#options.calls.request(request, signal, started, number));
  }

  withoutRoom(answer: Uint8Array, limit: number): Uint8Array {
    // What the host asks for within a call has to be heard: the call would wait for it for ever.
    if (askOf(answer) !== undefined) return answer;
    const message = `${formatSize(limit)} of answers wait to be read: there is no room for this one`;
    const error = { type: "MemoryError", name: "RangeError", message };
    return encodeCallAnswer({ kind: "error", error, released: releasedOf(answer) });
  }

  #begin(
    verb: Verb,
    job: Pick<Job, "command" | "bytes" | "onDisplay" | "fetched" | "onReport" | "repeated">,
  ): Promise<Result | undefined> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((settle, fail) => {
      this.#job = {
        ...job,
        action: verb.verb === VERB.run && job.repeated !== true,
        settle,
        fail,
        result: undefined,
      };
      const idle = this.#idle;
      this.#idle = undefined;
      if (idle !== undefined) idle(verb);
      else this.#early = verb;
    });
  }
}
