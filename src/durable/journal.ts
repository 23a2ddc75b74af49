import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import * as v from "valibot";
import { DurableError } from "../errors.js";
import type { Fsync } from "../options/durable.js";
import type { ByteWriter } from "../wire/bytes.js";
import { crc32 } from "../wire/crc32.js";
import { decodeEntries } from "./entries.js";
import { damaged, ENTRY_MAX, type Entry, FRAME, HEADER_MAX, MAGIC, VERSION } from "./format.js";
import { openPlain } from "./plain.js";

export interface JournalOptions {
  /** Most bytes of the file. */
  readonly limit: number;
  readonly fsync: Fsync;
}

const START = 20;
/** Bytes that wait at most to be written, where nothing hurries. */
const WAITING_MAX = 64 * 1024;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const headerSchema = v.object({
  /** A number that no other journal has. */
  id: v.pipe(v.string(), v.maxLength(64)),
  /** ms since 1970. */
  begun: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  /** What was before it, up to the snapshot that it goes on from: operations, host calls, bytes of output. */
  operations: count,
  calls: count,
  stdout: count,
  stderr: count,
});
export type JournalHeader = v.InferOutput<typeof headerSchema>;

/**
 * The file of a journal. What is in it is checked whole when it is opened: an end that was not written whole is cut off,
 * anything else that is not right is an error.
 */
export class Journal implements Disposable {
  readonly header: JournalHeader;
  readonly #fd: number;
  readonly #options: JournalOptions;
  /** Where entries begin. */
  readonly #start: number;
  #end: number;
  /** The crc of the last entry. */
  #crc: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #closed = false;

  private constructor(
    fd: number,
    header: JournalHeader,
    at: { readonly start: number; readonly end: number; readonly crc: number },
    options: JournalOptions,
  ) {
    this.#fd = fd;
    this.header = header;
    this.#start = at.start;
    this.#end = at.end;
    this.#crc = at.crc;
    this.#options = options;
  }

  /** Makes a new one; there must be no file of that name. */
  static create(file: string, header: JournalHeader, options: JournalOptions): Journal {
    const fd = openSync(file, "wx+", 0o600);
    const text = Buffer.from(JSON.stringify(header));
    const start = Buffer.alloc(START);
    start.write(MAGIC, "latin1");
    start.writeUInt32LE(VERSION, 8);
    start.writeUInt32LE(text.length, 12);
    const crc = crc32(text, crc32(start.subarray(0, 16)));
    start.writeUInt32LE(crc, 16);
    const whole = Buffer.concat([start, text]);
    writeAll(fd, whole, 0);
    if (options.fsync !== "never") fsyncSync(fd);
    return new Journal(fd, header, { start: whole.length, end: whole.length, crc }, options);
  }

