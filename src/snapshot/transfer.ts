/**
 * The guest's memory on its way: out of it for a snapshot, into it for a restore.
 *
 * A guest that sends or asks for memory when nobody told it to breaks the protocol.
 */
import { ProtocolError } from "../errors.js";
import { MAX_DATA } from "../wire/parameters.js";
import type { Arguments, Results } from "../wire/types.js";
import { type Beneath, withBeneath } from "./beneath.js";
import { type BaseImage, xorWith } from "./delta.js";
import type { MemoryState } from "./state.js";

const PAGE = 4096;
const WASM_PAGE = 65_536;
const NOTHING = new Uint8Array(0);

type Phase =
  | { readonly kind: "idle" }
  | {
      readonly kind: "saving";
      readonly runs: [number, Uint8Array][];
      end: number;
      saved: MemoryState | undefined;
    }
  | { readonly kind: "loading"; readonly memory: MemoryState; run: number; within: number };

const wrong = (what: string): ProtocolError => new ProtocolError(`the guest broke the protocol: ${what}`);

export class MemoryTransfer {
  readonly #limit: number;
  readonly #open: () => BaseImage;
  readonly #beneath: Beneath | undefined;
  #image: BaseImage | undefined;
  #phase: Phase = { kind: "idle" };

  /**
   * `limit`: the most bytes of the guest's memory. `open` opens the image that it began with; `beneath` is what it had
   * besides.
   */
  constructor(limit: number, open: () => BaseImage, beneath?: Beneath) {
    this.#limit = limit;
    this.#open = open;
    this.#beneath = beneath;
  }

  /** The guest is about to be told to save. */
  beginSaving(): void {
    this.#phase = { kind: "saving", runs: [], end: 0, saved: undefined };
  }

  /** What it saved; throws where it did not. */
  saved(): MemoryState {
    const phase = this.#phase;
    if (phase.kind !== "saving" || phase.saved === undefined) throw wrong("a snapshot without its end");
    const { saved } = phase;
    if (this.#beneath === undefined) return saved;
    const runs = withBeneath(saved.runs, this.#beneath, (bytes, address) => this.#other(bytes, address));
    return { ...saved, runs };
  }

  /** The guest is about to be told to load. */
  beginLoading(memory: MemoryState): void {
    this.#phase = { kind: "loading", memory, run: 0, within: 0 };
  }

  /** It has saved or loaded, or never will. */
  end(): void {
    this.#phase = { kind: "idle" };
    this.#image?.close();
    this.#image = undefined;
  }

  /** Memory as what differs from the image, or back; the bytes themselves where the image has none. */
  #other(bytes: Uint8Array, address: number): Uint8Array {
    this.#image ??= this.#open();
    if (address >= this.#image.size) return bytes;
    const own = new Uint8Array(bytes);
    xorWith(this.#image, own, address);
    return own;
  }

  save_page({ address, bytes }: Arguments<"save_page">): void {
    const phase = this.#phase;
    if (phase.kind !== "saving" || phase.saved !== undefined) throw wrong("memory that nobody asked for");
    const start = Number(address);
    const end = start + bytes.byteLength;
    const whole = bytes.byteLength > 0 && start % PAGE === 0 && bytes.byteLength % PAGE === 0;
    if (!whole || start < phase.end || end > this.#limit) {
      throw wrong(`memory from ${start} to ${end}, after ${phase.end}, of at most ${this.#limit}`);
    }
    phase.end = end;
    const kept = this.#other(bytes, start);
    phase.runs.push([start, kept === bytes ? new Uint8Array(bytes) : kept]);
  }

  save_state({ pages, globals }: Arguments<"save_state">): void {
    const phase = this.#phase;
    if (phase.kind !== "saving" || phase.saved !== undefined) throw wrong("a state that nobody asked for");
    const size = pages * WASM_PAGE;
    if (
      pages < 1 ||
      size > this.#limit ||
      phase.end > size ||
      globals.byteLength > PAGE ||
      globals.byteLength % 8 !== 0
    ) {
      throw wrong(`a state of ${pages} pages with ${globals.byteLength} bytes of globals`);
    }
    phase.saved = { pages, globals: new Uint8Array(globals), runs: phase.runs };
  }

  load_page({ capacity }: Arguments<"load_page">): Results<"load_page"> {
    const phase = this.#phase;
    if (phase.kind !== "loading") throw wrong("it asks for memory when it has its own");
    const run = phase.memory.runs[phase.run];
    if (run === undefined) return { address: 0n, bytes: NOTHING };
    const [address, contents] = run;
    const at = phase.within;
    const stored = contents.subarray(at, at + Math.min(capacity, MAX_DATA));
    const part = this.#other(stored, address + at);
    phase.within += part.byteLength;
    if (phase.within >= contents.byteLength) {
      phase.run++;
      phase.within = 0;
    }
    return { address: BigInt(address + at), bytes: part };
  }

  load_state({ capacity }: Arguments<"load_state">): Results<"load_state"> {
    const phase = this.#phase;
    if (phase.kind !== "loading") throw wrong("it asks for a state when it has its own");
    const { pages, globals } = phase.memory;
    if (globals.byteLength !== capacity)
      throw wrong(`a state of ${globals.byteLength} bytes for ${capacity}`);
    return { pages, globals };
  }
}
