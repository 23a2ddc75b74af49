import type { DurableError } from "../errors.js";
import type { ByteReader, ByteWriter } from "../wire/bytes.js";
import { crc32 } from "../wire/crc32.js";
import { doApart, isApart } from "./apart.js";
import { answerDiffers, disordered, diverged, requestDiffers } from "./differences.js";
import {
  EXCERPT,
  ITEM,
  type Item,
  type ItemKind,
  itemName,
  type OperationRecord,
  readerOf,
} from "./format.js";
import type { Journal } from "./journal.js";
import { type Between, Past, type Recorded } from "./past.js";
import { Recorder, type Recording } from "./recorder.js";

/** The operation that is being served. */
interface Current extends Recording {
  /** What the journal has of it, and how far that was taken. */
  readonly record: OperationRecord | undefined;
  readonly items: readonly Item[];
  taken: number;
  /** Whether what it has must be written before it is answered. */
  hard: boolean;
}

export interface TapeHooks {
  /** An operation begins. Answers whether something arrives with it that has to be told first. */
  readonly begun: () => boolean;
  /** A host call has its answer by now. */
  readonly arrival: (body: ByteReader) => void;
}

/**
 * What comes to a guest's kernel from outside, operation by operation: taken from the journal as long as that has
 * any, then from the world, and written to the journal before the guest is answered.
 *
 * The guest does the same whenever it is answered the same, and so does the kernel when it is given the same; so everything that
 * is not in the journal comes about again by itself.
 */
export class Tape {
  readonly #recorder: Recorder;
  readonly #past: Past;
  #hooks: TapeHooks = { begun: () => false, arrival: () => {} };
  #index: number;
  #crc = 0;
  #current: Current | undefined;
  #live = false;
  #failure: DurableError | undefined;
  readonly #onLive: (() => void)[] = [];
  readonly #onExhausted: (() => void)[] = [];

  /** `records` are what the journal had when it was opened. */
  constructor(journal: Journal, records: Iterator<Recorded, void>) {
    this.#recorder = new Recorder(journal);
    this.#past = new Past(records);
    this.#index = journal.header.operations;
  }

  hook(hooks: TapeHooks): void {
    this.#hooks = hooks;
  }

