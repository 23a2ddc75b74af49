import { ByteWriter } from "../wire/bytes.js";
import type { Asked } from "./differences.js";
import { type Done, ENTRY, type ItemKind } from "./format.js";
import type { Journal } from "./journal.js";

/** An operation as it is written: its head once, with its first part. */
export interface Recording extends Asked {
  readonly request: Buffer;
  readonly crc: number;
  begun: boolean;
}

/** Writes entries to a journal, and keeps the items of the operation that is served until they are written. */
export class Recorder {
  #journal: Journal;
  readonly #entry = new ByteWriter();
  readonly #body = new ByteWriter();
  readonly #items = new ByteWriter();
  #count = 0;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Goes on in another journal. */
  renew(journal: Journal): void {
    this.#journal = journal;
  }

  /** Whether there are items that are not in the journal. */
  get pending(): boolean {
    return this.#count > 0;
  }

  item(kind: ItemKind, write: (body: ByteWriter) => void): void {
    this.#body.clear();
    write(this.#body);
    this.#items.u8(kind).data(this.#body.bytes);
    this.#count += 1;
  }

  /** What an operation has so far: it is in the file when this returns. */
  part(of: Recording): void {
    this.#operation(of, ENTRY.part);
    this.#journal.add(this.#entry);
    this.#journal.flush();
  }

  /** The end of an operation; in the file when this returns, if it is `hard`. */
  done(of: Recording, { errno, signal, length, crc }: Done, hard: boolean): void {
    this.#operation(of, ENTRY.done);
    this.#entry.u16(errno).u8(signal).number(length).u32(crc);
    this.#journal.add(this.#entry);
    if (hard) this.#journal.flush();
  }

  /** A process goes on from here. */
  live(): void {
    this.#entry.clear();
    this.#journal.add(this.#entry.u8(ENTRY.live).number(Date.now()));
  }

  /** A run is over. */
  run(body: Uint8Array): void {
    this.#entry.clear();
    this.#journal.add(this.#entry.u8(ENTRY.run).data(body));
    this.#journal.sync();
  }

  /** The host is about to change something, after the operation of this number. */
  change(index: number, body: Uint8Array): void {
    this.#entry.clear();
    this.#journal.add(this.#entry.u8(ENTRY.change).number(index).data(body));
    this.#journal.flush();
  }

  #operation(of: Recording, kind: number): void {
    this.#entry.clear();
    this.#entry.u8(kind).number(of.index).number(Date.now());
    if (of.begun) this.#entry.u8(0);
    else {
      this.#entry.u8(1).u16(of.operation).number(of.length).data(of.request).u32(of.crc);
      of.begun = true;
    }
    this.#entry.number(this.#count).raw(this.#items.bytes);
    this.#items.clear();
    this.#count = 0;
  }
}
