import { types } from "node:util";

import { FrozenSet, NamedTuple, Tuple } from "./containers.js";
import { Obstacle } from "./errors.js";
import { type Encoding, writeKnown } from "./known.js";
import { markOf } from "./marks.js";
import { type EncodeOptions, MAX_DEPTH, MAX_INTEGER, MAX_SIZE } from "./options.js";
import { cannot, isPlain } from "./plain.js";
import { TAG, TYPED_ARRAYS } from "./tags.js";
import { Writer } from "./writer.js";
import { isWellFormed, toWtf8 } from "./wtf8.js";

/**
 * CBOR of a value, for Python. TravelError (a TypeError) names the path of what cannot travel.
 *
 * See docs/values.md for what becomes what.
 */
export const encode = (value: unknown, options: EncodeOptions = {}): Uint8Array<ArrayBuffer> => {
  const encoder = new Encoder(options);
  try {
    encoder.item(value, options.depth ?? MAX_DEPTH);
    return encoder.out.finish();
  } catch (error) {
    encoder.undo();
    throw error instanceof Obstacle ? error.named(options.root ?? "value") : error;
  }
};

class Encoder implements Encoding {
  readonly out: Writer;
  readonly #options: EncodeOptions;
  readonly #holds: number[] = [];
  /** In a key or an element of a set, arrays are tuples and sets are frozensets: Python wants them hashable. */
  #hashable = false;

  constructor(options: EncodeOptions) {
    this.#options = options;
    this.out = new Writer(options.size ?? MAX_SIZE);
  }

  undo(): void {
    if (this.#holds.length > 0) this.#options.references?.drop(this.#holds);
  }

  item(value: unknown, depth: number): void {
    const { out } = this;
    switch (typeof value) {
      case "string":
        this.string(value);
        return;
      case "number":
        out.number(value);
        return;
      case "boolean":
        out.byte(value ? 0xf5 : 0xf4);
        return;
      case "undefined":
        out.byte(0xf7);
        return;
      case "bigint":
        if (value >= HUGE || value <= -HUGE) {
          throw new Obstacle(`an integer of more than ${MAX_INTEGER} bytes cannot travel`);
        }
        out.bigint(value);
        return;
      case "object":
        if (value === null) out.byte(0xf6);
        else this.#object(value, depth);
        return;
      case "function":
        if (!this.#reference(value, depth)) throw new Obstacle("a function cannot travel");
        return;
      case "symbol":
        throw new Obstacle("a symbol cannot travel");
    }
  }

  string(value: string): void {
    if (value.length < 4096 ? isWellFormed(value) : !SURROGATE.test(value) || isWellFormed(value)) {
      this.out.text(value);
      return;
    }
    this.out.head(6, TAG.wtf8);
    this.out.bytes(toWtf8(value));
  }

  #object(value: object, depth: number): void {
    if (depth <= 0) throw new Obstacle("nested too deeply to travel", true);
    const { out } = this;
    if (Array.isArray(value)) {
      if (value instanceof NamedTuple) this.#namedtuple(value, depth);
      else {
        if (value instanceof Tuple || this.#hashable) out.head(6, TAG.tuple);
        this.items(value, value, depth);
      }
    } else if (ArrayBuffer.isView(value)) {
      this.#view(value);
    } else if (isPlain(value)) {
      this.#plain(value, depth);
    } else if (types.isMap(value)) {
      this.#map(value, depth);
    } else if (types.isSet(value)) {
      out.head(6, value instanceof FrozenSet || this.#hashable ? TAG.frozenset : TAG.set);
      out.head(4, value.size);
      for (const element of value) this.#key(element, depth, { element }, value);
    } else if (
      !writeKnown(this, value, depth) &&
      !this.#adapted(value, depth) &&
      !this.#reference(value, depth)
    ) {
      throw new Obstacle(cannot(value));
    }
  }

  items(items: readonly unknown[], owner: object, depth: number): void {
    this.out.head(4, items.length);
    let index = 0;
    try {
      for (; index < items.length; index++) this.item(items[index], depth - 1);
    } catch (error) {
      throw error instanceof Obstacle ? error.at({ index }, owner) : error;
    }
  }

  #plain(value: object, depth: number): void {
    const type = markOf(value);
    const keys = Object.keys(value);
    if (type !== undefined) {
      this.out.head(6, TAG.dataclass);
      this.out.head(4, 2);
      this.out.text(type);
    } else if (this.#hashable) {
      throw new Obstacle("an object cannot be a key or an element of a set in Python");
    }
    this.out.head(5, keys.length);
    const outer = this.#hashable;
    this.#hashable = false;
    for (const key of keys) {
      this.string(key);
      this.member(Reflect.get(value, key), depth, key, value);
    }
    this.#hashable = outer;
  }

  member(member: unknown, depth: number, key: unknown, owner: object): void {
    try {
      this.item(member, depth - 1);
    } catch (error) {
      throw error instanceof Obstacle ? error.at({ key }, owner) : error;
    }
  }

  #map(map: Map<unknown, unknown>, depth: number): void {
    if (this.#hashable) throw new Obstacle("a Map cannot be a key or an element of a set in Python");
    this.out.head(5, map.size);
    for (const [key, member] of map) {
      this.#key(key, depth, { key }, map);
      this.member(member, depth, key, map);
    }
  }

  #key(key: unknown, depth: number, step: { key: unknown } | { element: unknown }, owner: object): void {
    const outer = this.#hashable;
    this.#hashable = true;
    try {
      this.item(key, depth - 1);
    } catch (error) {
      throw error instanceof Obstacle ? error.at(step, owner) : error;
    } finally {
      this.#hashable = outer;
    }
  }

  #namedtuple(value: NamedTuple, depth: number): void {
    this.tagged(TAG.namedtuple, 3);
    this.out.text(value.type);
    this.texts(value.fields);
    this.items(value, value, depth);
  }