  /** Called once, when the journal has no more answered operation: before the next one is served. */
  onLive(action: () => void): void {
    if (this.#live) action();
    else this.#onLive.push(action);
  }

  /** Called once, when the journal has nothing more: what the guest does from then on is perhaps new, though it asks for nothing. */
  onExhausted(action: () => void): void {
    if (this.exhausted) action();
    else this.#onExhausted.push(action);
  }

  /** Whether answers come from the world. */
  get live(): boolean {
    return this.#live;
  }

  /** The operation that is served waits for what is not in the journal. */
  stuck(): DurableError {
    const current = this.#current;
    return this.#fail(current === undefined ? disordered() : diverged(current, "it now waits for something"));
  }

  /** Whether the world is as the journal has it: nothing may have been changed that it has no answer of. */
  get settled(): boolean {
    return this.#live && this.#current?.record?.items.some(({ kind }) => kind === ITEM.intent) !== true;
  }

  /** Whether this is done for an operation that is being served. */
  get within(): boolean {
    return this.#served() !== undefined;
  }

  /** Does something that is no part of the operation that is served meanwhile: the host's own doing. */
  apart<T>(action: () => Promise<T>): Promise<T> {
    return doApart(this, action);
  }

  /** What went wrong, once something has. */
  get failure(): DurableError | undefined {
    return this.#failure;
  }

  /** Operations so far. */
  get operations(): number {
    return this.#index;
  }

  /** A guest's request has come. Answers whether something arrives with it that has to be told before it is served. */
  begin(operation: number, request: Buffer): boolean {
    this.#throwFailure();
    this.#index += 1;
    const index = this.#index;
    this.#crc = crc32(request, (this.#crc ^ operation) >>> 0);
    const { next } = this.#past;
    if (next !== undefined && next.head.index < index) throw this.#fail(disordered());
    const record = next?.head.index === index ? next : undefined;
    if (record !== undefined) {
      const differs = requestDiffers(record.head, operation, request, this.#crc);
      if (differs !== undefined) throw this.#fail(differs);
      this.#past.goOn();
      if (this.exhausted) for (const action of this.#onExhausted.splice(0)) action();
    }
    const items = record?.items ?? [];
    this.#current = {
      index,
      operation,
      request: Buffer.from(request.subarray(0, EXCERPT)),
      length: request.length,
      crc: this.#crc,
      record,
      items: items.filter(({ kind }) => kind !== ITEM.arrival),
      taken: 0,
      begun: record !== undefined,
      hard: false,
    };
    let arrives = false;
    for (const { kind, body } of items) {
      if (kind !== ITEM.arrival) continue;
      this.#hooks.arrival(readerOf(body));
      arrives = true;
    }
    if (!this.#live && record?.done === undefined && this.exhausted) this.#goLive();
    return this.#hooks.begun() || arrives;
  }

  /**
   * What the journal has next of the operation, or undefined where the world is to be asked (and `put` follows). Outside of
   * operations that is always so.
   */
  take(kind: ItemKind): ByteReader | undefined {
    this.#throwFailure();
    const current = this.#served();
    if (current === undefined) return undefined;
    const item = current.items[current.taken];
    if (item !== undefined) {
      if (item.kind !== kind) {
        throw this.#fail(
          diverged(current, `it had ${itemName(item.kind)} from outside, and now wants ${itemName(kind)}`),
        );
      }
      current.taken += 1;
      return readerOf(item.body);
    }
    if (!this.#live) throw this.#fail(diverged(current, `it now wants ${itemName(kind)} from outside`));
    return undefined;
  }

  /** As `take`, where something may be there or not. */
  takeIf(kind: ItemKind): ByteReader | undefined {
    return this.has(kind) === true ? this.take(kind) : undefined;
  }

  /** Whether that is what the journal has next of the operation; undefined where the world is to be asked. */
  has(kind: ItemKind): boolean | undefined {
    const current = this.#served();
    if (current === undefined) return undefined;
    const item = current.items[current.taken];
    return item === undefined && this.#live ? undefined : item?.kind === kind;
  }

  /** The outcome, where the operation is not to be done; what came before it is passed over. */
  given(): ByteReader | undefined {
    const current = this.#served();
    if (current === undefined) return undefined;
    const at = current.items.findIndex(({ kind }, index) => kind === ITEM.given && index >= current.taken);
    const item = current.items[at];
    if (item === undefined) return undefined;
    current.taken = at + 1;
    return readerOf(item.body);
  }

  /** Adds to the operation what the world answered. What is `soft` may be lost as long as nobody outside saw what came of it. */
  put(kind: ItemKind, write: (body: ByteWriter) => void, soft = false): void {
    const current = this.#served();
    if (current === undefined) return;
    if (!this.#live) throw this.#fail(diverged(current, `it now has ${itemName(kind)} from outside`));
    this.#recorder.item(kind, write);
    if (!soft) current.hard = true;
  }

  /** Writes what the operation has so far, before the world is told something. */
  commit(): void {
    const current = this.#served();
    if (current === undefined) return;
    this.#recorder.part(current);
  }

  /** The operation has its answer: what came from outside is written before that is given. */
  end(errno: number, signal: number, head: Uint8Array, tails: readonly Uint8Array[]): void {
    this.#throwFailure();
    const current = this.#current;
    if (current === undefined) return;
    let crc = crc32(head);
    let length = head.length;
    for (const tail of tails) {
      crc = crc32(tail, crc);
      length += tail.length;
    }
    this.#crc = (this.#crc ^ crc ^ (errno << 8) ^ signal) >>> 0;
    this.#current = undefined;
    const done = current.record?.done;
    if (done !== undefined) {
      const left = current.items[current.taken];
      if (left !== undefined) {
        throw this.#fail(diverged(current, `it no longer wants ${itemName(left.kind)} from outside`));
      }
      const differs = answerDiffers(current, done, { errno, signal, length, crc });
      if (differs !== undefined) throw this.#fail(differs);
      return;
    }
    if (current.begun || this.#recorder.pending) {
      this.#recorder.done(current, { errno, signal, length, crc }, current.hard);
    }
  }

  /** The guest left, or was ended, with the operation that is served. */
  abandon(): void {
    const current = this.#current;
    this.#current = undefined;
    if (current === undefined || !this.#live || !this.#recorder.pending) return;
    this.#recorder.part(current);
  }

  /** Whether everything that the journal had is done again. */
  get exhausted(): boolean {
    return this.#past.next === undefined;
  }

  /** Changes of the host's that are to be made again: those after operations below a number. */
  due(before: number): readonly Between[] {
    return this.#past.due(before);
  }

  /** Notes a change of the host's, before it is made. */
  change(body: Uint8Array): void {
    this.#recorder.change(this.#index, body);
  }

  /** Notes that a run is over. */
  run(body: Uint8Array): void {
    this.#recorder.run(body);
  }

  /** Goes on in another journal, whose beginning is the state of now. */
  renew(journal: Journal): void {
    this.#recorder.renew(journal);
    this.#crc = 0;
  }

  /** Whatever is thrown later, this is why. */
  fail(error: DurableError): DurableError {
    return this.#fail(error);
  }

  #served(): Current | undefined {
    return this.#current === undefined || isApart(this) ? undefined : this.#current;
  }

  #goLive(): void {
    this.#live = true;
    this.#recorder.live();
    for (const action of this.#onLive.splice(0)) action();
  }

  #fail(error: DurableError): DurableError {
    this.#failure ??= error;
    return this.#failure;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
