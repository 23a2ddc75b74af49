import { AsyncLocalStorage } from "node:async_hooks";
import { DurableError } from "../errors.js";
import { type Decoded, decodeRecord, operationName } from "../trace/decode.js";
import { ERRNO, Errno, type ErrnoName } from "../wire/errno.js";
import { ByteReader, ByteWriter } from "./bytes.js";
import { crc32 } from "./checksum.js";
import { ENTRY, EXCERPT, ITEM, type Item, type ItemKind, itemName, type OperationRecord } from "./format.js";
import type { Journal } from "./journal.js";

/** The operation that is being served. */
interface Current {
  readonly index: number;
  readonly operation: number;
  readonly request: Buffer;
  readonly length: number;
  readonly crc: number;
  /** What the journal has of it, and how far that was taken. */
  readonly record: OperationRecord | undefined;
  readonly items: readonly Item[];
  taken: number;
  /** Whether its head is in the journal. */
  begun: boolean;
  /** Whether what it has must be written before it is answered. */
  hard: boolean;
}

/** What the host did between operations, after the one of this number. */
export interface Between {
  readonly index: number;
  readonly body: Buffer;
}

/** What a tape goes through. */
export type Recorded =
  | { readonly kind: "operation"; readonly record: OperationRecord }
  | ({ readonly kind: "change" } & Between);

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
  #journal: Journal;
  readonly #records: Iterator<Recorded, void>;
  /** Changes that the host made before the next operation that the journal has something of. */
  readonly #changes: Between[] = [];
  #hooks: TapeHooks = { begun: () => false, arrival: () => {} };
  /** The next operation that the journal has something of. */
  #next: OperationRecord | undefined;
  #index: number;
  #crc = 0;
  #current: Current | undefined;
  readonly #apart = new AsyncLocalStorage<true>();
  #live = false;
  #failure: DurableError | undefined;
  readonly #onLive: (() => void)[] = [];
  readonly #entry = new ByteWriter();
  readonly #body = new ByteWriter();
  /** Items of the operation that are not in the journal yet. */
  readonly #items = new ByteWriter();
  #itemCount = 0;

  /** `records` are what the journal had when it was opened. */
  constructor(journal: Journal, records: Iterator<Recorded, void>) {
    this.#journal = journal;
    this.#records = records;
    this.#index = journal.header.operations;
    this.#next = this.#take();
  }

  hook(hooks: TapeHooks): void {
    this.#hooks = hooks;
  }

  /** Called once, when the journal has no more answered operation: before the next one is served. */
  onLive(action: () => void): void {
    if (this.#live) action();
    else this.#onLive.push(action);
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

  /** Whether the operation that is served is all new. */
  get fresh(): boolean {
    return this.#live && this.#current?.record === undefined;
  }

  /** Whether this is done for an operation that is being served. */
  get within(): boolean {
    return this.#served() !== undefined;
  }

  /** Does something that is no part of the operation that is served meanwhile: the host's own doing. */
  apart<T>(action: () => Promise<T>): Promise<T> {
    return this.#apart.run(true, action);
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
    const next = this.#next;
    if (next !== undefined && next.head.index < index) throw this.#fail(disordered());
    const record = next?.head.index === index ? next : undefined;
    if (record !== undefined) {
      this.#compare(record, operation, request);
      this.#next = this.#take();
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
      this.#hooks.arrival(new ByteReader(body));
      arrives = true;
    }
    if (!this.#live && record?.done === undefined && this.#next === undefined) this.#goLive();
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
      return new ByteReader(item.body);
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
    return new ByteReader(item.body);
  }

  /** Adds to the operation what the world answered. What is `soft` may be lost as long as nobody outside saw what came of it. */
  put(kind: ItemKind, write: (body: ByteWriter) => void, soft = false): void {
    const current = this.#served();
    if (current === undefined) return;
    if (!this.#live) throw this.#fail(diverged(current, `it now has ${itemName(kind)} from outside`));
    this.#body.clear();
    write(this.#body);
    this.#items.u8(kind).data(this.#body.bytes);
    this.#itemCount += 1;
    if (!soft) current.hard = true;
  }

  /** Writes what the operation has so far, before the world is told something. */
  commit(): void {
    const current = this.#served();
    if (current === undefined) return;
    this.#write(current, ENTRY.part);
    this.#journal.add(this.#entry);
    this.#journal.flush();
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
    const { record } = current;
    if (record?.done !== undefined) {
      const { done } = record;
      if (current.taken < current.items.length) {
        throw this.#fail(
          diverged(
            current,
            `it no longer wants ${itemName(current.items[current.taken]?.kind ?? 0)} from outside`,
          ),
        );
      }
      if (done.errno !== errno || done.signal !== signal || done.length !== length || done.crc !== crc) {
        throw this.#fail(
          diverged(
            current,
            `it was answered ${answerText(done)}, and is now ${answerText({ errno, signal, length })}`,
          ),
        );
      }
      return;
    }
    if (!current.begun && this.#itemCount === 0) return;
    this.#write(current, ENTRY.done);
    this.#entry.u16(errno).u8(signal).number(length).u32(crc);
    this.#journal.add(this.#entry);
    if (current.hard) this.#journal.flush();
  }

  /** The guest left, or was ended, with the operation that is served. */
  abandon(): void {
    const current = this.#current;
    this.#current = undefined;
    if (current === undefined || !this.#live || this.#itemCount === 0) return;
    this.#write(current, ENTRY.part);
    this.#journal.add(this.#entry);
    this.#journal.flush();
  }

  /** Whether everything that the journal had is done again. */
  get exhausted(): boolean {
    return this.#next === undefined;
  }

  /** Changes of the host's that are to be made again: those after operations below a number. */
  due(before: number): readonly Between[] {
    const later = this.#changes.findIndex(({ index }) => index >= before);
    return this.#changes.splice(0, later < 0 ? this.#changes.length : later);
  }

  /** Notes a change of the host's, before it is made. */
  change(body: Uint8Array): void {
    this.#entry.clear();
    this.#entry.u8(ENTRY.change).number(this.#index).data(body);
    this.#journal.add(this.#entry);
    this.#journal.flush();
  }

  /** Notes that a run is over. */
  run(body: Uint8Array): void {
    this.#entry.clear();
    this.#entry.u8(ENTRY.run).data(body);
    this.#journal.add(this.#entry);
    this.#journal.sync();
  }

  /** Goes on in another journal, whose beginning is the state of now. */
  renew(journal: Journal): void {
    this.#journal = journal;
    this.#crc = 0;
  }

  /** Whatever is thrown later, this is why. */
  fail(error: DurableError): DurableError {
    return this.#fail(error);
  }

  #served(): Current | undefined {
    return this.#apart.getStore() === true ? undefined : this.#current;
  }

  #write(current: Current, kind: number): void {
    this.#entry.clear();
    this.#entry.u8(kind).number(current.index).number(Date.now());
    if (current.begun) this.#entry.u8(0);
    else {
      this.#entry.u8(1).u16(current.operation).number(current.length).data(current.request).u32(current.crc);
      current.begun = true;
    }
    this.#entry.number(this.#itemCount).raw(this.#items.bytes);
    this.#items.clear();
    this.#itemCount = 0;
  }

  #goLive(): void {
    this.#live = true;
    this.#entry.clear();
    this.#entry.u8(ENTRY.live).number(Date.now());
    this.#journal.add(this.#entry);
    for (const action of this.#onLive.splice(0)) action();
  }

  #take(): OperationRecord | undefined {
    for (;;) {
      const next = this.#records.next();
      if (next.done === true) return undefined;
      if (next.value.kind === "operation") return next.value.record;
      this.#changes.push(next.value);
    }
  }

  #compare({ head }: OperationRecord, operation: number, request: Buffer): void {
    const { excerpt, length } = head;
    const same =
      head.operation === operation &&
      length === request.length &&
      request.subarray(0, EXCERPT).equals(excerpt);
    if (same && head.crc === this.#crc) return;
    const was = { operation: head.operation, request: excerpt, whole: length === excerpt.length };
    const is = { operation, request: request.subarray(0, EXCERPT), whole: request.length <= EXCERPT };
    throw this.#fail(
      new DurableError(
        "diverged",
        same
          ? `the run cannot be continued: what the guest did before operation ${head.index} (${describe(is)}) is not what it did then`
          : `the run cannot be continued: operation ${head.index} was ${describe(was)}, and is now ${describe(is)}`,
      ),
    );
  }

  #fail(error: DurableError): DurableError {
    this.#failure ??= error;
    return this.#failure;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

const disordered = (): DurableError =>
  new DurableError("damaged", "the journal is damaged: its operations are not in order");

const diverged = ({ index, operation, request, length }: Current, what: string): DurableError =>
  new DurableError(
    "diverged",
    `the run cannot be continued: operation ${index}, ${describe({ operation, request, whole: length <= EXCERPT })}, is not what it was: ${what}`,
  );

const TEXT_MAX = 200;

/** An operation for a message: its name and arguments. */
const describe = ({
  operation,
  request,
  whole,
}: {
  readonly operation: number;
  readonly request: Uint8Array;
  readonly whole: boolean;
}): string => {
  const name = operationName(operation);
  if (!whole) return `${name}(…)`;
  const { args }: Decoded = decodeRecord({ operation, request: new Uint8Array(request), answer: undefined });
  const shown = Object.entries(args).map(([key, value]) => `${key}: ${show(value)}`);
  const text = `${name}(${shown.join(", ")})`;
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX)}…`;
};

const show = (value: unknown): string => {
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString("latin1"));
  return typeof value === "string" ? JSON.stringify(value) : String(value);
};

const answerText = ({
  errno,
  signal,
  length,
}: {
  readonly errno: number;
  readonly signal: number;
  readonly length: number;
}): string => {
  const what = errno === 0 ? `with ${length} bytes` : `with ${errnoOf(errno)}`;
  return signal === 0 ? what : `${what} and signal ${signal}`;
};

const errnoOf = (errno: number): string => {
  for (const [name, [number]] of Object.entries(ERRNO)) if (number === errno) return name;
  return `errno ${errno}`;
};

const isErrno = (name: string): name is ErrnoName => Object.hasOwn(ERRNO, name);

/** An errno as the journal has it. */
export const writeErrno = (body: ByteWriter, error: unknown): void => {
  body.text(error instanceof Errno ? error.code : "EIO");
};

export const readErrno = (body: ByteReader): Errno => {
  const name = body.text();
  body.end();
  return new Errno(isErrno(name) ? name : "EIO");
};
