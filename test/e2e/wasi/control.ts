import type { FileSystem, OpenFile } from "../../../src/fs/filesystem.js";
import { oneStream } from "../../support/stream.js";

/** The stream by which the program is told what to call, and tells what came of it. */
export class Control {
  #toRead: Buffer = Buffer.alloc(0);
  #written: Buffer = Buffer.alloc(0);
  #wanted = 0;
  #done: ((answer: Buffer) => void) | undefined;

  /** Sends a message; answers what is written back, once so many bytes are there. */
  exchange(message: Buffer, wanted: number): Promise<Buffer> {
    this.#toRead = message;
    this.#written = Buffer.alloc(0);
    this.#wanted = wanted;
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  readonly #file: OpenFile = {
    stream: true,
    readable: () => this.#toRead.length > 0,
    read: (into) => {
      const length = this.#toRead.copy(into);
      this.#toRead = this.#toRead.subarray(length);
      return length;
    },
    write: (data) => {
      this.#written = Buffer.concat([this.#written, data]);
      if (this.#written.length >= this.#wanted) this.#done?.(this.#written);
      return data.length;
    },
  };

  /** A file system that is this one file. */
  get fileSystem(): FileSystem {
    return oneStream("control", () => this.#file);
  }
}
