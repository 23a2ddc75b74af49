/**
 * The part of the WebAssembly JavaScript interface that is used here; the compiler's library for Node lacks it.
 */
export interface WasmMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  /** Grows by so many pages of 64 KiB. Throws RangeError beyond the maximum. */
  grow(pages: number): number;
}

export interface WasmGlobal {
  value: number | bigint;
}

export type WasmFunction = (...slots: readonly (number | bigint)[]) => unknown;
export type WasmModule = object;

export interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

export interface ImportDescriptor {
  readonly module: string;
  readonly name: string;
  readonly kind: string;
}

export type WasmImports = Readonly<Record<string, Readonly<Record<string, WasmFunction>>>>;

interface WasmInterface {
  readonly Module: {
    new (bytes: Uint8Array): WasmModule;
    imports(module: WasmModule): readonly ImportDescriptor[];
  };
  readonly Instance: new (module: WasmModule, imports: WasmImports) => WasmInstance;
  readonly Memory: new (type: { initial: number; maximum?: number; shared?: boolean }) => WasmMemory;
  readonly Global: new (type: { value: string; mutable: boolean }, value: number | bigint) => WasmGlobal;
  readonly RuntimeError: new (message?: string) => Error;
}

export const wasm: WasmInterface = Reflect.get(globalThis, "WebAssembly");
