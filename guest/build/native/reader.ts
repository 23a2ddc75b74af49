/** Reads the integers and names of a WebAssembly file; anything beyond the end is an Error. */
export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw new Error("the WebAssembly file ends too early");
    this.#at++;
    return value;
  }

  expect(value: number): void {
    const found = this.byte();
    if (found !== value)
      throw new Error(`WebAssembly file: 0x${found.toString(16)} instead of 0x${value.toString(16)}`);
  }

  u32(): number {
    return Number(this.#leb(32, false));
  }

  s32(): number {
    return Number(this.#leb(32, true));
  }

  s64(): bigint {
    return this.#leb(64, true);
  }

  u32le(): number {
    return (this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24)) >>> 0;
  }

  name(): string {
    const length = this.u32();
    const from = this.#at;
    this.skip(length);
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      this.#bytes.subarray(from, from + length),
    );
  }

  vector<T>(one: (r: Reader) => T): T[] {
    const count = this.u32();
    const values: T[] = [];
    for (let i = 0; i < count; i++) values.push(one(this));
    return values;
  }

  part(length: number): Reader {
    const from = this.#at;
    this.skip(length);
    return new Reader(this.#bytes.subarray(from, from + length));
  }

  skip(length: number): void {
    if (length > this.#bytes.length - this.#at) throw new Error("the WebAssembly file ends too early");
    this.#at += length;
  }

  #leb(bits: number, signed: boolean): bigint {
    let value = 0n;
    let shift = 0n;
    for (;;) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if ((byte & 0x80) === 0) break;
      if (shift >= BigInt(bits)) throw new Error("WebAssembly file: an integer is too long");
    }
    return signed
      ? BigInt.asIntN(Number(shift < BigInt(bits) ? shift : BigInt(bits)), value)
      : BigInt.asUintN(bits, value);
  }
}