  /** Opens one that is there. Throws DurableError where it is damaged. */
  static open(file: string, options: JournalOptions): Journal {
    const fd = openPlain(file, "r+");
    try {
      const { size } = fstatSync(fd);
      const start = readAll(fd, 0, Math.min(START, size));
      if (start.length < START || start.toString("latin1", 0, 8) !== MAGIC) throw damaged("it is none");
      const version = start.readUInt32LE(8);
      if (version !== VERSION) throw damaged(`it is of version ${version}, not ${VERSION}`);
      const length = start.readUInt32LE(12);
      if (length > HEADER_MAX || START + length > size) throw damaged("its header is too long");
      const text = readAll(fd, START, length);
      const crc = crc32(text, crc32(start.subarray(0, 16)));
      if (crc !== start.readUInt32LE(16)) throw damaged("its header has another checksum");
      const at = { start: START + length, end: size, crc };
      const last = scan(fd, at);
      if (last.end < size) ftruncateSync(fd, last.end);
      return new Journal(fd, parseHeader(text), { ...last, start: at.start }, options);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Bytes of the file, those that wait to be written among them. */
  get length(): number {
    return this.#end + this.#waitingBytes;
  }

  /** Everything that was in it when it was opened. An operation whose parts have no end comes last. */
  entries(): Generator<Entry, void> {
    return decodeEntries(this.#payloads(this.#start, this.#end));
  }

  *#payloads(from: number, end: number): Generator<Buffer, void> {
    for (let at = from; at < end; ) {
      const length = readAll(this.#fd, at, FRAME).readUInt32LE(0);
      yield readAll(this.#fd, at + FRAME, length);
      at += FRAME + length;
    }
  }

  /** Adds an entry. It is in the file after `flush`. Throws DurableError at the limit. */
  add(payload: ByteWriter): void {
    if (this.#closed) return;
    const size = FRAME + payload.length;
    if (payload.length > ENTRY_MAX || this.length + size > this.#options.limit) {
      throw new DurableError(
        "limit",
        `the journal may have ${this.#options.limit} bytes, and would have more: run it with a higher limit to go on`,
      );
    }
    const entry = Buffer.allocUnsafe(size);
    this.#crc = crc32(payload.bytes, this.#crc);
    entry.writeUInt32LE(payload.length, 0);
    entry.writeUInt32LE(this.#crc, 4);
    entry.set(payload.bytes, FRAME);
    this.#waiting.push(entry);
    this.#waitingBytes += size;
    if (this.#waitingBytes > WAITING_MAX) this.flush();
  }

  /** Writes what was added: from then on the end of this process does not lose it. */
  flush(): void {
    if (this.#waitingBytes === 0 || this.#closed) return;
    const [first, ...more] = this.#waiting;
    if (first === undefined) return;
    writeAll(this.#fd, more.length === 0 ? first : Buffer.concat(this.#waiting), this.#end);
    this.#end += this.#waitingBytes;
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (this.#options.fsync === "answers") fdatasyncSync(this.#fd);
  }

  /** Writes all, and makes it survive the machine's end, unless that is never wanted. */
  sync(): void {
    this.flush();
    if (this.#options.fsync !== "never" && !this.#closed) fsyncSync(this.#fd);
  }

  close(): void {
    if (this.#closed) return;
    this.flush();
    this.#closed = true;
    closeSync(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

const parseHeader = (text: Buffer): JournalHeader => {
  let value: unknown;
  try {
    value = JSON.parse(text.toString("utf8"));
  } catch (error) {
    throw new DurableError("damaged", "the journal is damaged: its header is no JSON", { cause: error });
  }
  const parsed = v.safeParse(headerSchema, value);
  if (!parsed.success) throw damaged(`its header is not right: ${parsed.issues[0].message}`);
  return parsed.output;
};

/** Checks every entry; answers where the last whole one ends, and its crc. */
const scan = (
  fd: number,
  { start, end, crc: first }: { readonly start: number; readonly end: number; readonly crc: number },
): { readonly end: number; readonly crc: number } => {
  let at = start;
  let crc = first;
  while (at < end) {
    // What was being written when the controller ended is shorter than it says.
    if (at + FRAME > end) break;
    const frame = readAll(fd, at, FRAME);
    const length = frame.readUInt32LE(0);
    if (length > ENTRY_MAX || length === 0) {
      if (zeros(fd, at, end)) break;
      throw damaged(`an entry at byte ${at} has ${length} bytes`);
    }
    if (at + FRAME + length > end) break;
    const next = crc32(readAll(fd, at + FRAME, length), crc);
    if (next !== frame.readUInt32LE(4)) {
      throw damaged(`the entry at byte ${at} has another checksum`);
    }
    crc = next;
    at += FRAME + length;
  }
  return { end: at, crc };
};

/** Whether there is nothing but zeros: what a file system leaves where the machine ended before it wrote. */
const zeros = (fd: number, from: number, end: number): boolean => {
  for (let at = from; at < end; at += WAITING_MAX) {
    if (readAll(fd, at, Math.min(WAITING_MAX, end - at)).some((byte) => byte !== 0)) return false;
  }
  return true;
};

const readAll = (fd: number, at: number, length: number): Buffer => {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const read = readSync(fd, bytes, done, length - done, at + done);
    if (read === 0) throw damaged("the file ends too soon");
    done += read;
  }
  return bytes;
};

const writeAll = (fd: number, bytes: Buffer, at: number): void => {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, at + done);
  }
};
