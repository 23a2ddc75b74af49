/** The child named a size or sent a length that no request needs. */
export class MemoryError extends Error {
  override readonly name = "MemoryError";
}

/** Most bytes that one request may read, write and allocate in the child: 64 MiB. */
const MAX_BYTES = 64 << 20;
/** Most commands of one request. */
const MAX_COMMANDS = 100_000;

interface Waiting {
  readonly size: number;
  readonly done: (bytes: Buffer) => void;
}

/**
 * The child's memory, during one request: commands go out, their answers come in.
 *
 * Writes are collected, and go out in one piece with the next command that needs an answer, or with the result.
 */
export class Memory {
  readonly #send: (bytes: Uint8Array) => void;
  #out: Uint8Array[] = [];
  #waiting: Waiting | undefined;
  /** What the child sent, `#have` bytes of it: one buffer, since pieces of a byte each would cost a hundred times as much. */
  #came = Buffer.alloc(0);
  #have = 0;
  /** How many more bytes the child may send for what was asked. */
  #allowed = 0;
  #bytes = 0;
  #commands = 0;

  constructor(send: (bytes: Uint8Array) => void) {
    this.#send = send;
  }

  /** Starts a request: its budget is fresh. */
  begin(): void {
    this.#out = [];
    this.#came = Buffer.alloc(0);
    this.#have = 0;
    this.#allowed = 0;
    this.#bytes = 0;
    this.#commands = 0;
  }

  /** `size` bytes at `address`. */
  read(address: bigint, size: number): Promise<Buffer> {
    this.#spend(size);
    this.#out.push(command("R", address, BigInt(size)));
    this.#allowed += size;
    return size === 0 ? Promise.resolve(Buffer.alloc(0)) : this.#ask(size);
  }

  /** The NUL-ended string at `address`, of at most `max` bytes. */
  async string(address: bigint, max: number): Promise<Buffer> {
    if (address === 0n) throw new MemoryError("a null pointer for a string");
    this.#spend(max);
    this.#out.push(command("Z", address, BigInt(max)));
    this.#allowed += 8 + max;
    const size = (await this.#ask(8)).readBigInt64LE();
    if (size < 0n || size > BigInt(max))
      throw new MemoryError(`a string of ${size} bytes where at most ${max} were asked for`);
    this.#allowed -= max - Number(size);
    if (this.#allowed < 0) throw new MemoryError("more bytes than were asked for");
    return size === 0n ? Buffer.alloc(0) : await this.#ask(Number(size));
  }

  /** Stores `data` at `address`. */
  write(address: bigint, data: Uint8Array): void {
    this.#spend(data.length);
    if (data.length === 0) return;
    this.#out.push(command("W", address, BigInt(data.length)), Buffer.from(data));
  }

  /** Allocates in the child, filled with `data`; answers the address. */
  async allocate(data: Uint8Array): Promise<bigint> {
    this.#spend(data.length);
    const head = Buffer.alloc(9);
    head.write("M", 0, "latin1");
    head.writeBigInt64LE(BigInt(data.length), 1);
    this.#out.push(head, Buffer.from(data));
    this.#allowed += 8;
    return (await this.#ask(8)).readBigUInt64LE();
  }

  /** Frees what `allocate` answered. */
  free(address: bigint): void {
    this.#spend(0);
    const bytes = Buffer.alloc(9);
    bytes.write("F", 0, "latin1");
    bytes.writeBigUInt64LE(address, 1);
    this.#out.push(bytes);
  }

  /** Sets errno as it will be when the call returns. */
  errno(value: number): void {
    const bytes = Buffer.alloc(5);
    bytes.write("E", 0, "latin1");
    bytes.writeInt32LE(value, 1);
    this.#out.push(bytes);
  }

  /** All that is still to be sent, with the result behind it. */
  finish(result: Uint8Array): Uint8Array {
    const bytes = Buffer.concat([...this.#out, result]);
    this.#out = [];
    return bytes;
  }

  /** Takes what the child answers; false if it is more than was asked for. */
  feed(chunk: Uint8Array): boolean {
    this.#allowed -= chunk.length;
    if (this.#allowed < 0) return false;
    const have = this.#have + chunk.length;
    if (have > this.#came.length) this.#came = Buffer.concat([this.#came], Math.max(have, 2 * this.#have));
    this.#came.set(chunk, this.#have);
    this.#have = have;
    this.#settle();
    return true;
  }

  #settle(): void {
    const waiting = this.#waiting;
    if (waiting === undefined || this.#have < waiting.size) return;
    const answer = Buffer.from(this.#came.subarray(0, waiting.size));
    this.#came.copyWithin(0, waiting.size, this.#have);
    this.#have -= waiting.size;
    this.#waiting = undefined;
    waiting.done(answer);
  }

  #spend(bytes: number): void {
    this.#bytes += bytes;
    this.#commands += 1;
    if (this.#bytes > MAX_BYTES) throw new MemoryError(`one request moves more than ${MAX_BYTES} bytes`);
    if (this.#commands > MAX_COMMANDS)
      throw new MemoryError(`one request needs more than ${MAX_COMMANDS} commands`);
  }

  #ask(size: number): Promise<Buffer> {
    if (this.#out.length > 0) this.#send(Buffer.concat(this.#out));
    this.#out = [];
    return new Promise((done) => {
      this.#waiting = { size, done };
      this.#settle();
    });
  }
}

function command(letter: string, address: bigint, size: bigint): Buffer {
  const bytes = Buffer.alloc(17);
  bytes.write(letter, 0, "latin1");
  bytes.writeBigUInt64LE(address, 1);
  bytes.writeBigInt64LE(size, 9);
  return bytes;
}
