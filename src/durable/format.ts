import { DurableError } from "../errors.js";
import { ByteReader } from "../wire/bytes.js";

/**
 * The journal of a durable run: what came to the guest's kernel from outside, as it came.
 *
 *     "SALLYDUR"  u32 version, u32 length, u32 crc32, a header in JSON
 *     entries:    u32 length, u32 crc32 of the payload going on from the crc of the entry before, the payload
 *
 * All integers are little-endian. A payload begins with its kind (u8):
 *
 *     part   of an operation under way: its head (in its first part), then items
 *     done   the same, and at its end: u16 errno, u8 signal, length and crc of the answer
 *     live   a process went on from here: its time
 *     run    a run is over: see runs.ts
 *     change the host changed a file of the guest's after an operation: see host-changes.ts
 *
 * Operations without any item are not in the journal: the guest asks for them again, and the kernel answers the
 * same. The crc in an operation's head is of all requests and answers up to it, so that none of them can differ unseen.
 *
 * An item is its kind (u8), a length and bytes that are its source's own.
 */
export const MAGIC = "SALLYDUR";
export const VERSION = 1;
export const HEADER_MAX = 65_536;
/** Bytes of an entry's frame. */
export const FRAME = 8;
/** Most bytes of an entry's payload: the largest message of a guest, and what stands around it. */
export const ENTRY_MAX = 2 ** 29;
/** How much of a request is kept, for messages and to compare by. */
export const EXCERPT = 256;

export const ENTRY = { part: 1, done: 2, live: 3, run: 4, change: 5 } as const;

/** What can come from outside while an operation is served. */
export const ITEM = {
  /** The clock's time. */
  time: 1,
  random: 2,
  usage: 3,
  /** The outcome of an operation that was not done, but is given. */
  given: 4,
  /** What stdin brought. */
  input: 5,
  /** A host call was answered. */
  arrival: 6,
  /** A signal from outside. */
  raise: 7,
  /** Since when an operation waits. */
  since: 8,
  /** What a file system outside answered. */
  files: 9,
  /** What a file system outside is about to be told, and how it was before. */
  intent: 10,
  /** A run's command. */
  command: 11,
  /** Output was handed on. */
  output: 12,
} as const;

export type ItemKind = (typeof ITEM)[keyof typeof ITEM];

const NAMES = new Map<number, string>(Object.entries(ITEM).map(([name, kind]) => [kind, name]));

export const itemName = (kind: number): string => NAMES.get(kind) ?? `item ${kind}`;

export interface Item {
  readonly kind: number;
  readonly body: Buffer;
}

/** What is wrong with a journal's bytes, as its error. */
export const damaged = (what: string): DurableError =>
  new DurableError("damaged", `the journal is damaged: ${what}`);

/** Reads bytes of a journal. */
export const readerOf = (bytes: Uint8Array): ByteReader => new ByteReader(bytes, damaged);

/** An operation as the journal has it. */
export interface Head {
  /** Its number in the session, from 1. */
  readonly index: number;
  readonly operation: number;
  /** Bytes of the whole request, and its beginning. */
  readonly length: number;
  readonly excerpt: Buffer;
  /** Of everything up to this request. */
  readonly crc: number;
}

export interface Done {
  readonly errno: number;
  readonly signal: number;
  /** Of all but a final operation. */
  readonly length: number;
  readonly crc: number;
}

export interface OperationRecord {
  readonly head: Head;
  readonly items: readonly Item[];
  /** When its last part was written, in ms since 1970. */
  readonly at: number;
  /** Missing where the controller ended while it was served. */
  readonly done: Done | undefined;
}

export type Entry =
  | { readonly kind: "operation"; readonly record: OperationRecord }
  | { readonly kind: "live"; readonly at: number }
  | { readonly kind: "run"; readonly body: Buffer }
  | { readonly kind: "change"; readonly index: number; readonly body: Buffer };
