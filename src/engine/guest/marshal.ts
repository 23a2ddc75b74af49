/**
 * Operations of the guest: from an import's arguments to a request, from an answer to linear memory.
 *
 * The same interpreter of parameter kinds as guest/runtime/marshal.c, with the same checks in the same order:
 * everything is checked before the first byte is sent.
 */
import type { ErrnoName } from "../../wire/errno.js";
import { MAX_DATA } from "../../wire/parameters.js";
import { type Exchange, Leave, STATUS } from "./frames.js";
import { errnoOf, type Importable, importable, type Part, receivesData } from "./importable.js";
import type { LinearMemory } from "./memory.js";
import type { ImportDescriptor, WasmImports } from "./webassembly.js";

const MAX_VECTORS = 1024;
const VECTOR = 8;

type Slot = number | bigint;
type Import = (...slots: readonly Slot[]) => number;

interface Vector {
  readonly address: number;
  readonly length: number;
}

const protocolError = (): Leave => new Leave(STATUS.protocol);

const u32 = (slot: Slot | undefined): number => Number(slot ?? 0) >>> 0;

export class Marshal {
  readonly #memory: () => LinearMemory;
  readonly #exchange: Exchange;

  /** `memory` is asked at each call: the imports are made before the memory is. */
  constructor(memory: () => LinearMemory, exchange: Exchange) {
    this.#memory = memory;
    this.#exchange = exchange;
  }

  /** The import object for a module's imports; functions that are in no table answer ENOSYS. */
  imports(wanted: readonly ImportDescriptor[]): WasmImports {
    const modules = new Map<string, [string, Import][]>();
    for (const { module, name } of wanted) {
      const functions = modules.get(module) ?? [];
      modules.set(module, functions);
      functions.push([name, this.#function(module, name)]);
    }
    return Object.fromEntries([...modules].map(([module, list]) => [module, Object.fromEntries(list)]));
  }

  #function(module: string, name: string): Import {
    const errno = errnoOf(module);
    const operation = importable(module, name);
    if (operation === undefined) return () => errno("ENOSYS");
    const { filled } = operation;
    if (filled !== undefined) return (...slots) => this.#fill(operation, filled, slots, errno);
    return (...slots) => this.#operation(operation, slots, errno).errno;
  }

  #operation(
    { number, final, parts }: Importable,
    slots: readonly Slot[],
    errno: (name: ErrnoName) => number,
  ): { readonly errno: number; readonly filled: number } {
    const lengths: number[] = [];
    const vectors: Vector[] = [];
    for (const part of parts) {
      const length = this.#measure(part, slots, vectors);
      if (typeof length === "string") return { errno: errno(length), filled: 0 };
      lengths.push(length);
    }
    const payload = this.#request(parts, slots, lengths, vectors);
    if (final) {
      this.#exchange.send(number, payload);
      throw new Leave(u32(slots[0]));
    }
    const length = this.#exchange.exchange(number, payload);
    if (this.#exchange.errno !== 0) return { errno: this.#exchange.errno, filled: 0 };
    return this.#answer(parts, slots, lengths, vectors, length, errno);
  }

  /** The length of a variable part as it travels, or the errno for what is wrong with the guest's arguments. */
  #measure(
    { parameter, slot, counter }: Part,
    slots: readonly Slot[],
    vectors: Vector[],
  ): number | ErrnoName {
    const memory = this.#memory();
    const address = u32(slots[slot]);
    let wanted = 0;
    switch (parameter.kind) {
      case "i32":
      case "u32":
      case "i64":
      case "u64":
      case "strings":
        return 0;
      case "bytes":
        wanted = u32(slots[slot + 1]);
        if (wanted > parameter.limit) {
          if (parameter.overflow !== "clamp") return parameter.overflow;
          wanted = parameter.limit;
        }
        break;
      case "gather":
      case "scatter":
        return this.#vectors(address, u32(slots[slot + 1]), vectors);
      case "array":
      case "slots":
        wanted = parameter.size * u32(slots[counter]);
        if (wanted > MAX_DATA) return "EINVAL";
        break;
      case "buffer":
      case "filled":
        wanted = Math.min(u32(slots[slot + 1]), MAX_DATA);
        break;
      case "out":
        wanted = parameter.size;
        break;
      case "count":
        wanted = 4;
        break;
    }
    return memory.inside(address, wanted) ? wanted : "EFAULT";
  }

