import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import { DurableError } from "../errors.js";
import { openPlain } from "./plain.js";

/**
 * What was printed, whole, in a file. What a guest prints again as it goes on goes to the same place, and so is there once.
 */
export class OutputFile implements Disposable {
  readonly #fd: number;
  /** Bytes that were there when it was opened. */
  readonly #size: number;
  #at: number;

  /** Opens it, or makes it; the next bytes belong at `at`. */
  constructor(file: string, at: number) {
    this.#fd = openFor(file);
    this.#size = fstatSync(this.#fd).size;
    this.#at = at;
  }

  get length(): number {
    return this.#at;
  }

  /** What comes next belongs there. */
  moveTo(at: number): void {
    this.#at = at;
  }

  /** `again`: it was written before. */
  write(data: Uint8Array, again: boolean): void {
    const end = this.#at + data.length;
    if (!again || end > this.#size) {
      for (let done = 0; done < data.length; ) {
        done += writeSync(this.#fd, data, done, data.length - done, this.#at + done);
      }
    }
    this.#at = end;
  }

  /** What is from one place to another. Throws DurableError where the file has less. */
  read(from: number, to: number): Uint8Array {
    if (to > fstatSync(this.#fd).size) throw shorter();
    const bytes = Buffer.alloc(to - from);
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(this.#fd, bytes, done, bytes.length - done, from + done);
      if (read === 0) throw shorter();
      done += read;
    }
    return bytes;
  }

  sync(): void {
    fsyncSync(this.#fd);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

const shorter = (): DurableError =>
  new DurableError("damaged", "the file of the output is shorter than it was");

const openFor = (file: string): number => {
  try {
    return openSync(file, "wx+", 0o600);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return openPlain(file, "r+");
    throw error;
  }
};
