/**
 * Changes that a WebAssembly module needs before this engine can run it: its memory becomes shared, with the
 * sandbox's limit as its maximum, and everything that is state becomes reachable by an export.
 *
 * Shared, because the thread that runs the module never returns to JavaScript while the guest computes: another
 * thread must be able to write the interpreter's interrupt words. Exported, because memory and mutable globals
 * together are the guest's state, which images and snapshots hold.
 */

/** Exports that are added: the memory, and the mutable globals in the order of their indices. */
export const MEMORY_EXPORT = "sallyport:memory";
export const globalExport = (position: number): string => `sallyport:global:${position}`;

const SECTION = { import: 2, table: 4, memory: 5, global: 6, export: 7 } as const;
/** The order in which known sections stand; others (data count) are placed by it. */
const ORDER = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];
const EXTERNAL = { function: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;
const OPCODE_END = 0x0b;
/** Most elements of all tables together: they are memory, too, beside the linear one. */
const MAX_ELEMENTS = 1 << 20;

interface Section {
  readonly id: number;
  readonly body: Uint8Array;
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.byteLength;
  }

  byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError("the WebAssembly module ends too early");
    return byte;
  }

  take(length: number): Uint8Array {
    if (length > this.#bytes.byteLength - this.#at)
      throw new RangeError("the WebAssembly module ends too early");
    const part = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return part;
  }

  /** An unsigned LEB128 number of up to 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) return value;
    }
    throw new RangeError("a number in the WebAssembly module is too long");
  }

  /** Skips a LEB128 number of any size. */
  skipNumber(): void {
    while ((this.byte() & 0x80) !== 0);
  }

  rest(): Uint8Array {
    return this.take(this.#bytes.byteLength - this.#at);
  }
}

const leb = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
};

const MAGIC = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

const readSections = (wasm: Uint8Array): Section[] => {
  const reader = new Reader(wasm);
  if (!MAGIC.every((byte) => reader.byte() === byte)) throw new RangeError("not a WebAssembly module");
  const sections: Section[] = [];
  while (!reader.done) sections.push({ id: reader.byte(), body: reader.take(reader.u32()) });
  return sections;
};

interface Limits {
  readonly minimum: number;
  readonly maximum: number | undefined;
}

const readLimits = (reader: Reader): Limits => {
  const flags = reader.byte();
  if (flags > 3) throw new RangeError("the WebAssembly module has a 64-bit memory, which is not supported");
  return { minimum: reader.u32(), maximum: (flags & 1) === 1 ? reader.u32() : undefined };
};

/** Imported globals come first in the index space. */
const countImportedGlobals = (body: Uint8Array | undefined): number => {
  if (body === undefined) return 0;
  const reader = new Reader(body);
  let globals = 0;
  for (let left = reader.u32(); left > 0; left--) {
    reader.take(reader.u32());
    reader.take(reader.u32());
    const kind = reader.byte();
    if (kind === EXTERNAL.function) reader.u32();
    else if (kind === EXTERNAL.global) {
      reader.take(2);
      globals++;
    } else
      throw new RangeError("the WebAssembly module imports a table, memory or tag, which is not supported");
  }
  return globals;
};

/** Skips a constant expression. */
const skipExpression = (reader: Reader): void => {
  for (let opcode = reader.byte(); opcode !== OPCODE_END; opcode = reader.byte()) {
    if (opcode === 0x41 || opcode === 0x42 || opcode === 0x23 || opcode === 0xd2) reader.skipNumber();
    else if (opcode === 0x43) reader.take(4);
    else if (opcode === 0x44) reader.take(8);
    else if (opcode === 0xd0) reader.byte();
    else throw new RangeError(`the WebAssembly module has opcode ${opcode} in a constant expression`);
  }
};

/** Indices of the mutable globals that the module defines. */
const mutableGlobals = (body: Uint8Array | undefined, imported: number): number[] => {
  if (body === undefined) return [];
  const reader = new Reader(body);
  const indices: number[] = [];
  const count = reader.u32();
  for (let index = 0; index < count; index++) {
    reader.byte();
    if (reader.byte() === 1) indices.push(imported + index);
    skipExpression(reader);
  }
  return indices;
};