  #vectors(address: number, count: number, vectors: Vector[]): number | ErrnoName {
    const memory = this.#memory();
    if (count > MAX_VECTORS) return "EINVAL";
    if (!memory.inside(address, count * VECTOR)) return "EFAULT";
    let left = MAX_DATA;
    for (let index = 0; index < count && left > 0; index++) {
      const at = address + index * VECTOR;
      const vector = {
        address: memory.view.getUint32(at, true),
        length: Math.min(memory.view.getUint32(at + 4, true), left),
      };
      if (!memory.inside(vector.address, vector.length)) return "EFAULT";
      left -= vector.length;
      vectors.push(vector);
    }
    return MAX_DATA - left;
  }

  #request(
    parts: readonly Part[],
    slots: readonly Slot[],
    lengths: readonly number[],
    vectors: readonly Vector[],
  ): number {
    const { view, bytes, start } = this.#exchange;
    const memory = this.#memory().bytes;
    let at = start;
    for (const [index, { parameter, slot }] of parts.entries()) {
      switch (parameter.kind) {
        case "i32":
        case "u32":
          view.setUint32(at, u32(slots[slot]), true);
          at += 4;
          break;
        case "i64":
        case "u64":
          view.setBigUint64(at, BigInt.asUintN(64, BigInt(slots[slot] ?? 0)), true);
          at += 8;
          break;
        case "out":
        case "count":
        case "strings":
          break;
        default:
          view.setUint32(at, lengths[index] ?? 0, true);
          at += 4;
      }
    }
    for (const [index, { parameter, slot }] of parts.entries()) {
      if (parameter.kind === "bytes" || parameter.kind === "array") {
        const address = u32(slots[slot]);
        const length = lengths[index] ?? 0;
        bytes.set(memory.subarray(address, address + length), at);
        at += length;
      } else if (parameter.kind === "gather") {
        for (const { address, length } of vectors) {
          bytes.set(memory.subarray(address, address + length), at);
          at += length;
        }
      }
    }
    return at - start;
  }

  /** Checks the whole answer, then stores it. */
  #answer(
    parts: readonly Part[],
    slots: readonly Slot[],
    capacities: readonly number[],
    vectors: readonly Vector[],
    length: number,
    errno: (name: ErrnoName) => number,
  ): { readonly errno: number; readonly filled: number } {
    const { view, bytes, start } = this.#exchange;
    const received: number[] = [];
    let fixed = start;
    let total = 0;
    for (const [index, { parameter }] of parts.entries()) {
      received.push(0);
      if (parameter.kind === "out") fixed += parameter.size;
      else if (parameter.kind === "count") fixed += 4;
      else if (receivesData(parameter)) {
        const capacity = parameter.kind === "strings" ? MAX_DATA : (capacities[index] ?? 0);
        if (fixed - start + 4 > length) throw protocolError();
        const size = view.getUint32(fixed, true);
        if (size > capacity) throw protocolError();
        received[index] = size;
        total += size;
        fixed += 4;
      }
    }
    if (fixed - start + total !== length) throw protocolError();

    const memory = this.#memory().bytes;
    let at = start;
    let data = fixed;
    let filled = 0;
    for (const [index, { parameter, slot }] of parts.entries()) {
      const address = u32(slots[slot]);
      if (parameter.kind === "out" || parameter.kind === "count") {
        const size = parameter.kind === "out" ? parameter.size : 4;
        memory.set(bytes.subarray(at, at + size), address);
        at += size;
      } else if (receivesData(parameter)) {
        const size = received[index] ?? 0;
        const part = bytes.subarray(data, data + size);
        data += size;
        at += 4;
        if (parameter.kind === "strings") {
          const failure = this.#strings(part, address, u32(slots[slot + 1]));
          if (failure !== undefined) return { errno: errno(failure), filled: 0 };
        } else if (parameter.kind === "scatter") scatter(memory, part, vectors);
        else memory.set(part, address);
        filled = size;
      }
    }
    return { errno: 0, filled };
  }

  /** Strings: their bytes to `address`, the address of each to the array at `array`. */
  #strings(bytes: Uint8Array, array: number, address: number): ErrnoName | undefined {
    const memory = this.#memory();
    if (!memory.inside(address, bytes.byteLength)) return "EFAULT";
    if (bytes.byteLength > 0 && bytes.at(-1) !== 0) throw protocolError();
    memory.bytes.set(bytes, address);
    let pointer = array;
    let begin = 0;
    for (let index = 0; index < bytes.byteLength; index++) {
      if (bytes[index] !== 0) continue;
      if (!memory.inside(pointer, 4)) return "EFAULT";
      memory.view.setUint32(pointer, address + begin, true);
      pointer += 4;
      begin = index + 1;
    }
    return undefined;
  }

  /** An operation whose buffer must be filled whole, however many exchanges that takes. */
  #fill(
    operation: Importable,
    { slot }: Part,
    slots: readonly Slot[],
    errno: (name: ErrnoName) => number,
  ): number {
    let address = u32(slots[slot]);
    let left = u32(slots[slot + 1]);
    if (!this.#memory().inside(address, left)) return errno("EFAULT");
    for (;;) {
      const result = this.#operation(operation, slots.with(slot, address).with(slot + 1, left), errno);
      left -= result.filled;
      address += result.filled;
      if (result.errno !== 0 || left === 0) return result.errno;
      if (result.filled === 0) throw protocolError();
    }
  }
}

const scatter = (memory: Uint8Array, bytes: Uint8Array, vectors: readonly Vector[]): void => {
  let at = 0;
  for (const { address, length } of vectors) {
    if (at >= bytes.byteLength) return;
    memory.set(bytes.subarray(at, at + length), address);
    at += length;
  }
};
