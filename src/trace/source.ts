import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { TraceError } from "./format.js";

/** Where the bytes of a trace come from. */
export interface Source {
  /** Bytes. */
  readonly size: number;
  /** Bytes within the size. Throws TraceError where they are no longer there. */
  read(at: number, length: number): Buffer;
  close(): void;
}

export const tooShort = (): TraceError => new TraceError("the file ends too soon");

/** Throws what the system says of a file that cannot be read. */
export const fileSource = (file: string): Source => {
  const fd = openSync(file, "r");
  const read = (at: number, length: number): Buffer => {
    const bytes = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const count = readSync(fd, bytes, done, length - done, at + done);
      if (count === 0) throw tooShort();
      done += count;
    }
    return bytes;
  };
  try {
    return { size: fstatSync(fd).size, read, close: () => closeSync(fd) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
};

export const bytesSource = (bytes: Uint8Array): Source => ({
  size: bytes.length,
  read: (at, length) => Buffer.from(bytes.buffer, bytes.byteOffset + at, length),
  close: () => {},
});
