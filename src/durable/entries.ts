import type { ByteReader } from "../wire/bytes.js";
import {
  type Done,
  damaged,
  ENTRY,
  type Entry,
  type Head,
  type Item,
  type OperationRecord,
  readerOf,
} from "./format.js";

/** A journal's entries, of their payloads. An operation whose parts have no end comes last. Throws DurableError for what are none. */
export function* decodeEntries(payloads: Iterable<Buffer>): Generator<Entry, void> {
  let open: Joined | undefined;
  for (const payload of payloads) {
    const reader = readerOf(payload);
    const kind = reader.u8();
    if (kind === ENTRY.part || kind === ENTRY.done) {
      open = join(open, reader, kind === ENTRY.done);
      if (open.done === undefined) continue;
      yield { kind: "operation", record: open };
      open = undefined;
    } else if (kind === ENTRY.live) {
      // Whoever went on from an operation that had no end goes on with its parts.
      yield { kind: "live", at: reader.number() };
    } else if (kind === ENTRY.run) {
      if (open !== undefined) throw damaged("a run ends within an operation");
      yield { kind: "run", body: reader.data() };
    } else if (kind === ENTRY.change) {
      yield { kind: "change", index: reader.number(), body: reader.data() };
    } else throw damaged(`there is no entry of kind ${kind}`);
    reader.end();
  }
  if (open !== undefined) yield { kind: "operation", record: open };
}

/** An operation whose parts are being joined. */
type Joined = OperationRecord & { readonly items: Item[] };

/** A part of an operation, joined to those before. */
const join = (before: Joined | undefined, reader: ByteReader, last: boolean): Joined => {
  const index = reader.number();
  const at = reader.number();
  const first = reader.u8() === 1;
  if (first !== (before === undefined) || (before !== undefined && before.head.index !== index)) {
    throw damaged(`the parts of operation ${index} are not in order`);
  }
  const head = before?.head ?? readHead(index, reader);
  const items = before?.items ?? [];
  for (let left = reader.number(); left > 0; left -= 1) {
    const kind = reader.u8();
    items.push({ kind, body: reader.data() });
  }
  return { head, items, at, done: last ? readDone(reader) : undefined };
};

const readHead = (index: number, reader: ByteReader): Head => {
  const operation = reader.u16();
  const length = reader.number();
  const excerpt = reader.data();
  return { index, operation, length, excerpt, crc: reader.u32() };
};

const readDone = (reader: ByteReader): Done => {
  const errno = reader.u16();
  const signal = reader.u8();
  const length = reader.number();
  return { errno, signal, length, crc: reader.u32() };
};
