import { FrozenSet, Tuple } from "./containers.js";
import { Obstacle } from "./errors.js";
import { type DecodeOptions, MAX_DEPTH, MAX_INTEGER, MAX_ITEMS } from "./options.js";
import type { Part } from "./part.js";
import { Reader } from "./reader.js";
import { tagged } from "./tagged.js";
import { TAG } from "./tags.js";

/**
 * The value of CBOR that a guest sent. ProtocolError for bytes that are none of ours; TravelError (a TypeError)
 * names the path of a value that JavaScript cannot hold, such as a dict with two keys that are equal here.
 */
export const decode = (bytes: Uint8Array, options: DecodeOptions = {}): unknown => {
  const decoder = new Decoder(bytes, options);
  try {
    return decoder.whole(options.depth ?? MAX_DEPTH);
  } catch (error) {
    throw error instanceof Obstacle ? error.named(options.root ?? "value") : error;
  }
};

class Decoder {
  readonly #reader: Reader;
  readonly #options: DecodeOptions;
  readonly #part: Part;
  #budget: number;

  constructor(bytes: Uint8Array, options: DecodeOptions) {
    this.#reader = new Reader(bytes);
    this.#options = options;
    this.#budget = options.items ?? MAX_ITEMS;
    this.#part = {
      options: this.#options,
      malformed: (what) => this.#reader.malformed(what),
      item: (depth) => this.item(depth),
    };
  }

  whole(depth: number): unknown {
    const value = this.item(depth);
    if (this.#reader.left > 0) throw this.#reader.malformed();
    return value;
  }

  item(depth: number): unknown {
    const reader = this.#reader;
    const first = reader.byte();
    const info = first & 31;
    this.#spend(1);
    switch (first >> 5) {
      case 0:
        return reader.argument(info);
      case 1: {
        const value = reader.argument(info);
        return typeof value === "bigint" || value === Number.MAX_SAFE_INTEGER
          ? -1n - BigInt(value)
          : -1 - value;
      }
      case 2:
        return reader.take(reader.size(info)).slice();
      case 3:
        return reader.text(reader.size(info));
      case 4:
        return this.#array(reader.size(info), depth, []);
      case 5:
        return this.#map(reader.size(info, 2), depth);
      case 6:
        return this.#tagged(reader.argument(info), depth);
      default:
        return this.#simple(info);
    }
  }

  #spend(units: number): void {
    this.#budget -= units;
    if (this.#budget < 0) throw new Obstacle("the value has more items than may travel");
  }

  #enter(depth: number, count: number): void {
    if (depth <= 0) throw new Obstacle("nested too deeply to travel");
    this.#spend(8 + count);
    this.#budget += count;
  }

  #simple(info: number): unknown {
    if (info >= 25 && info <= 27) return this.#reader.float(info);
    if (info === 20) return false;
    if (info === 21) return true;
    if (info === 22) return null;
    if (info === 23) return undefined;
    throw this.#reader.malformed();
  }

  #array<A extends unknown[]>(count: number, depth: number, into: A): A {
    this.#enter(depth, count);
    try {
      for (let index = 0; index < count; index++) into.push(this.item(depth - 1));
    } catch (error) {
      throw error instanceof Obstacle ? error.at({ index: into.length }, into) : error;
    }
    return into;
  }

  /**
   * An object where all keys are strings; a Map otherwise, and where JavaScript would take it for a promise. No key ever
   * reaches a prototype.
   */
  #map(count: number, depth: number): object {
    this.#enter(depth, count);
    const map = new Map<unknown, unknown>();
    let plain = true;
    let safe = true;
    let key: unknown;
    try {
      for (let index = 0; index < count; index++) {
        key = this.item(depth - 1);
        if (typeof key !== "string") plain = false;
        else if (key in Object.prototype) safe = false;
        map.set(key, this.item(depth - 1));
      }
    } catch (error) {
      throw error instanceof Obstacle ? error.at({ key }, map) : error;
    }
    if (map.size !== count) throw new Obstacle("two keys are equal in JavaScript");
    if (!plain || typeof map.get("then") === "function") return map;
    const object: Record<string, unknown> = safe ? {} : Object.create(null);
    for (const [name, value] of map) object[String(name)] = value;
    return object;
  }

  #tagged(tag: number | bigint, depth: number): unknown {
    if (typeof tag === "bigint") throw this.#reader.malformed();
    if (tag === TAG.tuple) return this.#array(this.#count(), depth, new Tuple());
    if (tag === TAG.set) return this.#set(depth, new Set());
    if (tag === TAG.frozenset) return this.#set(depth, new FrozenSet());
    if (tag === TAG.bignum || tag === TAG.negativeBignum) return this.#bignum(tag === TAG.negativeBignum);
    if (depth <= 0) throw new Obstacle("nested too deeply to travel");
    this.#spend(8);
    return tagged(tag, this.#part, depth - 1);
  }

  /** The head of an array. */
  #count(): number {
    const first = this.#reader.byte();
    if (first >> 5 !== 4) throw this.#reader.malformed();
    return this.#reader.size(first & 31);
  }

  #set<S extends Set<unknown>>(depth: number, into: S): S {
    const count = this.#count();
    this.#enter(depth, count);
    let element: unknown;
    try {
      for (let index = 0; index < count; index++) {
        element = undefined;
        element = this.item(depth - 1);
        into.add(element);
      }
    } catch (error) {
      throw error instanceof Obstacle ? error.at({ element }, into) : error;
    }
    if (into.size !== count) throw new Obstacle("two elements are equal in JavaScript");
    return into;
  }

  #bignum(negative: boolean): number | bigint {
    const first = this.#reader.byte();
    if (first >> 5 !== 2) throw this.#reader.malformed();
    const length = this.#reader.size(first & 31);
    if (length > MAX_INTEGER)
      throw new Obstacle(`an integer of more than ${MAX_INTEGER} bytes cannot travel`);
    const bytes = this.#reader.take(length);
    const magnitude = BigInt(
      `0x0${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}`,
    );
    const value = negative ? -1n - magnitude : magnitude;
    const near = Number(value);
    return Number.isSafeInteger(near) ? near : value;
  }
}
