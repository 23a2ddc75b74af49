import { Errno, linuxErrno } from "../../wire/errno.js";
import type { Calls } from "./calls.js";
import { libcFunction } from "./functions2.js";
import { Memory, MemoryError } from "./memory2.js";
import { Leave, type Request } from "./request2.js";
import type { Speaker, SpeakerEvents } from "./speaker.js";

const SIGNATURE = /^([A-Za-z_]\w*)\(([pidfv]*)\)([pidfv])$/;

/**
 * Version 2, "sandbox-2": C-level calls with raw words; the handler reads and writes the child's memory.
 *
 * A request is a length byte, a signature such as "open(pii)i", and 8 bytes for each argument, in host order.
 * Source: rpython/translator/sandbox/src/rsandbox.c of PyPy's branch sandbox-2.
 */
export class Version2 implements Speaker {
  readonly #calls: Calls;
  readonly #events: SpeakerEvents;
  readonly #memory: Memory;
  #pending: Buffer = Buffer.alloc(0);
  #offset = 0;
  #busy = false;

  constructor(calls: Calls, events: SpeakerEvents) {
    this.#calls = calls;
    this.#events = events;
    this.#memory = new Memory((bytes) => events.send(bytes));
  }

  feed(chunk: Uint8Array): void {
    if (this.#busy) {
      if (!this.#memory.feed(chunk)) this.#violation("bytes that nobody asked for");
      return;
    }
    if (this.#pending.length + chunk.length > 4096) {
      this.#violation("a request longer than any signature allows");
      return;
    }
    this.#pending = Buffer.concat([this.#pending, chunk]);
    this.#begin();
  }

  #violation(what: string): void {
    this.#events.violation(`${what} at offset ${this.#offset}`);
  }

  #begin(): void {
    const length = this.#pending[0];
    if (length === undefined || this.#pending.length < 1 + length) return;
    const signature = this.#pending.toString("latin1", 1, 1 + length);
    const [, name, kinds, kind] = SIGNATURE.exec(signature) ?? [];
    if (name === undefined || kinds === undefined || kind === undefined) {
      this.#violation(`a malformed signature (${JSON.stringify(signature.slice(0, 60))})`);
      return;
    }
    const size = 1 + length + 8 * kinds.length;
    if (this.#pending.length < size) return;
    if (this.#pending.length > size) {
      this.#violation("more than one request");
      return;
    }
    const words = this.#pending.subarray(1 + length, size);
    this.#pending = Buffer.alloc(0);
    this.#offset += size;
    this.#busy = true;
    this.#memory.begin();
    void this.#answer(name, kinds, kind, words).catch((error: unknown) => this.#events.failed(error));
  }

  async #answer(name: string, kinds: string, kind: string, words: Buffer): Promise<void> {
    const libc = libcFunction(name, kinds, kind);
    if (libc === undefined) {
      this.#events.unknown(`${name}(${kinds})${kind}`);
      this.#events.violation(`the function ${name}(${kinds})${kind} is not allowed`);
      return;
    }
    const request: Request = {
      calls: this.#calls,
      memory: this.#memory,
      pointer: (index) => words.readBigUInt64LE(8 * index),
      int: (index) => words.readInt32LE(8 * index),
      long: (index) => words.readBigInt64LE(8 * index),
    };
    let result: bigint | number | undefined;
    try {
      result = await libc.run(request);
    } catch (error) {
      if (error instanceof Leave) {
        this.#events.exit(error.status);
        return;
      }
      if (error instanceof MemoryError) {
        this.#violation(error.message);
        return;
      }
      if (!(error instanceof Errno)) throw error;
      this.#memory.errno(linuxErrno(error.code));
      result = libc.failure;
    }
    this.#busy = false;
    this.#events.send(this.#memory.finish(encodeResult(kind, result ?? 0)));
  }
}

function encodeResult(kind: string, value: bigint | number): Uint8Array {
  if (kind === "v") return Buffer.from("v");
  const bytes = Buffer.alloc(9);
  bytes.write(kind, 0, "latin1");
  if (kind === "f" || kind === "d") {
    bytes.write("f", 0, "latin1");
    bytes.writeDoubleLE(Number(value), 1);
  } else bytes.writeBigInt64LE(BigInt.asIntN(64, BigInt(value)), 1);
  return bytes;
}
