/**
 * Memory as what differs from an image: byte by byte, by exclusive or. A page of the image in which a sandbox has changed
 * little is then nearly all zeros.
 */

/** Memory of an image, open for reading. */
export interface BaseImage {
  /** Bytes of memory. */
  readonly size: number;
  read(into: Uint8Array, address: number): void;
  close(): void;
}

/** `target` ^= `source`, of the same length. */
export const xorInto = (target: Uint8Array, source: Uint8Array): void => {
  const aligned = target.byteOffset % 4 === 0 && source.byteOffset % 4 === 0;
  const words = aligned ? target.byteLength >> 2 : 0;
  if (words > 0) {
    const to = new Int32Array(target.buffer, target.byteOffset, words);
    const from = new Int32Array(source.buffer, source.byteOffset, words);
    for (let at = 0; at < words; at++) to[at] = (to[at] ?? 0) ^ (from[at] ?? 0);
  }
  for (let at = words * 4; at < target.byteLength; at++) target[at] = (target[at] ?? 0) ^ (source[at] ?? 0);
};

/** Turns memory from `address` on into its difference from the image, or back. */
export const xorWith = (image: BaseImage, bytes: Uint8Array, address: number): void => {
  const length = Math.min(bytes.byteLength, image.size - address);
  if (length <= 0) return;
  const base = new Uint8Array(length);
  image.read(base, address);
  xorInto(bytes.subarray(0, length), base);
};