/** The tables with maxima, so that growing them cannot take what memory's limit does not count. */
const boundTables = (body: Uint8Array): Uint8Array => {
  const reader = new Reader(body);
  const count = reader.u32();
  const parts: number[] = [...leb(count)];
  let elements = 0;
  for (let left = count; left > 0; left--) {
    const type = reader.byte();
    if (type !== 0x70 && type !== 0x6f)
      throw new RangeError("the WebAssembly module has a table of an unknown type");
    const { minimum, maximum } = readLimits(reader);
    elements += minimum;
    if (elements > MAX_ELEMENTS)
      throw new RangeError(`the WebAssembly module's tables have over ${MAX_ELEMENTS} elements`);
    const most = Math.max(minimum, Math.min(maximum ?? MAX_ELEMENTS, Math.floor(MAX_ELEMENTS / count)));
    parts.push(type, 1, ...leb(minimum), ...leb(most));
  }
  return Uint8Array.from(parts);
};

const withExports = (body: Uint8Array | undefined, globals: readonly number[]): Uint8Array => {
  const reader = new Reader(body ?? Uint8Array.of(0));
  const count = reader.u32();
  const added = [...globals.map((index, position) => entry(globalExport(position), EXTERNAL.global, index))];
  added.push(entry(MEMORY_EXPORT, EXTERNAL.memory, 0));
  return Uint8Array.from([...leb(count + added.length), ...reader.rest(), ...added.flat()]);
};

const entry = (name: string, kind: number, index: number): number[] => {
  const bytes = new TextEncoder().encode(name);
  return [...leb(bytes.byteLength), ...bytes, kind, ...leb(index)];
};

export interface PreparedModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How many mutable globals there are. */
  readonly globals: number;
  /** Pages of 64 KiB that the module starts with. */
  readonly initialPages: number;
  /** The most that it may have. */
  readonly maximumPages: number;
}

/**
 * Prepares a module whose memory may grow up to `pages` pages of 64 KiB.
 *
 * @throws RangeError for what is no module, or has imports other than functions and globals, or no memory of its
 * own, or needs more memory.
 */
export const prepareModule = (wasm: Uint8Array, pages: number): PreparedModule => {
  const sections = readSections(wasm);
  const bodyOf = (id: number): Uint8Array | undefined => sections.find((section) => section.id === id)?.body;
  const memory = new Reader(bodyOf(SECTION.memory) ?? Uint8Array.of(0));
  if (memory.u32() !== 1) throw new RangeError("the WebAssembly module must have one memory of its own");
  const limits = readLimits(memory);
  const maximumPages = Math.min(pages, limits.maximum ?? pages);
  if (limits.minimum > maximumPages) {
    throw new RangeError(
      `the program needs ${limits.minimum * 65_536} bytes of memory, ${pages * 65_536} are allowed`,
    );
  }
  const globals = mutableGlobals(bodyOf(SECTION.global), countImportedGlobals(bodyOf(SECTION.import)));
  const shared = [1, 3, ...leb(limits.minimum), ...leb(maximumPages)];
  const changed = sections.filter(
    ({ id }) => id !== SECTION.memory && id !== SECTION.export && id !== SECTION.table,
  );
  const tables = bodyOf(SECTION.table);
  if (tables !== undefined) insert(changed, { id: SECTION.table, body: boundTables(tables) });
  insert(changed, { id: SECTION.memory, body: Uint8Array.from(shared) });
  insert(changed, { id: SECTION.export, body: withExports(bodyOf(SECTION.export), globals) });
  const parts: Uint8Array[] = [Uint8Array.from(MAGIC)];
  for (const { id, body } of changed) parts.push(Uint8Array.from([id, ...leb(body.byteLength)]), body);
  return { bytes: join(parts), globals: globals.length, initialPages: limits.minimum, maximumPages };
};

/** Puts a section where the format wants it: before the first known one that comes later. */
const insert = (sections: Section[], section: Section): void => {
  const place = ORDER.indexOf(section.id);
  const at = sections.findIndex(({ id }) => id !== 0 && ORDER.indexOf(id) > place);
  sections.splice(at === -1 ? sections.length : at, 0, section);
};

const join = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
};
