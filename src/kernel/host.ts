import type { OpenFile } from "../fs/filesystem.js";
import { isPromise } from "../wire/awaitable.js";
import { Errno } from "../wire/errno.js";
import { chain } from "../wire/steps.js";
import type { Arguments, Awaitable, Results } from "../wire/types.js";
import { Allowance } from "./allowance.js";
import type { Driver } from "./driver.js";
import { part } from "./environment.js";
import { Parts } from "./parts.js";

/** What a session is asked by its guest, in whole messages. */
export interface HostSide {
  /** The run's command. */
  command(): Uint8Array;
  /** A result, display or event; throwing ends the sandbox. */
  report(kind: number, message: Uint8Array): Awaitable<void>;
  /**
   * A call of a host function; `signal` is aborted when the guest gives it up or is gone. A rejection ends the sandbox.
   * The guest waits for it, unless it was only started. `number`: which call of its session it is, where that is
   * known; one that is made again has the same.
   */
  call(request: Uint8Array, signal: AbortSignal, started: boolean, number?: number): Awaitable<Uint8Array>;
  /** What is kept of the answer of a started call, where `limit` bytes of others wait already to be read. */
  withoutRoom(answer: Uint8Array, limit: number): Uint8Array;
}

export interface HostLimits {
  /** Most bytes of the guest's messages that are held at once: those under way, and of calls that were started. Default: 64 MiB. */
  readonly message?: number;
  /**
   * Most started calls whose answers the guest has not read, and most that it waited for, gave up, and the host is not
   * done with. Default: 1024.
   */
  readonly calls?: number;
  /** Most bytes of the answers of started calls that the guest has not read. Default: 64 MiB, or `message` where that is more. */
  readonly answers?: number;
}

const USUAL_MESSAGE = 64 * 2 ** 20;

interface Call {
  readonly abort: AbortController;
  readonly answer: Awaitable<Uint8Array>;
}

type Started =
  | { readonly state: "running"; readonly abort: AbortController }
  | { readonly state: "answered"; readonly bytes: Uint8Array }
  | { readonly state: "failed"; readonly error: unknown };

const NOTHING = new Uint8Array(0);

