import type { GuestProcess, GuestSignal } from "../engine/engine.js";
import type { TraceEvent } from "../trace/events.js";

export type SignalEvent = Extract<TraceEvent, { readonly kind: "signal" }>;

/** Shortest wait between two looks at the guest's CPU time, in ms. */
const LEAST = 1;
const MILLISECOND = 1e6;

const NAMES: ReadonlyMap<number, GuestSignal> = new Map([
  [2, "SIGINT"],
  [10, "SIGUSR1"],
  [12, "SIGUSR2"],
  [14, "SIGALRM"],
  [15, "SIGTERM"],
  [24, "SIGXCPU"],
]);

/** A signal's name as the guest's system has it. */
export const signalName = (signal: number): string => NAMES.get(signal) ?? `signal ${signal}`;

export interface DeliveryOptions {
  readonly guest: () => GuestProcess | undefined;
  /** Whether CPU times can be compared: it is the engine that was recorded. */
  readonly comparable: (guest: GuestProcess) => boolean;
  readonly sent: (event: SignalEvent) => void;
}

/**
 * Sends a computing guest the signals that it got when it was recorded, when it has computed for as long as then. That is as near
 * as can be: how far it had come is known by time alone.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  #due: SignalEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #last: SignalEvent | undefined;
  #later = 0;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** What was sent last. */
  get last(): SignalEvent | undefined {
    return this.#last;
  }

  /** The guest computes from now on; these are for it until it asks for something, `later` ms later than they were. */
  begin(events: readonly SignalEvent[], later = 0): void {
    this.#due = [...events];
    this.#later = later;
    if (this.#due.length > 0) this.#wait(performance.now());
  }

  /** It has asked for something: answers what it has not been sent. */
  end(): readonly SignalEvent[] {
    clearTimeout(this.#timer);
    const left = this.#due;
    this.#due = [];
    return left;
  }

  /** Sends one at once. */
  send(event: SignalEvent): void {
    const name = NAMES.get(event.signal);
    if (name === undefined) return;
    this.#last = event;
    this.#options.sent(event);
    this.#options.guest()?.signal(name);
  }

  #wait(since: number): void {
    const [next] = this.#due;
    if (next === undefined) return;
    this.#timer = setTimeout(
      () => {
        if (this.#left(next, since) + this.#later > 0) {
          this.#wait(since);
          return;
        }
        this.#due.shift();
        this.send(next);
        this.#wait(since);
      },
      Math.max(LEAST, this.#left(next, since) + this.#later),
    );
  }

  /** Milliseconds until one is due. */
  #left({ after, cpu }: SignalEvent, since: number): number {
    const guest = this.#options.guest();
    if (guest === undefined) return LEAST;
    const used = cpu === undefined || !this.#options.comparable(guest) ? undefined : guest.cpuTime();
    if (cpu === undefined || used === undefined) return after / MILLISECOND - (performance.now() - since);
    return (cpu - Number(used)) / MILLISECOND;
  }
}
