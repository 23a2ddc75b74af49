import { ProtocolError } from "../errors.js";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const SHORT = 32;

/** Bytes of CBOR from the guest: every length is checked against what is left. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    // A Buffer's slice() would be a view.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  malformed(what = "malformed CBOR"): ProtocolError {
    return new ProtocolError(`The guest sent ${what} (at byte ${this.#at} of ${this.#bytes.length}).`);
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw this.malformed();
    this.#at++;
    return value;
  }

  /** The argument of a head whose low five bits are `info` (below 28). Beyond 53 bits: a bigint. */
  argument(info: number): number | bigint {
    if (info < 24) return info;
    const size = 1 << (info - 24);
    if (info > 27 || size > this.left) throw this.malformed();
    const at = this.#at;
    this.#at += size;
    if (size === 1) return this.#view.getUint8(at);
    if (size === 2) return this.#view.getUint16(at);
    if (size === 4) return this.#view.getUint32(at);
    const high = this.#view.getUint32(at);
    return high < 0x20_0000
      ? high * 0x1_0000_0000 + this.#view.getUint32(at + 4)
      : this.#view.getBigUint64(at);
  }

  /** A count or a length: at most what `each` bytes for one leave room for. */
  size(info: number, each = 1): number {
    const value = this.argument(info);
    if (typeof value === "bigint" || value * each > this.left) throw this.malformed();
    return value;
  }

  float(info: number): number {
    const size = 1 << (info - 24);
    if (size > this.left) throw this.malformed();
    const at = this.#at;
    this.#at += size;
    if (size === 8) return this.#view.getFloat64(at);
    if (size === 4) return this.#view.getFloat32(at);
    return half(this.#view.getUint16(at));
  }

  /** A view of the next bytes. */
  take(length: number): Uint8Array {
    if (length > this.left) throw this.malformed();
    const at = this.#at;
    this.#at += length;
    return this.#bytes.subarray(at, at + length);
  }

  text(length: number): string {
    const bytes = this.take(length);
    if (length < SHORT) {
      let text = "";
      for (const code of bytes) {
        if (code >= 0x80) return this.#decode(bytes);
        text += String.fromCharCode(code);
      }
      return text;
    }
    return this.#decode(bytes);
  }

  #decode(bytes: Uint8Array): string {
    try {
      return decoder.decode(bytes);
    } catch {
      throw this.malformed("text that is no UTF-8");
    }
  }
}

const half = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};
