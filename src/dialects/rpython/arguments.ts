import { Errno } from "../../wire/errno.js";
import { text } from "./calls.js";
import type { Marshalled } from "./marshal.js";

/** The arguments do not have the types that the function takes. */
export class BadArguments extends Error {
  override readonly name = "BadArguments";
}

/** The arguments of one request, read by type. */
export class Arguments {
  readonly #values: readonly Marshalled[];

  constructor(values: readonly Marshalled[]) {
    this.#values = values;
  }

  get count(): number {
    return this.#values.length;
  }

  /** An integer of 64 bits. Children before 5.4.1 send some as floats. */
  long(index: number): bigint {
    const value = this.#values[index];
    if (typeof value === "bigint") return value;
    if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
    throw new BadArguments(`argument ${index} is no integer`);
  }

  /** An integer of 32 bits, signed; what does not fit is EINVAL. */
  int(index: number): number {
    const value = this.long(index);
    if (value < -0x80000000n || value > 0xffffffffn) throw new Errno("EINVAL");
    return Number(BigInt.asIntN(32, value));
  }

  /** As `int`, unsigned: flags and modes. */
  word(index: number): number {
    return this.int(index) >>> 0;
  }

  bytes(index: number): Uint8Array {
    const value = this.#values[index];
    if (value instanceof Uint8Array) return value;
    throw new BadArguments(`argument ${index} is no string`);
  }

  path(index: number): string {
    const bytes = this.bytes(index);
    if (bytes.length > 4095) throw new Errno("ENAMETOOLONG");
    if (bytes.includes(0)) throw new Errno("EINVAL");
    return text(bytes);
  }

  float(index: number): number {
    const value = this.#values[index];
    if (typeof value === "number") return value;
    if (typeof value === "bigint") return Number(value);
    throw new BadArguments(`argument ${index} is no float`);
  }

  /** None, or a tuple of two floats. */
  times(index: number): readonly [number, number] | undefined {
    const value = this.#values[index];
    if (value === null) return undefined;
    if (typeof value === "object" && value !== null && "tuple" in value && value.tuple.length === 2) {
      const pair = new Arguments(value.tuple);
      return [pair.float(0), pair.float(1)];
    }
    throw new BadArguments(`argument ${index} is neither None nor two floats`);
  }
}
