/**
 * The subset of Python 2's marshal format that RPython's first sandbox speaks, both directions.
 *
 * Source: rpython/translator/sandbox/rmarshal.py and sandlib.py of PyPy. All integers are little-endian.
 * The reader is incremental: bytes may arrive in any pieces. Nothing is allocated for a length before it was
 * checked, nesting and counts are bounded, and the error of a malformed value names its offset.
 */

/** A value on the wire. Floats are numbers, integers are bigints, strings are bytes. */
export type Marshalled =
  | null
  | boolean
  | number
  | bigint
  | Uint8Array
  | { readonly tuple: readonly Marshalled[] }
  | { readonly list: readonly Marshalled[] }
  | { readonly dict: readonly (readonly [Marshalled, Marshalled])[] }
  /** Written as 32 bits (`i`); plain bigints are written as 64 bits (`I`). */
  | { readonly int32: number };

/** Bounds of what is read. */
export interface MarshalLimits {
  /** Longest string that is kept, in bytes. Longer ones are read, but only their beginning is kept. Default 16 MiB. */
  readonly kept: number;
  /** Most bytes that are kept of all strings of one value. Default 32 MiB. */
  readonly total: number;
  /** Deepest nesting. Default 8. */
  readonly depth: number;
  /** Most items in all containers of one value. Default 65,536. */
  readonly items: number;
}

const DEFAULT_MARSHAL_LIMITS: MarshalLimits = {
  kept: 16 << 20,
  total: 32 << 20,
  depth: 8,
  items: 65_536,
};

