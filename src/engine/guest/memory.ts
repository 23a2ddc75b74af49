import type { WasmMemory } from "./webassembly.js";

/**
 * The guest's linear memory, as the engine sees it: always through the buffer of now, and never beyond its end.
 */
export class LinearMemory {
  readonly memory: WasmMemory;
  #bytes: Uint8Array;
  #view: DataView;

  constructor(memory: WasmMemory) {
    this.memory = memory;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
  }

  get bytes(): Uint8Array {
    this.#renew();
    return this.#bytes;
  }

  get view(): DataView {
    this.#renew();
    return this.#view;
  }

  get size(): number {
    return this.memory.buffer.byteLength;
  }

  inside(address: number, length: number): boolean {
    return address + length <= this.size;
  }

  /** The memory's buffer is another one after growing. */
  #renew(): void {
    const { buffer } = this.memory;
    if (buffer === this.#bytes.buffer) return;
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }
}
