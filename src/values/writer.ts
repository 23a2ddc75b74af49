import { Obstacle } from "./errors.js";

const encoder = new TextEncoder();
const SHORT = 48;

/** Bytes of CBOR in the making: grows up to a limit. */
export class Writer {
  readonly #limit: number;
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  /** Major type (0 to 7) with its argument. */
  head(major: number, argument: number): void {
    this.#room(9);
    const first = major << 5;
    if (argument < 24) {
      this.#bytes[this.#length++] = first | argument;
    } else if (argument < 0x100) {
      this.#bytes[this.#length++] = first | 24;
      this.#bytes[this.#length++] = argument;
    } else if (argument < 0x10000) {
      this.#bytes[this.#length++] = first | 25;
      this.#view.setUint16(this.#length, argument);
      this.#length += 2;
    } else if (argument < 0x1_0000_0000) {
      this.#bytes[this.#length++] = first | 26;
      this.#view.setUint32(this.#length, argument);
      this.#length += 4;
    } else {
      this.#bytes[this.#length++] = first | 27;
      this.#view.setBigUint64(this.#length, BigInt(argument));
      this.#length += 8;
    }
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#length++] = value;
  }

  double(value: number): void {
    this.#room(9);
    this.#bytes[this.#length] = 0xfb;
    this.#view.setFloat64(this.#length + 1, value);
    this.#length += 9;
  }

  number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) this.double(value);
    else if (value >= 0) this.head(0, value);
    else this.head(1, -1 - value);
  }

  bigint(value: bigint): void {
    const negative = value < 0n;
    const magnitude = negative ? -1n - value : value;
    if (magnitude <= 0xffff_ffff_ffff_ffffn) {
      this.#room(9);
      this.#bytes[this.#length] = ((negative ? 1 : 0) << 5) | 27;
      this.#view.setBigUint64(this.#length + 1, magnitude);
      this.#length += 9;
      return;
    }
    const hex = magnitude.toString(16);
    this.head(6, negative ? 3 : 2);
    this.bytes(Uint8Array.from(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex")));
  }

  bytes(value: Uint8Array): void {
    this.head(2, value.length);
    this.raw(value);
  }

  raw(value: Uint8Array): void {
    this.#room(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** Well-formed text. */
  text(value: string): void {
    const { length } = value;
    if (length < SHORT) {
      this.#room(length + 9);
      const start = this.#length;
      this.head(3, length);
      let at = this.#length;
      for (let index = 0; index < length; index++) {
        const code = value.charCodeAt(index);
        if (code >= 0x80) {
          at = -1;
          break;
        }
        this.#bytes[at++] = code;
      }
      if (at >= 0) {
        this.#length = at;
        return;
      }
      this.#length = start;
    }
    const bytes = encoder.encode(value);
    this.head(3, bytes.length);
    this.raw(bytes);
  }

  #room(needed: number): void {
    const least = this.#length + needed;
    if (least <= this.#bytes.length) return;
    if (least > this.#limit + 16) {
      throw new Obstacle(`the value needs more than the ${this.#limit} bytes that may travel`);
    }
    const grown = new Uint8Array(Math.max(least, Math.min(this.#bytes.length * 2, this.#limit + 16)));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
