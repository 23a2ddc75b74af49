import type { GuestProcess } from "../engine/engine.js";
import type { TraceEnd, TraceEvent } from "../trace/events.js";
import { TraceError, type TraceRecord } from "../trace/format.js";
import type { TraceReader } from "../trace/reader.js";
import type { Answer } from "../wire/answer.js";
import { HEADER_SIZE, type Request } from "../wire/frame.js";
import type { Serve } from "../wire/serve.js";
import { bytesOf, type Course, type Difference, differenceOf, type Interruption } from "./course.js";
import { Delivery, type SignalEvent, signalName } from "./delivery.js";
import { isFinal, isWrite, outcomeOf, writtenAll } from "./likeness.js";

export interface ReplayerOptions {
  /** Stop before this operation. */
  readonly until: number;
  readonly onRecord: (record: TraceRecord) => void;
  /**
   * When to send what interrupted computing code: after as much time as had gone by; with the answer before it; or with that of a
   * later operation, as it took effect only then.
   */
  readonly timing: "as recorded" | "early" | { readonly operation: number };
  /** Takes the guest over where it is stopped: serves the operation that it stands in, and what it asks for then. */
  readonly take?: (course: Course) => Serve | undefined;
  /** A signal that goes with the answer of one operation, beside those that were recorded. */
  readonly carry?: { readonly index: number; readonly signal: number };
  /** Asked first: serves what is not for the trace. */
  readonly ahead?: (request: Request) => Serve | undefined;
}

const EINTR = 4;
const never = new Promise<void>(() => {});

/** Answers one guest from a trace, and compares. */
export class Replayer {
  /** Settles where the trace ends, the guest is stopped, or asks for something else. The guest may wait for ever then. */
  readonly course: Promise<Course>;
  #finish: (course: Course) => void = () => {};
  readonly #entries: Generator<TraceRecord | TraceEvent, void>;
  readonly #options: ReplayerOptions;
  readonly #delivery: Delivery;
  /** The next operation of the trace, and the signals that came before it. */
  #next: TraceRecord | undefined;
  #signals: SignalEvent[] = [];
  /** Those that come with a later operation. */
  readonly #held: SignalEvent[] = [];
  #recordedEnd: TraceEnd | undefined;
  #operations = 0;
  #taken: Serve | undefined;
  #guest: GuestProcess | undefined;
  #interruption: Interruption | undefined;
  /** The signal that a guest which had come further was sent again. */
  #repeated: SignalEvent | undefined;
  /** The first bytes that differed after an interruption. */
  #difference: Difference | undefined;

