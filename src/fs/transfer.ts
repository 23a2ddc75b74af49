import { Errno } from "../wire/errno.js";
import { get, type Steps } from "../wire/steps.js";
import type { Inode, OpenFile } from "./filesystem.js";

const PIECE = 1 << 20;

/** Opens, uses, and closes whatever happens. */
export function* withOpen<T>(file: Inode, write: boolean, use: (open: OpenFile) => Steps<T>): Steps<T> {
  if (file.open === undefined) throw new Errno("EINVAL");
  const open = yield* get(file.open({ read: !write, write }));
  try {
    return yield* use(open);
  } finally {
    const closing = open.close?.();
    if (closing !== undefined) yield* get(closing);
  }
}

/** Writes all of `data` at `offset`. */
export function* writeFully(open: OpenFile, data: Uint8Array, offset: number): Steps<void> {
  for (let done = 0; done < data.length; ) {
    if (open.write === undefined) throw new Errno("EROFS");
    const written = yield* get(open.write(data.subarray(done), offset + done));
    if (written <= 0) throw new Errno("EIO", "a file system wrote nothing");
    done += written;
  }
}

/**
 * Copies the first `length` bytes of a file into an empty one, holes as holes where `from` knows of them.
 * @throws Errno ENOSPC, before anything is read, where what has no holes is more than `room`
 */
export function* readAllInto(
  from: Inode,
  to: Inode,
  length: number,
  room = Number.POSITIVE_INFINITY,
): Steps<void> {
  if (length === 0) return;
  yield* withOpen(from, false, function* (source) {
    if (source.seek === undefined && length > room) throw new Errno("ENOSPC");
    yield* withOpen(to, true, function* (sink) {
      const piece = new Uint8Array(Math.min(PIECE, length));
      for (let done = yield* nextData(source, 0); done < length; done = yield* nextData(source, done)) {
        const read = yield* get(source.read(piece.subarray(0, Math.min(PIECE, length - done)), done));
        if (read === 0) break;
        yield* writeFully(sink, piece.subarray(0, read), done);
        done += read;
      }
    });
  });
  if (to.setattr !== undefined) yield* get(to.setattr({ size: length }));
}

function* nextData(open: OpenFile, offset: number): Steps<number> {
  if (open.seek === undefined) return offset;
  try {
    return yield* get(open.seek(offset, "data"));
  } catch (error) {
    if (error instanceof Errno && error.code === "ENXIO") return Number.POSITIVE_INFINITY;
    throw error;
  }
}

/** Writes all of `data` at the beginning of a file. */
export function* writeAll(file: Inode, data: Uint8Array): Steps<void> {
  yield* withOpen(file, true, (open) => writeFully(open, data, 0));
}

/** All of a file's bytes, also where its size is not known before. @throws Errno EFBIG if they are more than `limit` */
export function* readAll(file: Inode, limit: number): Steps<Uint8Array> {
  const { size } = yield* get(file.stat());
  if (size > limit) throw new Errno("EFBIG", `a file of ${size} bytes, where ${limit} are allowed`);
  return yield* withOpen(file, false, function* (open) {
    let bytes = new Uint8Array(size === 0 ? PIECE : size);
    let done = 0;
    for (;;) {
      const read = yield* get(open.read(bytes.subarray(done), done));
      done += read;
      if (read === 0 || (size !== 0 && done === size)) return bytes.subarray(0, done);
      if (done > limit) throw new Errno("EFBIG", `a file of more than ${limit} bytes`);
      if (done === bytes.length) {
        const grown = new Uint8Array(done * 2);
        grown.set(bytes);
        bytes = grown;
      }
    }
  });
}
