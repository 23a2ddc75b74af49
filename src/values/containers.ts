/** A Python tuple: an array that goes back as a tuple. Its methods (map, filter, …) give plain arrays. */
export class Tuple<T = unknown> extends Array<T> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
}

/** A tuple to send: `tuple(1, "a")`. */
export const tuple = <const T extends readonly unknown[]>(...items: T): T & Tuple<T[number]> => {
  const made = new Tuple<T[number]>();
  for (const item of items) made.push(item);
  // The items are those of T, in order: a Tuple with them is a T.
  return made as T & Tuple<T[number]>;
};

/** A Python namedtuple: a tuple whose items have names. */
export class NamedTuple<T = unknown> extends Tuple<T> {
  /** `module:Name` of its class. */
  readonly type: string;
  readonly fields: readonly string[];

  constructor(type: string, fields: readonly string[], items: readonly T[]) {
    super();
    if (fields.length !== items.length) throw new RangeError("a namedtuple needs as many items as fields");
    for (const item of items) this.push(item);
    // Not enumerable, so that it compares and prints as the tuple that it is.
    this.type = type;
    this.fields = fields;
    Object.defineProperty(this, "type", { enumerable: false });
    Object.defineProperty(this, "fields", { enumerable: false });
  }

  /** The item of a name; undefined for a name that is no field. */
  get(name: string): T | undefined {
    const index = this.fields.indexOf(name);
    return index < 0 ? undefined : this[index];
  }

  /** Names and items. */
  named(): Map<string, T> {
    const map = new Map<string, T>();
    for (const [index, item] of this.entries()) {
      const name = this.fields[index];
      if (name !== undefined) map.set(name, item);
    }
    return map;
  }
}

/** A Python frozenset: a Set that goes back as a frozenset. */
export class FrozenSet<T = unknown> extends Set<T> {}

/** A Python range, which can be iterated. Its numbers are bigints where they are not safe. */
export class Range implements Iterable<number | bigint> {
  readonly start: number | bigint;
  readonly stop: number | bigint;
  readonly step: number | bigint;

  constructor(start: number | bigint, stop: number | bigint, step: number | bigint = 1) {
    if (BigInt(step) === 0n) throw new RangeError("a range needs a step other than 0");
    this.start = start;
    this.stop = stop;
    this.step = step;
  }

  *[Symbol.iterator](): Generator<number | bigint, void, undefined> {
    const step = BigInt(this.step);
    const stop = BigInt(this.stop);
    for (let at = BigInt(this.start); step > 0n ? at < stop : at > stop; at += step) {
      yield at >= MIN_SAFE && at <= MAX_SAFE ? Number(at) : at;
    }
  }
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const MIN_SAFE = -MAX_SAFE;