/** What arrived is no marshal value; `offset` counts from the first byte of the stream. */
export class MarshalError extends Error {
  override readonly name = "MarshalError";
  readonly code = "ERR_MARSHAL";
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} at offset ${offset}`);
    this.offset = offset;
  }
}

type Want = { readonly bytes: number } | { readonly into: Uint8Array; readonly length: number };
type Reading<T> = Generator<Want, T, Uint8Array>;

const TYPE = {
  N: 78,
  T: 84,
  F: 70,
  i: 105,
  I: 73,
  f: 102,
  s: 115,
  "(": 40,
  "[": 91,
  "{": 123,
  "0": 48,
} as const;
const FLOAT = /^ *[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** Reads values from a stream of bytes that arrive in pieces. */
export class MarshalReader {
  readonly #limits: MarshalLimits;
  readonly #truncated = new WeakMap<Uint8Array, number>();
  #reading: Reading<Marshalled> | undefined;
  #want: Want = { bytes: 1 };
  #filled = 0;
  #scratch = new Uint8Array(256);
  #items = 0;
  /** Bytes of the value's strings so far. */
  #held = 0;
  #offset = 0;

  constructor(limits: Partial<MarshalLimits> = {}) {
    this.#limits = { ...DEFAULT_MARSHAL_LIMITS, ...limits };
  }

  /** Bytes taken so far. */
  get offset(): number {
    return this.#offset;
  }

  /** True between two values. */
  get idle(): boolean {
    return this.#reading === undefined;
  }

  /** How long a string really was, of which this is the kept beginning. */
  fullLength(bytes: Uint8Array): number {
    return this.#truncated.get(bytes) ?? bytes.length;
  }

  /**
   * Takes from `chunk` at `from` until one value is complete.
   * Answers the value (undefined: more bytes are needed) and where it stopped.
   */
  take(chunk: Uint8Array, from = 0): { readonly value: Marshalled | undefined; readonly at: number } {
    let at = from;
    if (this.#reading === undefined) {
      if (at >= chunk.length) return { value: undefined, at };
      this.#items = 0;
      this.#held = 0;
      this.#reading = this.#value(0);
      const first = this.#reading.next();
      if (first.done !== true) this.#need(first.value);
    }
    for (;;) {
      const want = this.#want;
      const total = "bytes" in want ? want.bytes : want.length;
      const step = Math.min(total - this.#filled, chunk.length - at);
      this.#store(want, chunk.subarray(at, at + step));
      at += step;
      this.#offset += step;
      if (this.#filled < total) return { value: undefined, at };
      const got = "bytes" in want ? this.#scratch.subarray(0, want.bytes) : want.into;
      const next = this.#reading.next(got);
      if (next.done === true) {
        this.#reading = undefined;
        return { value: next.value, at };
      }
      this.#need(next.value);
    }
  }

  #need(want: Want): void {
    this.#want = want;
    this.#filled = 0;
  }

  #store(want: Want, piece: Uint8Array): void {
    const into = "bytes" in want ? this.#scratch : want.into;
    const room = into.length - this.#filled;
    if (room > 0) into.set(piece.length <= room ? piece : piece.subarray(0, room), this.#filled);
    this.#filled += piece.length;
  }

  #fail(message: string, back: number): never {
    throw new MarshalError(message, this.#offset - back);
  }

  *#value(depth: number): Reading<Marshalled> {
    const code = (yield { bytes: 1 })[0];
    switch (code) {
      case TYPE.N:
        return null;
      case TYPE.T:
        return true;
      case TYPE.F:
        return false;
      case TYPE.i:
        return BigInt(view(yield { bytes: 4 }).getInt32(0, true));
      case TYPE.I:
        return view(yield { bytes: 8 }).getBigInt64(0, true);
      case TYPE.f:
        return yield* this.#float();
      case TYPE.s:
        return yield* this.#string();
      case TYPE["("]:
        return { tuple: yield* this.#sequence(depth) };
      case TYPE["["]:
        return { list: yield* this.#sequence(depth) };
      case TYPE["{"]:
        return { dict: yield* this.#dict(depth) };
      default:
        return this.#fail(`unknown type code 0x${(code ?? 0).toString(16).padStart(2, "0")}`, 1);
    }
  }

  *#float(): Reading<number> {
    const length = (yield { bytes: 1 })[0] ?? 0;
    const text = String.fromCharCode(...(yield { bytes: length }));
    if (!FLOAT.test(text)) this.#fail("malformed float", length);
    return Number(text);
  }

  *#length(): Reading<number> {
    const length = view(yield { bytes: 4 }).getInt32(0, true);
    return length >= 0 ? length : this.#fail(`negative length ${length}`, 4);
  }

  *#string(): Reading<Uint8Array> {
    const length = yield* this.#length();
    if (length === 0) return new Uint8Array(0);
    const { kept, total } = this.#limits;
    this.#held += Math.min(length, kept);
    if (this.#held > total) this.#fail(`more than ${total} bytes of strings`, 4);
    const into = new Uint8Array(Math.min(length, kept));
    yield { into, length };
    if (into.length < length) this.#truncated.set(into, length);
    return into;
  }

  #count(depth: number, items: number, back: number): void {
    if (depth >= this.#limits.depth) this.#fail(`nested deeper than ${this.#limits.depth}`, back);
    this.#items += items;
    if (this.#items > this.#limits.items) this.#fail(`more than ${this.#limits.items} items`, back);
  }

  *#sequence(depth: number): Reading<Marshalled[]> {
    const length = yield* this.#length();
    this.#count(depth, length, 4);
    const items: Marshalled[] = [];
    while (items.length < length) items.push(yield* this.#value(depth + 1));
    return items;
  }

  *#dict(depth: number): Reading<[Marshalled, Marshalled][]> {
    const items: [Marshalled, Marshalled][] = [];
    for (;;) {
      const key = yield* this.#keyOrEnd(depth + 1);
      if (key === undefined) return items;
      this.#count(depth, 2, 1);
      items.push([key, yield* this.#value(depth + 1)]);
    }
  }

  *#keyOrEnd(depth: number): Reading<Marshalled | undefined> {
    const values = this.#value(depth);
    values.next();
    const code = yield { bytes: 1 };
    if (code[0] === TYPE["0"]) return undefined;
    let step = values.next(code);
    while (step.done !== true) step = values.next(yield step.value);
    return step.value;
  }
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Encodes one value. Infinite and NaN floats, which the child refuses, throw a RangeError. */
export function marshal(value: Marshalled): Uint8Array {
  const parts: Uint8Array[] = [];
  write(value, parts);
  return Buffer.concat(parts);
}

function write(value: Marshalled, parts: Uint8Array[]): void {
  if (value === null) parts.push(Uint8Array.of(TYPE.N));
  else if (typeof value === "boolean") parts.push(Uint8Array.of(value ? TYPE.T : TYPE.F));
  else if (typeof value === "bigint") parts.push(integer64(value));
  else if (typeof value === "number") parts.push(float(value));
  else if (value instanceof Uint8Array) parts.push(head(TYPE.s, value.length), value);
  else if ("int32" in value) parts.push(head(TYPE.i, value.int32));
  else if ("tuple" in value) sequence(TYPE["("], value.tuple, parts);
  else if ("list" in value) sequence(TYPE["["], value.list, parts);
  else {
    parts.push(Uint8Array.of(TYPE["{"]));
    for (const [key, item] of value.dict) {
      write(key, parts);
      write(item, parts);
    }
    parts.push(Uint8Array.of(TYPE["0"]));
  }
}

function sequence(code: number, items: readonly Marshalled[], parts: Uint8Array[]): void {
  parts.push(head(code, items.length));
  for (const item of items) write(item, parts);
}

function head(code: number, value: number): Uint8Array {
  if (!Number.isInteger(value) || value !== (value | 0))
    throw new RangeError(`${value} does not fit 32 bits`);
  const bytes = new Uint8Array(5);
  bytes[0] = code;
  view(bytes).setInt32(1, value, true);
  return bytes;
}

function integer64(value: bigint): Uint8Array {
  if (BigInt.asIntN(64, value) !== value) throw new RangeError(`${value} does not fit 64 bits`);
  const bytes = new Uint8Array(9);
  bytes[0] = TYPE.I;
  view(bytes).setBigInt64(1, value, true);
  return bytes;
}

function float(value: number): Uint8Array {
  if (!Number.isFinite(value)) throw new RangeError(`the child refuses the float ${value}`);
  const text = Buffer.from(formatG17(value), "latin1");
  return Buffer.concat([Uint8Array.of(TYPE.f, text.length), text]);
}

/** C's `%.17g`. */
export function formatG17(value: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa = "", exponent = "0"] = value.toExponential(16).split("e");
  const power = Number(exponent);
  if (power < -4 || power >= 17) {
    const sign = power < 0 ? "-" : "+";
    return `${strip(mantissa)}e${sign}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  return strip(value.toFixed(Math.min(100, 16 - power)));
}

const strip = (text: string): string => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
