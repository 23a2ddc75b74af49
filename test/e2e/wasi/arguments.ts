import { ERRNO } from "../../../src/wire/errno.js";
import type { OperationShape } from "../../../src/wire/operations.js";
import { type WasiFunctionName, wasi } from "../../../src/wire/wasi-functions.js";
import type { Reply, Value, Values } from "../../unit/dialects/frames.js";
import { DATA, HEADER_SIZE } from "./caller.js";

/** What memory holds that nothing was written to. */
const POISON = 0xa5;

interface Region {
  readonly at: number;
  readonly size: number;
}

interface Laid {
  /** The header and the piece of memory, as the program reads them. */
  readonly message: Buffer;
  /** Where results will be. */
  readonly results: ReadonlyMap<string, readonly Region[]>;
}

const numbers = Object.keys(wasi);

/** Memory as a C program would lay it out for a call. */
class Layout {
  readonly #parts: Buffer[] = [];
  #end = DATA;

  /** Room of a size, poisoned, or with some bytes. */
  place(of: number | Uint8Array): Region {
    const bytes = typeof of === "number" ? Buffer.alloc(of, POISON) : Buffer.from(of);
    const padded = Buffer.concat([bytes, Buffer.alloc((16 - (bytes.length % 16)) % 16, POISON)]);
    const region = { at: this.#end, size: bytes.length };
    this.#parts.push(padded);
    this.#end += padded.length;
    return region;
  }

  /** An array of iovecs for a buffer in two pieces. */
  vector(regions: readonly Region[]): Region {
    const bytes = Buffer.alloc(8 * regions.length);
    for (const [index, { at, size }] of regions.entries()) {
      bytes.writeUInt32LE(at, 8 * index);
      bytes.writeUInt32LE(size, 8 * index + 4);
    }
    return this.place(bytes);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

const bytesOf = (value: Value | undefined): Uint8Array =>
  value instanceof Uint8Array ? value : Buffer.from(typeof value === "string" ? value : "");

const long = (value: Value | undefined): bigint =>
  BigInt.asUintN(64, BigInt(typeof value === "bigint" ? value : Number(value ?? 0)));

/** Lays a call out in memory. `strings`: how many there will be, and their bytes. */
export const layOut = (
  name: WasiFunctionName,
  args: Values,
  strings: { readonly count: number; readonly size: number },
): Laid => {
  const shape: OperationShape = wasi[name];
  const layout = new Layout();
  const slots: bigint[] = [];
  const results = new Map<string, readonly Region[]>();
  for (const [parameterName, parameter] of Object.entries(shape.parameters)) {
    const value = args[parameterName];
    switch (parameter.kind) {
      case "i32":
      case "u32":
        slots.push(BigInt.asUintN(32, long(value)));
        break;
      case "i64":
      case "u64":
        slots.push(long(value));
        break;
      case "bytes": {
        const { at, size } = layout.place(bytesOf(value));
        slots.push(BigInt(at), BigInt(size));
        break;
      }
      case "gather": {
        const data = bytesOf(value);
        const half = data.length >> 1;
        const pieces = [layout.place(data.subarray(0, half)), layout.place(data.subarray(half))];
        slots.push(BigInt(layout.vector(pieces).at), 2n);
        break;
      }
      case "array":
        slots.push(BigInt(layout.place(bytesOf(value)).at));
        break;
      case "buffer":
      case "filled": {
        const region = layout.place(Number(value ?? 64));
        results.set(parameterName, [region]);
        slots.push(BigInt(region.at), BigInt(region.size));
        break;
      }
      case "scatter": {
        const size = Number(value ?? 64);
        const pieces = [layout.place(size >> 1), layout.place(size - (size >> 1))];
        results.set(parameterName, pieces);
        slots.push(BigInt(layout.vector(pieces).at), 2n);
        break;
      }
      case "slots": {
        const region = layout.place(Number(value ?? 64));
        results.set(parameterName, [region]);
        slots.push(BigInt(region.at));
        break;
      }
      case "out":
      case "count": {
        const region = layout.place(parameter.kind === "count" ? 4 : parameter.size);
        results.set(parameterName, [region]);
        slots.push(BigInt(region.at));
        break;
      }
      case "strings": {
        const region = layout.place(strings.size);
        slots.push(BigInt(layout.place(4 * strings.count).at), BigInt(region.at));
        results.set(parameterName, [region]);
      }
    }
  }
  const memory = layout.bytes;
  const header = Buffer.alloc(HEADER_SIZE);
  header.writeUInt32LE(numbers.indexOf(name), 0);
  header.writeUInt32LE(memory.length, 4);
  for (const [index, slot] of slots.entries()) header.writeBigUInt64LE(slot, 8 + 8 * index);
  return { message: Buffer.concat([header, memory]), results };
};

/** How much of some poisoned memory was written: up to the last byte that is not poison any more. */
const written = (bytes: Buffer): Buffer => {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === POISON) end -= 1;
  return bytes.subarray(0, end);
};

/** What the program wrote back: the errno and the piece of memory. */
export const readBack = (name: WasiFunctionName, { results }: Laid, answer: Buffer): Reply => {
  const number = answer.readUInt32LE(0);
  if (number !== 0) {
    const found = Object.entries(ERRNO).find(([, [, wasiNumber]]) => wasiNumber === number);
    if (found === undefined) throw new Error(`an errno that is none: ${number}`);
    return { errno: found[0], signal: 0, results: {} };
  }
  const memory = (region: Region): Buffer =>
    answer.subarray(4 + region.at - DATA, 4 + region.at - DATA + region.size);
  const shape: OperationShape = wasi[name];
  const values: Record<string, number | bigint | Buffer> = {};
  let counted: number | undefined;
  for (const [parameterName, parameter] of Object.entries(shape.parameters)) {
    const regions = results.get(parameterName);
    if (regions === undefined) continue;
    const bytes = Buffer.concat(regions.map(memory));
    if (parameter.kind === "count") {
      counted = bytes.readUInt32LE(0);
      values[parameterName] = counted;
    } else if (parameter.kind === "out" && parameter.shape === "integer") {
      values[parameterName] =
        parameter.size === 8 ? bytes.readBigUInt64LE(0) : bytes.readUIntLE(0, parameter.size);
    } else values[parameterName] = bytes;
  }
  for (const [parameterName, parameter] of Object.entries(shape.parameters)) {
    const value = values[parameterName];
    if (!Buffer.isBuffer(value)) continue;
    if (parameter.kind === "buffer" || parameter.kind === "scatter") {
      values[parameterName] = counted === undefined ? written(value) : value.subarray(0, counted);
    }
    if (parameter.kind === "slots")
      values[parameterName] = value.subarray(0, (counted ?? 0) * parameter.size);
  }
  return { errno: "ok", signal: 0, results: values };
};
