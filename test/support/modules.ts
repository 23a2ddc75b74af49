/**
 * Small WebAssembly modules, assembled by hand: a test needs no compiler then.
 */
const leb = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
};

/** A signed number, as `i32.const` has it. */
export const signed = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const last = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(last ? low : low | 0x80);
    if (last) return bytes;
  }
};

const vector = (items: readonly (readonly number[])[]): number[] => [...leb(items.length), ...items.flat()];
const name = (text: string): number[] => [...leb(Buffer.byteLength(text)), ...Buffer.from(text)];
const section = (id: number, body: readonly number[]): number[] => [id, ...leb(body.length), ...body];

const I32 = 0x7f;
const I64 = 0x7e;
const type = (letter: string): number => (letter === "I" ? I64 : I32);

export interface ImportedFunction {
  readonly module: string;
  readonly name: string;
  /** A letter for each argument: `i` for i32, `I` for i64. */
  readonly slots: string;
  readonly result: boolean;
}

export interface DefinedFunction {
  readonly name: string;
  /** Whether it returns an i32. */
  readonly result: boolean;
  /** i32 locals. */
  readonly locals?: number;
  readonly code: readonly number[];
}

export interface ModuleParts {
  readonly imports?: readonly ImportedFunction[];
  readonly functions: readonly DefinedFunction[];
  /** Pages of 64 KiB: at first, and at most. */
  readonly memory: readonly [initial: number, maximum?: number];
  /** The function that runs when the module is instantiated, by its position among `functions`. */
  readonly start?: number;
  /** A table of functions: elements at first. */
  readonly table?: number;
  /** Initial values of mutable i32 globals. */
  readonly globals?: readonly number[];
  readonly data?: readonly { readonly at: number; readonly bytes: Uint8Array }[];
}

/** Imported functions come first in the index space. */
export const assemble = ({
  imports = [],
  functions,
  memory,
  start,
  table,
  globals = [],
  data = [],
}: ModuleParts): Uint8Array => {
  const results = (result: boolean): number[] => (result ? [1, I32] : [0]);
  const types = [
    ...imports.map(({ slots, result }) => [
      0x60,
      ...vector([...slots].map((slot) => [type(slot)])),
      ...results(result),
    ]),
    ...functions.map(({ result }) => [0x60, 0, ...results(result)]),
  ];
  const imported = imports.map((entry, index) => [
    ...name(entry.module),
    ...name(entry.name),
    0,
    ...leb(index),
  ]);
  const [initial, maximum] = memory;
  const limits = maximum === undefined ? [0, ...leb(initial)] : [1, ...leb(initial), ...leb(maximum)];
  const bodies = functions.map(({ locals = 0, code }) => {
    const body = [...(locals > 0 ? [1, ...leb(locals), I32] : [0]), ...code, 0x0b];
    return [...leb(body.length), ...body];
  });
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(types)),
    ...(imports.length > 0 ? section(2, vector(imported)) : []),
    ...section(3, vector(functions.map((_, index) => leb(imports.length + index)))),
    ...(table === undefined ? [] : section(4, [1, 0x70, 0, ...leb(table)])),
    ...section(5, [1, ...limits]),
    ...(globals.length > 0
      ? section(6, vector(globals.map((value) => [I32, 1, 0x41, ...signed(value), 0x0b])))
      : []),
    ...section(
      7,
      vector(functions.map((entry, index) => [...name(entry.name), 0, ...leb(imports.length + index)])),
    ),
    ...(start === undefined ? [] : section(8, leb(imports.length + start))),
    ...section(10, vector(bodies)),
    ...(data.length > 0
      ? section(
          11,
          vector(data.map(({ at, bytes }) => [0, 0x41, ...signed(at), 0x0b, ...leb(bytes.length), ...bytes])),
        )
      : []),
  ]);
};

/** Opcodes that the tests use. */
export const op = {
  unreachable: [0x00],
  loop: [0x03, 0x40],
  block: [0x02, 0x40],
  end: [0x0b],
  br: (depth: number) => [0x0c, ...leb(depth)],
  brIf: (depth: number) => [0x0d, ...leb(depth)],
  call: (index: number) => [0x10, ...leb(index)],
  drop: [0x1a],
  const: (value: number) => [0x41, ...signed(value)],
  const64: (value: number) => [0x42, ...signed(value)],
  load: [0x28, 2, 0],
  store: [0x36, 2, 0],
  grow: [0x40, 0],
  size: [0x3f, 0],
  /** Grows table 0 by so many elements; answers its former size, or -1. */
  growTable: (elements: number) => [0xd0, 0x70, 0x41, ...signed(elements), 0xfc, 0x0f, 0],
  divide: [0x6d],
  add: [0x6a],
  equalsZero: [0x45],
  getGlobal: (index: number) => [0x23, ...leb(index)],
  setGlobal: (index: number) => [0x24, ...leb(index)],
} as const;
