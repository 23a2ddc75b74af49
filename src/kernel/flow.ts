import { Errno } from "../wire/errno.js";
import { copyOf } from "./copy.js";
import { RING_SIZE, Ring } from "./ring.js";

/** One direction between two local sockets. */
export abstract class Flow {
  /** The reading end is shut: writing is EPIPE. */
  readerClosed = false;
  /** The reading socket is closed altogether. */
  readerGone = false;
  /** The writing end is shut: reading ends. */
  writerClosed = false;

  /** Bytes in it. */
  abstract readonly length: number;
  /** Bytes that one read would get now. */
  abstract readonly next: number;
  /** Whether there is something to read, be it an empty packet. */
  abstract readonly waiting: boolean;
  /** Whether a write of so many bytes would put at least one in. */
  abstract fits(length: number): boolean;
  /** Answers how many bytes it took; 0 when it has no room. */
  abstract write(data: Uint8Array): number;
  abstract read(capacity: number, peek: boolean): Uint8Array;
  /** Whether what one read does not take of a packet is lost. */
  readonly cuts: boolean = false;

  /** What is in it, as writes that would put it there again. */
  abstract contents(): readonly Uint8Array[];

  /** Whether reading answers that nothing more comes. */
  get ended(): boolean {
    return this.readerClosed || (this.writerClosed && !this.waiting);
  }

  closeReader(): void {
    this.readerClosed = true;
  }

  closeWriter(): void {
    this.writerClosed = true;
  }
}

export class StreamFlow extends Flow {
  contents(): readonly Uint8Array[] {
    return this.length === 0 ? [] : [this.#ring.read(this.length, true)];
  }

  readonly #ring = new Ring();

  get length(): number {
    return this.#ring.length;
  }

  get next(): number {
    return this.#ring.length;
  }

  get waiting(): boolean {
    return this.#ring.length > 0;
  }

  fits(): boolean {
    return this.#ring.space > 0;
  }

  write(data: Uint8Array): number {
    return this.#ring.write(data);
  }

  read(capacity: number, peek: boolean): Uint8Array {
    return this.#ring.read(capacity, peek);
  }
}

/** Most packets that wait at once. */
const PACKETS_MAX = 256;

/** A direction that keeps the bounds of what was sent. */
export class PacketFlow extends Flow {
  override readonly cuts = true;
  readonly #packets: Uint8Array[] = [];
  /** Whether the writer's closing is seen by the reader: datagrams have no end. */
  readonly #ends: boolean;
  #length = 0;

  constructor(ends: boolean) {
    super();
    this.#ends = ends;
  }

  contents(): readonly Uint8Array[] {
    return this.#packets.map(copyOf);
  }

  get length(): number {
    return this.#length;
  }

  get next(): number {
    return this.#packets[0]?.length ?? 0;
  }

  get waiting(): boolean {
    return this.#packets.length > 0;
  }

  override get ended(): boolean {
    return this.readerClosed || (this.#ends && this.writerClosed && !this.waiting);
  }

  fits(length: number): boolean {
    return this.#packets.length < PACKETS_MAX && this.#length + length <= RING_SIZE;
  }

  write(data: Uint8Array): number {
    if (data.length > RING_SIZE) throw new Errno("EMSGSIZE");
    if (!this.fits(data.length)) return 0;
    this.#packets.push(copyOf(data));
    this.#length += data.length;
    return data.length;
  }

  read(capacity: number, peek: boolean): Uint8Array {
    const packet = this.#packets[0];
    if (packet === undefined) return new Uint8Array(0);
    if (!peek) {
      this.#packets.shift();
      this.#length -= packet.length;
    }
    return packet.subarray(0, capacity);
  }
}