  constructor(reader: TraceReader, options: ReplayerOptions) {
    this.course = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#entries = reader.entries();
    this.#options = options;
    this.#delivery = new Delivery({
      guest: () => this.#guest,
      comparable: ({ engine }) => engine === reader.header.engine,
      sent: (event) => this.#interrupted(event),
    });
    this.#lookAhead();
  }

  /** How many operations were asked for as they are in the trace. */
  get operations(): number {
    return this.#operations;
  }

  /** How the recorded guest ended, once the replay has come so far. */
  get recordedEnd(): TraceEnd | undefined {
    return this.#recordedEnd;
  }

  /** The process that is served, which gets the signals that the recorded one got. */
  attach(guest: GuestProcess): void {
    this.#guest = guest;
  }

  readonly serve: Serve = (request, answer) => {
    if (this.#taken !== undefined) return this.#taken(request, answer);
    const ahead = this.#options.ahead?.(request);
    if (ahead !== undefined) return ahead(request, answer);
    const due = this.#due();
    if (this.#operations >= this.#options.until) {
      return this.#stop({ kind: "stopped", operations: this.#operations }, request, answer);
    }
    const record = this.#next;
    if (record === undefined) {
      this.#end();
      return never;
    }
    if (record.redacted) {
      throw new TraceError(`operation ${record.index} is redacted: this trace cannot be replayed`);
    }
    const same = record.operation === request.number && bytesOf(request).equals(record.request);
    if (same) {
      this.#operations = record.index + 1;
      this.#options.onRecord(record);
      return this.#answer(record, answer, due);
    }
    const [signal, ...later] = due;
    if (signal !== undefined) {
      // The recorded guest had not come so far when it was interrupted: this one is, now.
      this.#interrupted(signal);
      this.#difference ??= differenceOf(record, request);
      answer.fail(EINTR, signal.signal);
      this.#delivery.begin(later);
      return undefined;
    }
    if (this.#interruption !== undefined) {
      if (this.#goesOn(record, request, answer)) return undefined;
      const { last } = this.#delivery;
      if (last !== undefined && last !== this.#repeated && record.operation !== request.number) {
        // It was sent, but the guest has come so far before it took effect.
        this.#repeated = last;
        this.#difference ??= differenceOf(record, request);
        answer.fail(EINTR, last.signal);
        return undefined;
      }
    }
    const course = { kind: "different" as const, operations: this.#operations, ...this.#where() };
    return this.#stop({ ...course, ...differenceOf(record, request) }, request, answer);
  };

  /** What it means that the guest has ended; undefined where that came too early. */
  ended(): Course | undefined {
    this.#delivery.end();
    return this.#next === undefined ? this.#whole() : undefined;
  }

  #interrupted({ signal, before }: SignalEvent): void {
    this.#interruption = { signal: signalName(signal), after: before - 1 };
  }

  #where(): { readonly interruption?: Interruption } {
    return this.#interruption === undefined ? {} : { interruption: this.#interruption };
  }

  #stop(course: Course, request: Request, answer: Answer): Promise<void> | undefined {
    this.#taken = this.#options.take?.(course);
    if (this.#taken !== undefined) return this.#taken(request, answer);
    this.#finish(course);
    return never;
  }

  #end(): void {
    this.#finish(this.#whole());
  }

  #whole(): Course {
    const operations = this.#operations;
    const [difference, interruption] = [this.#difference, this.#interruption];
    return difference !== undefined && interruption !== undefined
      ? { kind: "alike", operations, interruption, ...difference }
      : { kind: "same", operations, ...this.#where() };
  }

  /**
   * Whether an operation that is not the recorded one may be asked for because the program was interrupted elsewhere: with
   * more, less or other output, or a bit earlier, and with a result of the same kind. Answers it then.
   */
  #goesOn(record: TraceRecord, request: Request, answer: Answer): boolean {
    const difference = differenceOf(record, request);
    if (isWrite(request.number)) {
      answer.send(HEADER_SIZE, [writtenAll(request.number, bytesOf(request))]);
      if (isWrite(record.operation)) {
        this.#lookAhead();
        this.#goOn();
      }
    } else {
      const outcome = outcomeOf(request.number, bytesOf(request));
      for (let skipped = 0; skipped < SKIPPED_MAX; skipped += 1) {
        const next = this.#next;
        if (next === undefined) break;
        const found =
          outcome === undefined
            ? !isWrite(next.operation)
            : outcomeOf(next.operation, next.request) !== undefined;
        if (found) break;
        this.#lookAhead();
      }
      const next = this.#next;
      if (next === undefined) return false;
      const alike =
        outcome === undefined
          ? next.operation === request.number && bytesOf(request).equals(next.request)
          : outcome === outcomeOf(next.operation, next.request);
      if (!alike) return false;
      this.#operations = next.index + 1;
      this.#options.onRecord(next);
      void this.#answer(next, answer, []);
    }
    this.#difference ??= difference;
    return true;
  }

  #answer(record: TraceRecord, answer: Answer, due: readonly SignalEvent[]): Promise<void> | undefined {
    if (record.answer === undefined) {
      this.#lookAhead();
      if (isFinal(record.operation)) {
        answer.drop();
        return undefined;
      }
      this.#end();
      return never;
    }
    const { errno, signal, payload } = record.answer;
    this.#lookAhead();
    const [first, ...more] = [...due, ...this.#dueWith(record.index)];
    // What was sent so close to this operation that the operation is the same comes with its answer.
    const { carry } = this.#options;
    const extra = carry?.index === record.index ? carry.signal : 0;
    const carried = signal !== 0 ? signal : (first?.signal ?? extra);
    if (first !== undefined) this.#interrupted(first);
    if (errno !== 0) answer.fail(errno, carried);
    else answer.send(HEADER_SIZE, [payload], carried);
    if (signal !== 0 && first !== undefined) this.#delivery.send(first);
    for (const event of more) this.#delivery.send(event);
    this.#goOn();
    return undefined;
  }

  /** What the guest should have got by now, and has not. */
  #due(): readonly SignalEvent[] {
    const due = this.#delivery.end();
    const { timing } = this.#options;
    if (typeof timing === "string" || (this.#next?.index ?? 0) >= timing.operation) return due;
    this.#held.push(...due);
    return [];
  }

  /** What goes with the answer of an operation because of the timing. */
  #dueWith(index: number): readonly SignalEvent[] {
    const { timing } = this.#options;
    if (timing === "early") return this.#signals.splice(0);
    return typeof timing === "object" && index === timing.operation ? this.#held.splice(0) : [];
  }

  /** An operation has been answered: the guest computes. */
  #goOn(): void {
    const end = this.#recordedEnd?.kind;
    // What was ended from outside, or was recorded no further, may compute for ever.
    if (this.#next === undefined && end !== "exit" && end !== "died") this.#end();
    else this.#delivery.begin(this.#signals, typeof this.#options.timing === "object" ? PATIENCE : 0);
  }

  #lookAhead(): void {
    this.#next = undefined;
    this.#signals = [];
    for (;;) {
      const { value, done } = this.#entries.next();
      if (done === true) return;
      if (value.kind === "signal") this.#signals.push(value);
      else if (value.kind === "end") this.#recordedEnd = value.end;
      else if (value.kind === "operation") {
        this.#next = value;
        return;
      }
      if (this.#signals.length > SIGNALS_MAX) throw new TraceError("too many signals between two operations");
    }
  }
}

/** How much longer (ms) a guest may compute that is to get a signal later: it may do so for ever. */
const PATIENCE = 300;
/** So many operations may have been asked for after an interruption until it took effect. */
const SKIPPED_MAX = 10_000;
/** A computing guest has at most so many signals between two operations. */
const SIGNALS_MAX = 100_000;
