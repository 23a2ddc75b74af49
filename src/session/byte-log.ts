const FIRST_BLOCK = 1024;
const MOST_BLOCK = 64 * 1024;

interface Block {
  readonly bytes: Uint8Array;
  /** Offset of its first byte in the whole log. */
  readonly start: number;
  used: number;
}

/**
 * Bytes that are only ever appended, in few large blocks, so that a million small writes cost what they hold.
 * Views that were handed out stay valid: what was written is never changed or moved.
 */
export class ByteLog {
  readonly #blocks: Block[] = [];
  #length = 0;

  /** All bytes ever appended. */
  get length(): number {
    return this.#length;
  }

  append(data: Uint8Array): void {
    let rest = data;
    while (rest.length > 0) {
      const block = this.#writable(rest.length);
      const part = rest.subarray(0, block.bytes.length - block.used);
      block.bytes.set(part, block.used);
      block.used += part.length;
      this.#length += part.length;
      rest = rest.subarray(part.length);
    }
  }

  /** A view from an offset to the end of its block; empty at the end of the log. */
  from(offset: number): Uint8Array {
    for (let index = this.#blocks.length - 1; index >= 0; index--) {
      const block = this.#blocks[index];
      if (block !== undefined && block.start <= offset) {
        return block.bytes.subarray(offset - block.start, block.used);
      }
    }
    return new Uint8Array();
  }

  /** Forgets whole blocks that end before an offset. */
  release(before: number): void {
    let count = 0;
    for (const block of this.#blocks) {
      if (block.start + block.bytes.length > before) break;
      count++;
    }
    this.#blocks.splice(0, count);
  }

  /** All that is kept, in one piece. */
  bytes(): Uint8Array {
    const [only, ...others] = this.#blocks;
    if (only === undefined) return new Uint8Array();
    if (others.length === 0) return only.bytes.subarray(0, only.used);
    const whole = new Uint8Array(this.#length - only.start);
    for (const block of this.#blocks) {
      whole.set(block.bytes.subarray(0, block.used), block.start - only.start);
    }
    return whole;
  }

  #writable(wanted: number): Block {
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.used < last.bytes.length) return last;
    const size = Math.min(
      MOST_BLOCK,
      Math.max(FIRST_BLOCK, wanted, last === undefined ? 0 : last.bytes.length * 2),
    );
    const block: Block = { bytes: new Uint8Array(size), start: this.#length, used: 0 };
    this.#blocks.push(block);
    return block;
  }
}
