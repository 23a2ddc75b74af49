/**
 * Memory that a guest began with besides its image, as a file that it has mapped. Pages of it that the guest has not changed are
 * nothing that it would send: they are put beside what it sends.
 */

/** A run of memory: address and contents. */
export type Run = [address: number, contents: Uint8Array];

export interface Beneath {
  /** Address and length of what differs from the image, ascending. */
  readonly runs: readonly (readonly [address: number, length: number])[];
  read(into: Uint8Array, address: number): void;
}

/** Most bytes of one run. */
const LARGEST = 1 << 20;

/** The parts of a run that no other covers. `covering` is ascending; `from` is the first that can matter. */
function* gaps(
  start: number,
  end: number,
  covering: readonly Run[],
  from: number,
): Generator<[number, number]> {
  let at = start;
  for (let index = from; at < end; index++) {
    const run = covering[index];
    if (run === undefined || run[0] >= end) break;
    if (run[0] > at) yield [at, run[0]];
    at = Math.max(at, run[0] + run[1].byteLength);
  }
  if (at < end) yield [at, end];
}

/** What was saved, and what is beneath it, ascending. `original` turns memory into what differs from the image. */
export const withBeneath = (
  saved: readonly Run[],
  beneath: Beneath,
  original: (bytes: Uint8Array, address: number) => Uint8Array,
): Run[] => {
  const added: Run[] = [];
  let first = 0;
  for (const [start, length] of beneath.runs) {
    const isBefore = (run: Run | undefined): boolean =>
      run !== undefined && run[0] + run[1].byteLength <= start;
    while (isBefore(saved[first])) first++;
    for (const [from, to] of gaps(start, start + length, saved, first)) {
      for (let at = from; at < to; at += LARGEST) {
        const bytes = new Uint8Array(Math.min(LARGEST, to - at));
        beneath.read(bytes, at);
        added.push([at, original(bytes, at)]);
      }
    }
  }
  return [...saved, ...added].sort(([one], [other]) => one - other);
};
