/**
 * Interrupts: a signal marks the interpreter's own words in linear memory, which the interpreter looks at by itself.
 *
 * The program's export `interrupt_words` gives the address of six u32: where the first signal's mark is, the
 * distance to the next one's, the address of `is_tripped`, that of `eval_breaker`, its bit, the number of signals.
 * All of it is the guest's, hence checked: a wrong address changes nothing.
 */
import type { WasmMemory } from "./webassembly.js";

const WORDS = 6;

export class Interrupts {
  readonly #memory: WasmMemory;
  readonly #address: number;

  constructor(memory: WasmMemory, address: number) {
    this.#memory = memory;
    this.#address = address;
  }

  trip(signal: number): void {
    const words = new Int32Array(this.#memory.buffer, 0, Math.floor(this.#memory.buffer.byteLength / 4));
    const at = this.#address / 4;
    if (this.#address === 0 || !Number.isInteger(at) || at + WORDS > words.length) return;
    const word = (index: number): number => (words[at + index] ?? 0) >>> 0;
    if (signal >= word(5)) return;
    mark(words, word(0) + signal * word(1), 1);
    mark(words, word(2), 1);
    mark(words, word(3), word(4));
  }
}

const mark = (words: Int32Array, address: number, bits: number): void => {
  if (address % 4 === 0 && address / 4 < words.length) Atomics.or(words, address / 4, bits);
};
