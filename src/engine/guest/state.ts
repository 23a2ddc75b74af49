/**
 * The program's state: as it is in the image, saved to the controller, restored from it.
 *
 * A snapshot holds the pages that differ from the image (from zeros, beyond the image's end) and the globals.
 */

import { sallyport } from "../../wire/operations.js";
import { MAX_DATA } from "../../wire/parameters.js";
import { type Exchange, Leave, STATUS } from "./frames.js";
import type { Image } from "./image.js";
import type { Program } from "./program.js";

const PAGE = 4096;
const CHUNK = MAX_DATA;

/** Goes through memory in chunks, together with what the image has there. */
function* chunks(
  program: Program,
  image: Image | undefined,
): Generator<{
  readonly address: number;
  readonly now: Uint8Array;
  readonly then: Uint8Array;
}> {
  const buffer = new Uint8Array(CHUNK);
  const held = image?.size ?? 0;
  for (let address = 0; address < program.memory.size; address += CHUNK) {
    const length = Math.min(CHUNK, program.memory.size - address);
    const then = buffer.subarray(0, length);
    const imaged = Math.max(0, Math.min(length, held - address));
    image?.read(then.subarray(0, imaged), address);
    then.fill(0, imaged);
    yield { address, now: program.memory.bytes.subarray(address, address + length), then };
  }
}

/** Writes what differs, page by page: pages that are not written stay the system's zero page. */
const settle = (now: Uint8Array, then: Uint8Array): void => {
  for (let at = 0; at < now.byteLength; at += PAGE) {
    if (!same(now, then, at)) now.set(then.subarray(at, at + PAGE), at);
  }
};

/** Puts the image's memory and globals into a program. @throws RangeError where it does not fit. */
export const loadImage = (program: Program, image: Image): void => {
  const { pages, globals } = image.header;
  if (pages > program.maximumPages) throw new RangeError("--memory is below what the image needs");
  if (globals.length !== program.globalCount) throw new RangeError("the image was made for another program");
  program.growTo(pages);
  for (const { now, then } of chunks(program, image)) settle(now, then);
  program.writeGlobals(globals);
};

const expectEmpty = (exchange: Exchange, number: number, length: number): void => {
  if (exchange.exchange(number, length) !== 0 || exchange.errno !== 0) throw new Leave(STATUS.protocol);
};

const same = (a: Uint8Array, b: Uint8Array, at: number): boolean =>
  Buffer.compare(a.subarray(at, at + PAGE), b.subarray(at, at + PAGE)) === 0;

/** Sends the state: `save_page` for each run of pages, then `save_state`. */
export const saveState = (program: Program, image: Image | undefined, exchange: Exchange): void => {
  const { view, bytes, start } = exchange;
  for (const { address, now, then } of chunks(program, image)) {
    for (let at = 0; at < now.byteLength; ) {
      if (same(now, then, at)) {
        at += PAGE;
        continue;
      }
      let end = at + PAGE;
      while (end < now.byteLength && !same(now, then, end)) end += PAGE;
      view.setBigUint64(start, BigInt(address + at), true);
      view.setUint32(start + 8, end - at, true);
      bytes.set(now.subarray(at, end), start + 12);
      expectEmpty(exchange, sallyport.save_page.number, 12 + end - at);
      at = end;
    }
  }
  const globals = program.readGlobals();
  view.setUint32(start, program.pages, true);
  view.setUint32(start + 4, 8 * globals.length, true);
  for (const [index, value] of globals.entries()) view.setBigUint64(start + 8 + 8 * index, value, true);
  expectEmpty(exchange, sallyport.save_state.number, 8 + 8 * globals.length);
};

/** Takes one run of pages; false when there are no more. */
const loadRun = (program: Program, exchange: Exchange): boolean => {
  const { view, bytes, start } = exchange;
  view.setUint32(start, MAX_DATA, true);
  const size = exchange.exchange(sallyport.load_page.number, 4);
  if (exchange.errno !== 0 || size < 12) throw new Leave(STATUS.protocol);
  const address = Number(view.getBigUint64(start, true));
  const length = view.getUint32(start + 8, true);
  const end = address + length;
  if (size !== 12 + length || end > program.maximumPages * 65_536) throw new Leave(STATUS.protocol);
  program.growTo(Math.ceil(end / 65_536));
  program.memory.bytes.set(bytes.subarray(start + 12, start + 12 + length), address);
  return length > 0;
};

/** Makes memory what it was at the start: as in the image, and zero beyond it. */
export const toImage = (program: Program, image: Image | undefined): void => {
  for (const { now, then } of chunks(program, image)) settle(now, then);
};

/** Puts a state of the controller's in place of the one at the start. */
export const restoreState = (program: Program, image: Image | undefined, exchange: Exchange): void => {
  while (loadRun(program, exchange));
  const { view, start } = exchange;
  const length = 8 * program.globalCount;
  view.setUint32(start, length, true);
  const size = exchange.exchange(sallyport.load_state.number, 4);
  if (exchange.errno !== 0 || size !== 8 + length || view.getUint32(start + 4, true) !== length) {
    throw new Leave(STATUS.protocol);
  }
  const pages = view.getUint32(start, true);
  if (pages < program.pages && pages < (image?.header.pages ?? 0)) throw new Leave(STATUS.protocol);
  if (pages > program.maximumPages) throw new Leave(STATUS.protocol);
  const globals: bigint[] = [];
  for (let at = start + 8; at < start + 8 + length; at += 8) globals.push(view.getBigUint64(at, true));
  program.growTo(pages);
  program.writeGlobals(globals);
};
