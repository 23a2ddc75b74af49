import { OptionError } from "../errors.js";
import type { OpenFile } from "../fs/filesystem.js";
import type { Input } from "../options/sandbox.js";

const encoder = new TextEncoder();

/**
 * The stdin of a session: empty, but for what each run brings. It pulls one chunk at a time, and only when the
 * guest wants to read; a chunk that an interrupted read waited for stays for the next.
 */
export class SessionInput implements OpenFile {
  readonly stream = true;
  readonly #arrived: () => void;
  #source: Iterator<unknown> | AsyncIterator<unknown> | undefined;
  #rest: Uint8Array = new Uint8Array();
  #pulling: Promise<void> | undefined;
  #failed: unknown;
  #run = 0;

  /** `arrived` is called when a read would no longer wait. */
  constructor(arrived: () => void) {
    this.#arrived = arrived;
  }

  /** Begins a run with an input of its own; what the last one left is dropped. */
  begin(input: Input | undefined): void {
    this.end();
    this.#failed = undefined;
    if (input === undefined) return;
    if (typeof input === "string") this.#rest = encoder.encode(input);
    else if (input instanceof Uint8Array) this.#rest = input;
    else if (Symbol.asyncIterator in input) this.#source = input[Symbol.asyncIterator]();
    else if (Symbol.iterator in input) this.#source = input[Symbol.iterator]();
    else throw new OptionError("stdin", "give a string, bytes, a stream, or an iterable of them");
  }

  /** The run is over: nothing more is pulled. */
  end(): void {
    const source = this.#source;
    this.#run++;
    this.#source = undefined;
    this.#pulling = undefined;
    this.#rest = new Uint8Array();
    void (async () => source?.return?.())().catch(() => undefined);
  }

  readable(): boolean {
    if (this.#rest.length > 0 || this.#source === undefined) return true;
    this.#pull();
    return this.#pulling === undefined;
  }

  read(into: Uint8Array): number | Promise<number> {
    if (this.#rest.length === 0 && this.#source !== undefined) {
      return this.#pull().then(() => this.read(into));
    }
    if (this.#failed !== undefined) throw this.#failed;
    const part = this.#rest.subarray(0, into.length);
    into.set(part);
    this.#rest = this.#rest.subarray(part.length);
    return part.length;
  }

  #pull(): Promise<void> {
    this.#pulling ??= this.#next(this.#run);
    return this.#pulling;
  }

  async #next(run: number): Promise<void> {
    try {
      const step = await this.#source?.next();
      if (run !== this.#run) return;
      if (step === undefined || step.done === true) this.#source = undefined;
      else this.#rest = toBytes(step.value);
    } catch (error) {
      if (run !== this.#run) return;
      this.#source = undefined;
      this.#failed = error;
    } finally {
      if (run === this.#run) {
        this.#pulling = undefined;
        this.#arrived();
      }
    }
  }
}

const toBytes = (chunk: unknown): Uint8Array => {
  if (typeof chunk === "string") return encoder.encode(chunk);
  if (chunk instanceof Uint8Array) return chunk;
  throw new OptionError("stdin", `an iterable gave ${typeof chunk}, where strings or Uint8Arrays can be`);
};