/** The driver's operations on commands, reports and host calls: messages out of parts, numbers for calls, all bounded. */
export class Host
  implements Pick<Driver, "command" | "report" | "call" | "start" | "answer" | "completions">
{
  readonly #side: HostSide;
  readonly #wake: () => void;
  readonly #calls: number;
  readonly #allowance: Allowance;
  readonly #reportParts: Parts;
  readonly #callParts: Parts;
  readonly #startParts: Parts;
  /** The call that waits. */
  #call: Call | undefined;
  /** Calls that were given up, and that the host is at work on. */
  #abandoned = 0;
  /** Of the call that was answered last in this run. */
  #lastAnswer: Uint8Array | undefined;
  readonly #started = new Map<number, Started>();
  /** Holds the answers of those. */
  readonly #answers: Allowance;
  /** Answered calls that the guest was not told of, in order; at most those that are there. */
  readonly #completed = new Set<number>();
  #number = 0;

  /** `wake` tells the kernel that a started call has its answer. */
  constructor(side: HostSide, wake: () => void, limits: HostLimits = {}) {
    const message = limits.message ?? USUAL_MESSAGE;
    this.#allowance = new Allowance(message);
    this.#answers = new Allowance(limits.answers ?? Math.max(message, USUAL_MESSAGE));
    this.#side = side;
    this.#wake = wake;
    this.#calls = limits.calls ?? 1024;
    this.#reportParts = new Parts(this.#allowance);
    this.#callParts = new Parts(this.#allowance);
    this.#startParts = new Parts(this.#allowance);
  }

  command({ offset, capacity }: Arguments<"command">): Results<"command"> {
    const command = this.#side.command();
    return { data: part(command, offset, capacity), length: command.length };
  }

  report({ kind, last, data }: Arguments<"report">): Awaitable<void> {
    const message = this.#reportParts.add(data, last);
    return message === undefined ? undefined : this.#side.report(kind, message);
  }

  call({ last, request, capacity }: Arguments<"call">): Awaitable<Results<"call">> {
    const message = this.#callParts.add(request, last);
    if (message === undefined) return { data: NOTHING, length: 0 };
    if (message.length > 0) {
      this.#abandon();
      if (this.#abandoned >= this.#calls) {
        throw new Errno("EAGAIN", `${this.#calls} calls that were given up are not over`);
      }
      const abort = new AbortController();
      this.#call = { abort, answer: this.#ask(message, abort.signal, false) };
    }
    const answer = this.#call === undefined ? this.#lastAnswer : this.#call.answer;
    if (answer === undefined) throw new Errno("EINVAL", "no call is waiting for its answer");
    return chain(answer, (bytes) => {
      // The wait for it may have been interrupted: then the guest asks again, and finds the answer here.
      this.#lastAnswer = bytes;
      this.#call = undefined;
      return { data: bytes.subarray(0, capacity), length: bytes.length };
    });
  }

  start({ last, request }: Arguments<"start">): Results<"start"> {
    if (this.#started.size >= this.#calls) {
      this.#startParts.drop();
      throw new Errno("EAGAIN", `${this.#calls} calls are in flight`);
    }
    const message = this.#startParts.add(request, last);
    if (message === undefined) return { call: 0 };
    if (this.#number >= 0xffff_ffff) throw new Errno("EAGAIN", "no number is left for a call");
    this.#number += 1;
    const number = this.#number;
    const abort = new AbortController();
    this.#started.set(number, { state: "running", abort });
    const answer = this.#ask(message, abort.signal, true);
    const settle = (how: Started): void => {
      if (this.#started.get(number)?.state !== "running") return;
      this.#started.set(number, how);
      this.#completed.add(number);
      this.#wake();
    };
    const answered = (bytes: Uint8Array): void => {
      if (this.#started.get(number)?.state === "running")
        settle({ state: "answered", bytes: this.#keep(bytes) });
    };
    if (isPromise(answer)) answer.then(answered, (error: unknown) => settle({ state: "failed", error }));
    else answered(answer);
    return { call: number };
  }

  /** What is kept of an answer until it is read: the host function has nothing to do with how fast the guest reads. */
  #keep(answer: Uint8Array): Uint8Array {
    if (this.#answers.take(answer.length)) return answer;
    // One alone can be as large as the host likes.
    const kept = this.#answers.held === 0 ? answer : this.#side.withoutRoom(answer, this.#answers.limit);
    this.#answers.hold(kept.length);
    return kept;
  }

  answer({ call, offset, capacity }: Arguments<"answer">): Results<"answer"> {
    if (call === 0) {
      const last = this.#lastAnswer ?? NOTHING;
      return { data: part(last, offset, capacity), length: last.length };
    }
    const started = this.#started.get(call);
    if (started === undefined) throw new Errno("EINVAL");
    if (started.state === "running") throw new Errno("EAGAIN");
    if (started.state === "failed") throw started.error;
    const data = part(started.bytes, offset, capacity);
    if (offset + data.length >= started.bytes.length) {
      this.#started.delete(call);
      this.#completed.delete(call);
      this.#answers.give(started.bytes.length);
    }
    return { data, length: started.bytes.length };
  }

  completions(): OpenFile {
    return {
      stream: true,
      readable: () => this.#completed.size > 0,
      read: (into) => {
        if (into.length < 4) throw new Errno("EINVAL");
        const numbers = [...this.#completed].slice(0, Math.floor(into.length / 4));
        const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
        for (const [index, number] of numbers.entries()) {
          view.setUint32(index * 4, number, true);
          this.#completed.delete(number);
        }
        return numbers.length * 4;
      },
    };
  }

  /** The run is over: the call that waited, if any, was given up. Started ones go on, as their tasks do. */
  giveUp(): void {
    this.#abandon();
    this.#lastAnswer = undefined;
  }

  #abandon(): void {
    const call = this.#call;
    this.#call = undefined;
    if (call === undefined) return;
    call.abort.abort();
    if (!isPromise(call.answer)) return;
    this.#abandoned += 1;
    const over = (): void => {
      this.#abandoned -= 1;
    };
    call.answer.then(over, over);
  }

  /** Makes a call. Its request is held until it is answered, even where the guest has given it up by then. */
  #ask(request: Uint8Array, signal: AbortSignal, started: boolean): Awaitable<Uint8Array> {
    const answer = this.#side.call(request, signal, started);
    if (!isPromise(answer)) return answer;
    this.#allowance.take(request.length);
    const give = (): void => this.#allowance.give(request.length);
    answer.then(give, give);
    return answer;
  }

  /** Gives up every call: the guest is gone. */
  abort(): void {
    this.giveUp();
    for (const started of this.#started.values()) if (started.state === "running") started.abort.abort();
    this.#started.clear();
    this.#answers.clear();
    this.#completed.clear();
    for (const parts of [this.#reportParts, this.#callParts, this.#startParts]) parts.drop();
  }
}
