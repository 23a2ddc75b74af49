import { ProtocolError } from "../errors.js";
import { decode } from "../values/index.js";

/** How deeply a message may be nested: errors hold their causes. */
const DEPTH = 64;
/** Units of memory that a message may take, beside the values in it, which are byte strings. */
const ITEMS = 1 << 20;

/** A map of a guest's message, read with every property's type checked. */
export class Shape {
  readonly #members: ReadonlyMap<string, unknown>;
  readonly #what: string;

  private constructor(members: ReadonlyMap<string, unknown>, what: string) {
    this.#members = members;
    this.#what = what;
  }

  /** The message that the bytes are. `what` names it in errors. */
  static message(bytes: Uint8Array, what: string): Shape {
    let value: unknown;
    try {
      value = decode(bytes, { root: what, depth: DEPTH, items: ITEMS });
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      throw new ProtocolError(`The guest sent a ${what} that cannot be read.`, { cause: error });
    }
    return Shape.#from(value, what);
  }

  static #from(value: unknown, what: string): Shape {
    if (value instanceof Map && value.size === 0) return new Shape(new Map(), what);
    if (typeof value !== "object" || value === null) throw breach(what, "a map");
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== null && prototype !== Object.prototype) throw breach(what, "a map with text keys");
    return new Shape(new Map(Object.entries(value)), what);
  }

  has(key: string): boolean {
    return this.#members.has(key);
  }

  text(key: string): string {
    const value = this.#members.get(key);
    if (typeof value !== "string") throw this.#breach(key, "text");
    return value;
  }

  /** A whole number from `least` on. */
  count(key: string, least = 0): number {
    const value = this.#members.get(key);
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least) {
      throw this.#breach(key, `a whole number from ${least} on`);
    }
    return value;
  }

  bytes(key: string): Uint8Array {
    const value = this.#members.get(key);
    if (!(value instanceof Uint8Array)) throw this.#breach(key, "bytes");
    return value;
  }

  flag(key: string): boolean {
    const value = this.#members.get(key);
    if (typeof value !== "boolean") throw this.#breach(key, "true or false");
    return value;
  }

  map(key: string): Shape {
    return Shape.#from(this.#members.get(key), `${this.#what}.${key}`);
  }

  mapOrNull(key: string): Shape | null {
    return this.#members.get(key) === null ? null : this.map(key);
  }

  maps(key: string): readonly Shape[] {
    return this.#array(key).map((each, index) => Shape.#from(each, `${this.#what}.${key}[${index}]`));
  }

  texts(key: string): readonly string[] {
    return this.#array(key).map((each) => {
      if (typeof each !== "string") throw this.#breach(key, "an array of text");
      return each;
    });
  }

  references(key: string): readonly number[] {
    return this.#array(key).map((each) => {
      if (typeof each !== "number" || !Number.isSafeInteger(each) || each < 1) {
        throw this.#breach(key, "an array of references");
      }
      return each;
    });
  }

  /** The members of a map of text or bytes. */
  parts(): ReadonlyMap<string, string | Uint8Array> {
    const parts = new Map<string, string | Uint8Array>();
    for (const [key, value] of this.#members) {
      if (typeof value !== "string" && !(value instanceof Uint8Array))
        throw this.#breach(key, "text or bytes");
      parts.set(key, value);
    }
    return parts;
  }

  unknown(key: string): ProtocolError {
    return this.#breach(key, "one of its known values");
  }

  #array(key: string): readonly unknown[] {
    const value = this.#members.get(key);
    if (!Array.isArray(value)) throw this.#breach(key, "an array");
    return value;
  }

  #breach(key: string, expected: string): ProtocolError {
    return breach(`${this.#what}.${key}`, expected);
  }
}

const breach = (where: string, expected: string): ProtocolError =>
  new ProtocolError(`The guest sent a message whose ${where} is not ${expected}.`);
