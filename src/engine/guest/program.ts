/**
 * An instantiated program: its memory, its mutable globals, its entry points.
 */
import { globalExport, MEMORY_EXPORT, prepareModule } from "./binary.js";
import type { Exchange } from "./frames.js";
import { Marshal } from "./marshal.js";
import { LinearMemory } from "./memory.js";
import {
  type WasmFunction,
  type WasmGlobal,
  type WasmInstance,
  type WasmMemory,
  type WasmModule,
  wasm,
} from "./webassembly.js";

const isFunction = (value: unknown): value is WasmFunction => typeof value === "function";

const isGlobal = (value: unknown): value is WasmGlobal =>
  typeof value === "object" && value !== null && "value" in value;

const isMemory = (value: unknown): value is WasmMemory =>
  typeof value === "object" && value !== null && "buffer" in value;

/** What a thread can hand to another. */
export interface CompiledModule {
  readonly module: WasmModule;
  /** How many mutable globals there are. */
  readonly globals: number;
  readonly maximumPages: number;
}

/** @throws RangeError where it is no module that can run here, or needs more memory than `pages` pages. */
export const compileModule = (bytes: Uint8Array, pages: number): CompiledModule => {
  const { bytes: prepared, globals, maximumPages } = prepareModule(bytes, pages);
  return { module: new wasm.Module(prepared), globals, maximumPages };
};

export class Program {
  readonly memory: LinearMemory;
  /** Most pages of 64 KiB. */
  readonly maximumPages: number;
  readonly #instance: WasmInstance;
  readonly #globals: readonly WasmGlobal[];

  /** `exchange` carries the program's operations. */
  constructor({ module, globals: count, maximumPages }: CompiledModule, exchange: Exchange) {
    const marshal = new Marshal(() => this.memory, exchange);
    this.#instance = new wasm.Instance(module, marshal.imports(wasm.Module.imports(module)));
    const memory = this.#instance.exports[MEMORY_EXPORT];
    if (!isMemory(memory)) throw new RangeError("the program's memory cannot be reached");
    this.memory = new LinearMemory(memory);
    this.maximumPages = maximumPages;
    const globals: WasmGlobal[] = [];
    for (let position = 0; position < count; position++) {
      const global = this.#instance.exports[globalExport(position)];
      if (isGlobal(global)) globals.push(global);
    }
    this.#globals = globals;
  }

  get pages(): number {
    return this.memory.size / 65_536;
  }

  get globalCount(): number {
    return this.#globals.length;
  }

  has(name: string): boolean {
    return isFunction(this.#instance.exports[name]);
  }

  /** Calls an export without arguments; its i32 result as unsigned, or 0. */
  call(name: string): number {
    const entry = this.#instance.exports[name];
    if (!isFunction(entry)) throw new RangeError(`the program has no export ${name}`);
    return Number(entry() ?? 0) >>> 0;
  }

  /** The mutable globals' values in index order, as bits. */
  readGlobals(): readonly bigint[] {
    return this.#globals.map(({ value }) =>
      BigInt.asUintN(64, typeof value === "bigint" ? value : BigInt(value >>> 0)),
    );
  }

  writeGlobals(values: readonly bigint[]): void {
    for (const [position, global] of this.#globals.entries()) {
      const value = values[position] ?? 0n;
      global.value =
        typeof global.value === "bigint" ? BigInt.asIntN(64, value) : Number(BigInt.asIntN(32, value));
    }
  }

  /** Grows the memory to at least so many pages. */
  growTo(pages: number): void {
    if (pages > this.pages) this.memory.memory.grow(pages - this.pages);
  }
}
