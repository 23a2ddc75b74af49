import { chain } from "../../wire/steps.js";
import type { Awaitable, GuestOperationName, Handlers, Results } from "../../wire/types.js";

/** What the RPython dialects need of a kernel: its semantic operations. */
export type Calls = Pick<Handlers, GuestOperationName>;

export const AT_FDCWD = -100;
export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_REMOVEDIR = 0x200;
export const O_DIRECTORY = 0o200000;
export const O_CLOEXEC = 0o2000000;

/** Longest piece that one answer may carry: the child reads answers into a buffer that doubles at every read. */
export const MAX_READ = 256 << 10;
/** Largest listing or environment that is answered, in bytes. */
const MAX_WHOLE = 64 << 20;

const decoder = new TextDecoder("utf-8", { fatal: false });

/** Path bytes as a string; invalid UTF-8 becomes U+FFFD, which names nothing. */
export const text = (bytes: Uint8Array): string => decoder.decode(bytes);

/** All of what an operation answers in parts from an offset on. */
export async function whole(
  part: (args: { offset: number; capacity: number }) => Awaitable<{ data: Uint8Array; length?: number }>,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (;;) {
    const { data, length = data.length } = await part({ offset, capacity: MAX_READ });
    parts.push(Uint8Array.from(data));
    offset += data.length;
    if (data.length === 0 || offset >= length || offset > MAX_WHOLE) return Buffer.concat(parts);
  }
}

/** The strings of NUL-ended data. */
export function strings(data: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let from = 0; from < data.length; ) {
    const end = data.indexOf(0, from);
    const to = end < 0 ? data.length : end;
    found.push(data.subarray(from, to));
    from = to + 1;
  }
  return found;
}

/** One name of a directory, without "." and "..". */
export interface Listed {
  readonly name: Uint8Array;
  readonly ino: bigint;
  readonly type: number;
}

/** Bytes of an entry beside its name. */
const ENTRY = 20;

/** The entries of an open directory, read `capacity` bytes at a time as they are asked for. */
export async function* entries(calls: Calls, fd: number, capacity: number): AsyncGenerator<Listed, void> {
  let cookie = 0n;
  for (;;) {
    const at = cookie;
    // All of a piece at once: its bytes are the kernel's again after the next call.
    const piece = [...parse((await calls.readdir({ fd, cookie, capacity })).entries)];
    for (const entry of piece) {
      cookie = entry.next;
      if (!isDot(entry.name)) yield entry;
    }
    if (cookie === at) return;
  }
}

function* parse(entries: Uint8Array): Generator<Listed & { readonly next: bigint }> {
  const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength);
  for (let at = 0; at + ENTRY <= entries.length; ) {
    const length = view.getUint16(at + 18, true);
    if (at + ENTRY + length > entries.length) return;
    yield {
      next: view.getBigUint64(at, true),
      ino: view.getBigUint64(at + 8, true),
      type: entries[at + 16] ?? 0,
      name: Uint8Array.from(entries.subarray(at + ENTRY, at + ENTRY + length)),
    };
    at += ENTRY + length;
  }
}

const isDot = (name: Uint8Array): boolean =>
  name[0] === 46 && (name.length === 1 || (name.length === 2 && name[1] === 46));

/** Opens the directory at `path`, lists it, and closes it. */
export async function listPath(calls: Calls, path: string): Promise<Listed[]> {
  const { fd } = await calls.open({ at: AT_FDCWD, path, flags: O_DIRECTORY | O_CLOEXEC, mode: 0 });
  try {
    const found: Listed[] = [];
    let total = 0;
    for await (const entry of entries(calls, fd, MAX_READ)) {
      found.push(entry);
      total += ENTRY + entry.name.length;
      if (total > MAX_WHOLE) break;
    }
    return found;
  } finally {
    await calls.close({ fd });
  }
}

/** Writes all of `data` in pieces that an operation may carry; answers how many bytes were taken. */
export async function writeAll(calls: Calls, fd: number, data: Uint8Array): Promise<number> {
  let done = 0;
  do {
    const piece = data.subarray(done, done + (1 << 20));
    const { length } = await calls.write({ fd, data: piece });
    done += length;
    if (length < piece.length) break;
  } while (done < data.length);
  return done;
}

export const identity = (calls: Calls, which: number): Awaitable<number> =>
  chain(calls.identity({ which }), ({ value }: Results<"identity">) => value);

const BILLION = 1_000_000_000;
/** Nanoseconds as the float of seconds. */
export const seconds = (ns: bigint): number =>
  Number(ns / 1_000_000_000n) + Number(ns % 1_000_000_000n) / BILLION;
/** A float of seconds as nanoseconds, clamped to what fits 63 bits. */
export const nanoseconds = (s: number): bigint =>
  Number.isNaN(s) ? 0n : BigInt(Math.trunc(Math.max(-9e9, Math.min(9e9, s)) * 1e6)) * 1000n;