  texts(texts: readonly string[]): void {
    this.out.head(4, texts.length);
    for (const text of texts) this.string(text);
  }

  tagged(tag: number, parts: number): void {
    this.out.head(6, tag);
    this.out.head(4, parts);
  }

  #view(view: ArrayBufferView): void {
    const { out } = this;
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const type = markOf(view);
    if (types.isUint8Array(view) && type === undefined) {
      out.bytes(bytes);
    } else if (types.isDataView(view)) {
      out.bytes(bytes);
    } else if (type === "bytearray") {
      out.head(6, TAG.bytearray);
      out.bytes(bytes);
    } else {
      const name = Object.prototype.toString.call(view).slice(8, -1);
      const found = TYPED_ARRAYS.find((each) => each.name === name);
      if (found === undefined) throw new Obstacle(`${name} cannot travel`);
      if (type === "memoryview") out.head(6, TAG.memoryview);
      out.head(6, found.tag);
      out.bytes(bytes);
    }
  }

  #adapted(value: object, depth: number): boolean {
    const adapter = this.#options.adapters?.find((each) => value instanceof each.type);
    if (adapter === undefined) return false;
    this.tagged(TAG.adapted, 2);
    this.string(adapter.name);
    this.item(adapter.encode(value), depth - 1);
    return true;
  }

  #reference(value: object, depth: number): boolean {
    const { references } = this.#options;
    if (references === undefined) return false;
    const id = references.guestId(value);
    if (id !== undefined) {
      this.out.head(6, TAG.guestReference);
      this.item({ id }, 2);
      return true;
    }
    const parts = references.refer(value);
    if (parts === undefined) return false;
    this.#holds.push(parts.id);
    this.out.head(6, TAG.hostReference);
    const outer = this.#hashable;
    this.#hashable = false;
    this.item(withoutMissing(parts), depth + 8);
    this.#hashable = outer;
    return true;
  }
}

const HUGE = 1n << BigInt(MAX_INTEGER * 8);
const SURROGATE = /[\ud800-\udfff]/;

/** undefined would arrive as None; a property that is not there has no key. */
const withoutMissing = (parts: object): object =>
  Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined));
