/** What one pipe or one direction of a socket holds at most, in bytes. */
export const RING_SIZE = 65_536;
const FIRST = 4096;

/** A queue of bytes, of 64 KiB at most; it takes memory as it is filled. */
export class Ring {
  #bytes = new Uint8Array(0);
  #start = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get space(): number {
    return RING_SIZE - this.#length;
  }

  /** Puts in what fits; answers how many bytes. */
  write(data: Uint8Array): number {
    const part = data.subarray(0, this.space);
    this.#grow(this.#length + part.length);
    const end = (this.#start + this.#length) % this.#bytes.length || 0;
    const first = Math.min(part.length, this.#bytes.length - end);
    this.#bytes.set(part.subarray(0, first), end);
    this.#bytes.set(part.subarray(first), 0);
    this.#length += part.length;
    return part.length;
  }

  /** Takes out at most `most` bytes, or with `peek` only shows them. */
  read(most: number, peek = false): Uint8Array {
    const length = Math.min(most, this.#length);
    const data = new Uint8Array(length);
    const first = Math.min(length, this.#bytes.length - this.#start);
    data.set(this.#bytes.subarray(this.#start, this.#start + first), 0);
    data.set(this.#bytes.subarray(0, length - first), first);
    if (peek) return data;
    this.#length -= length;
    this.#start = this.#length === 0 ? 0 : (this.#start + length) % this.#bytes.length;
    return data;
  }

  #grow(need: number): void {
    if (need <= this.#bytes.length) return;
    let size = Math.max(FIRST, this.#bytes.length);
    while (size < need) size *= 2;
    const bytes = new Uint8Array(size);
    const held = this.read(this.#length, true);
    bytes.set(held);
    this.#bytes = bytes;
    this.#start = 0;
  }
}
