import type { ByteReader, ByteWriter } from "../wire/bytes.js";
import { ERRNO, Errno, type ErrnoName } from "../wire/errno.js";

const isErrno = (name: string): name is ErrnoName => Object.hasOwn(ERRNO, name);

/** An errno as the journal has it. */
export const writeErrno = (body: ByteWriter, error: unknown): void => {
  body.text(error instanceof Errno ? error.code : "EIO");
};

export const readErrno = (body: ByteReader): Errno => {
  const name = body.text();
  body.end();
  return new Errno(isErrno(name) ? name : "EIO");
};
