import { DurableError } from "../errors.js";
import type { HostSide } from "../kernel/host.js";
import { askOf, replyOf } from "../protocol/codec.js";
import type { ByteReader } from "../wire/bytes.js";
import type { Awaitable } from "../wire/types.js";
import { ITEM } from "./format.js";
import type { Tape } from "./tape.js";

const interrupted = (): DurableError =>
  new DurableError(
    "state",
    "the run cannot be continued: a host function was calling the guest when the controller ended, and nobody knows what it would have done next",
  );

interface Open {
  readonly request: Uint8Array;
  readonly signal: AbortSignal;
  readonly started: boolean;
  readonly settle: (bytes: Uint8Array) => void;
  readonly fail: (error: unknown) => void;
}

/** The calls of host functions, whose answers are in the journal. Those that were not answered are made again. */
export class DurableCalls {
  readonly #call: HostSide["call"];
  readonly #tape: Tape;
  readonly #open = new Map<number, Open>();
  /** What the host asked of the guest within calls, and has no reply to. */
  readonly #asks = new Set<number>();
  /** Answers that the journal has, and the guest has not asked for yet. */
  readonly #arrived = new Map<number, Uint8Array>();
  /** Answers that came while the guest computed: they arrive with its next operation. */
  readonly #early = new Map<number, Uint8Array>();
  #number: number;

  /** `before`: calls that were made before the journal began. */
  constructor(call: HostSide["call"], tape: Tape, before: number) {
    this.#call = call;
    this.#tape = tape;
    this.#number = before;
    tape.onLive(() => {
      const asking = [...this.#open.values()].some(({ request }) => replyOf(request) !== undefined);
      if (asking || this.#asks.size > 0) throw tape.fail(interrupted());
      for (const [number, open] of this.#open) this.#make(number, open);
    });
  }

  /** How many there were. */
  get count(): number {
    return this.#number;
  }

  /** Whether any has no answer yet, or one that the guest was not told. */
  get open(): boolean {
    return this.#open.size > 0 || this.#early.size > 0;
  }

  call(request: Uint8Array, signal: AbortSignal, started: boolean): Awaitable<Uint8Array> {
    this.#number += 1;
    const number = this.#number;
    if (!this.#tape.live) this.#replied(request);
    const arrived = this.#arrived.get(number);
    if (arrived !== undefined) {
      this.#arrived.delete(number);
      return arrived;
    }
    return new Promise((settle, fail) => {
      const open: Open = { request: new Uint8Array(request), signal, started, settle, fail };
      this.#open.set(number, open);
      if (this.#tape.live) this.#make(number, open);
    });
  }

  /** The journal says that a call was answered. */
  arrive(body: ByteReader): void {
    const number = body.number();
    const bytes = new Uint8Array(body.data());
    body.end();
    const ask = askOf(bytes);
    if (ask !== undefined) this.#asks.add(ask);
    const open = this.#open.get(number);
    if (open === undefined) {
      if (number <= this.#number) {
        throw new DurableError("damaged", `the journal is damaged: call ${number} was answered twice`);
      }
      this.#arrived.set(number, bytes);
      return;
    }
    this.#open.delete(number);
    open.settle(bytes);
  }

  /** An operation begins: what came before it arrives with it. Answers whether anything did. */
  deliver(): boolean {
    if (this.#early.size === 0) return false;
    for (const [number, bytes] of this.#early) this.#settle(number, bytes);
    this.#early.clear();
    return true;
  }

  #replied(request: Uint8Array): void {
    const ask = replyOf(request);
    if (ask !== undefined) this.#asks.delete(ask);
  }

  #make(number: number, open: Open): void {
    const { request, signal, started, fail } = open;
    // A failure ends the sandbox; the call is made again when the run is continued.
    Promise.resolve(this.#call(request, signal, started, number)).then(
      (bytes) => {
        if (this.#tape.within) this.#settle(number, bytes);
        else this.#early.set(number, bytes);
      },
      (error: unknown) => {
        this.#open.delete(number);
        fail(error);
      },
    );
  }

  #settle(number: number, bytes: Uint8Array): void {
    const open = this.#open.get(number);
    this.#open.delete(number);
    this.#tape.put(ITEM.arrival, (body) => body.number(number).data(bytes));
    open?.settle(bytes);
  }
}
