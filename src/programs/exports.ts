import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const EXPORT_SECTION = 7;
const MAX_SECTION = 1 << 20;

/**
 * The names that a WebAssembly file exports, read from its export section alone; undefined where the file's
 * sections make no sense. What else is wrong with it, its engine finds.
 */
export function exportsOf(file: string): ReadonlySet<string> | undefined {
  const fd = openSync(file, "r");
  try {
    const end = fstatSync(fd).size;
    const head = Buffer.alloc(6);
    for (let at = 8; at < end; ) {
      const got = readSync(fd, head, 0, head.length, at);
      const length = number(head.subarray(1, got));
      if (length === undefined) return undefined;
      const body = at + 1 + length.bytes;
      if (head[0] === EXPORT_SECTION) {
        if (length.value > MAX_SECTION || body + length.value > end) return undefined;
        const section = Buffer.alloc(length.value);
        readSync(fd, section, 0, section.length, body);
        return names(section);
      }
      at = body + length.value;
    }
    return new Set();
  } finally {
    closeSync(fd);
  }
}

/** An unsigned LEB128 number of up to 32 bits, and how many bytes it has. */
function number(bytes: Uint8Array): { readonly value: number; readonly bytes: number } | undefined {
  let value = 0;
  for (let index = 0; index < 5; index++) {
    const byte = bytes[index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, bytes: index + 1 };
  }
  return undefined;
}

function names(section: Buffer): ReadonlySet<string> | undefined {
  const found = new Set<string>();
  const count = number(section);
  if (count === undefined) return undefined;
  let at = count.bytes;
  for (let index = 0; index < count.value; index++) {
    const length = number(section.subarray(at));
    if (length === undefined) return undefined;
    const from = at + length.bytes;
    const to = from + length.value;
    const item = number(section.subarray(to + 1));
    if (item === undefined) return undefined;
    found.add(section.toString("utf8", from, to));
    at = to + 1 + item.bytes;
  }
  return found;
}

/** The same program without names and other notes. Throws RangeError where the sections make no sense. */
export function withoutCustomSections(wasm: Uint8Array): Uint8Array {
  const kept = [wasm.subarray(0, 8)];
  for (let at = 8; at < wasm.length; ) {
    const length = number(wasm.subarray(at + 1));
    const end = length === undefined ? Number.POSITIVE_INFINITY : at + 1 + length.bytes + length.value;
    if (end > wasm.length) throw new RangeError(`the WebAssembly file's section at ${at} makes no sense`);
    if (wasm[at] !== 0) kept.push(wasm.subarray(at, end));
    at = end;
  }
  return Buffer.concat(kept);
}
