import { Errno } from "../../wire/errno.js";
import { entries, type Listed } from "./calls.js";
import type { Request } from "./request2.js";

const MAX_OPEN = 50;
/** Bytes of entries that are held of each open directory. */
const PIECE = 32 << 10;

interface Open {
  readonly fd: number;
  readonly entries: AsyncGenerator<Listed, void>;
  position: number;
  last: bigint;
}

/** Open directories of version 2's children: DIR* is an address that was allocated in the child. */
export class Directories {
  readonly #open = new WeakMap<object, Map<bigint, Open>>();

  /** A DIR* for the directory that is open as `fd`, which is its own from then on. */
  async open(request: Request, fd: number): Promise<bigint> {
    const all = this.#of(request);
    if (all.size >= MAX_OPEN) throw new Errno("EMFILE");
    const handle = await request.memory.allocate(Buffer.alloc(8));
    all.set(handle, { fd, entries: entries(request.calls, fd, PIECE), position: 0, last: 0n });
    return handle;
  }

  /** The address of the next struct dirent, or 0 at the end. The one before is freed. */
  async next(request: Request, handle: bigint): Promise<bigint> {
    const directory = this.#of(request).get(handle);
    if (directory === undefined) throw new Errno("EBADF");
    this.#free(request, directory);
    const entry = await directory.entries.next();
    if (entry.done === true) return 0n;
    directory.position += 1;
    directory.last = await request.memory.allocate(dirent(entry.value, directory.position));
    return directory.last;
  }

  async close(request: Request, handle: bigint): Promise<void> {
    const all = this.#of(request);
    const directory = all.get(handle);
    if (directory === undefined) throw new Errno("EBADF");
    this.#free(request, directory);
    all.delete(handle);
    request.memory.free(handle);
    await request.calls.close({ fd: directory.fd });
  }

  #free(request: Request, directory: Open): void {
    if (directory.last !== 0n) request.memory.free(directory.last);
    directory.last = 0n;
  }

  #of(request: Request): Map<bigint, Open> {
    const found = this.#open.get(request.memory);
    if (found !== undefined) return found;
    const made = new Map<bigint, Open>();
    this.#open.set(request.memory, made);
    return made;
  }
}

/** struct dirent of Linux x86-64, 280 bytes: d_ino, d_off, d_reclen, d_type, d_name[256]. */
function dirent(entry: Listed, offset: number): Buffer {
  const bytes = Buffer.alloc(280);
  bytes.writeBigUInt64LE(entry.ino, 0);
  bytes.writeBigInt64LE(BigInt(offset), 8);
  bytes.writeUInt16LE(280, 16);
  bytes.writeUInt8(entry.type, 18);
  bytes.set(entry.name.subarray(0, 255), 19);
  return bytes;
}
