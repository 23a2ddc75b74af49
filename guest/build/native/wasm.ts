/**
 * Reads of a WebAssembly file what the native translation must know besides its code: types, imports, tables,
 * memory, globals, exports and element and data segments. Whatever is beyond that is refused by name.
 */
import { Reader } from "./reader.js";

export type ValueType = "i32" | "i64" | "f32" | "f64" | "funcref" | "externref";

export interface FunctionType {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

export interface Limits {
  readonly minimum: number;
  readonly maximum: number | undefined;
}

export interface Import {
  readonly module: string;
  readonly name: string;
  readonly type: number;
}

export interface Table extends Limits {
  readonly type: "funcref" | "externref";
}

export interface Global {
  readonly type: ValueType;
  readonly mutable: boolean;
}

export interface Export {
  readonly kind: "function" | "table" | "memory" | "global";
  readonly index: number;
}

export type SegmentMode =
  | { readonly kind: "active"; readonly target: number; readonly offset: number }
  | { readonly kind: "passive" | "declared" };

export interface ElementSegment {
  readonly mode: SegmentMode;
  readonly type: "funcref" | "externref";
  /** Function indices; undefined is null. */
  readonly entries: readonly (number | undefined)[];
}

export interface DataSegment {
  readonly mode: SegmentMode;
  readonly size: number;
}

export interface WasmModule {
  readonly types: readonly FunctionType[];
  readonly imports: readonly Import[];
  /** The type index of each function, imported ones first. */
  readonly functions: readonly number[];
  readonly tables: readonly Table[];
  readonly memory: Limits | undefined;
  readonly globals: readonly Global[];
  readonly exports: ReadonlyMap<string, Export>;
  readonly start: number | undefined;
  readonly elements: readonly ElementSegment[];
  readonly data: readonly DataSegment[];
}

/** What a file holds that this translation does not do; the message names it. */
export class UnsupportedWasm extends Error {
  readonly code = "ERR_UNSUPPORTED_WASM";
}

const VALUE_TYPES: ReadonlyMap<number, ValueType> = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
  [0x70, "funcref"],
  [0x6f, "externref"],
]);

const valueType = (r: Reader): ValueType => {
  const code = r.byte();
  const type = VALUE_TYPES.get(code);
  if (type === undefined) throw new UnsupportedWasm(`value type 0x${code.toString(16)}`);
  return type;
};

const referenceType = (r: Reader): "funcref" | "externref" => {
  const type = valueType(r);
  if (type !== "funcref" && type !== "externref") throw new UnsupportedWasm(`a table of ${type}`);
  return type;
};

const functionType = (r: Reader): FunctionType => {
  const form = r.byte();
  if (form !== 0x60) throw new UnsupportedWasm(`type form 0x${form.toString(16)}`);
  return { parameters: r.vector(valueType), results: r.vector(valueType) };
};

const limits = (r: Reader): Limits => {
  const flags = r.byte();
  if (flags > 1) throw new UnsupportedWasm(`limits with flags ${flags} (shared or 64-bit)`);
  const minimum = r.u32();
  return { minimum, maximum: flags === 1 ? r.u32() : undefined };
};

const EXPORT_KINDS = ["function", "table", "memory", "global"] as const;

/** A constant expression that is a number, for offsets. */
const offset = (r: Reader): number => {
  const opcode = r.byte();
  if (opcode !== 0x41) throw new UnsupportedWasm("a segment whose offset is not an i32.const");
  const value = r.s32() >>> 0;
  r.expect(0x0b);
  return value;
};

/** A constant expression that is a reference to a function, or null. */
const reference = (r: Reader): number | undefined => {
  const opcode = r.byte();
  let index: number | undefined;
  if (opcode === 0xd2) index = r.u32();
  else if (opcode === 0xd0) r.byte();
  else throw new UnsupportedWasm("an element that is not ref.func or ref.null");
  r.expect(0x0b);
  return index;
};

const elementSegment = (r: Reader): ElementSegment => {
  const flags = r.u32();
  if (flags > 7) throw new UnsupportedWasm(`element segment kind ${flags}`);
  const active = (flags & 1) === 0;
  const target = active && (flags & 2) !== 0 ? r.u32() : 0;
  const mode: SegmentMode = active
    ? { kind: "active", target, offset: offset(r) }
    : { kind: (flags & 2) !== 0 ? "declared" : "passive" };
  const expressions = (flags & 4) !== 0;
  let type: "funcref" | "externref" = "funcref";
  if ((flags & 3) !== 0) {
    if (expressions) type = referenceType(r);
    else r.expect(0x00);
  }
  return { mode, type, entries: expressions ? r.vector(reference) : r.vector((at) => at.u32()) };
};

const dataSegment = (r: Reader): DataSegment => {
  const flags = r.u32();
  if (flags > 2) throw new UnsupportedWasm(`data segment kind ${flags}`);
  const target = flags === 2 ? r.u32() : 0;
  const mode: SegmentMode = flags === 1 ? { kind: "passive" } : { kind: "active", target, offset: offset(r) };
  const size = r.u32();
  r.skip(size);
  return { mode, size };
};

/** Skips a global's initial value: wasm2c's output has it. */
const skipExpression = (r: Reader): void => {
  const opcode = r.byte();
  if (opcode === 0x41) r.s32();
  else if (opcode === 0x42) r.s64();
  else if (opcode === 0x43) r.skip(4);
  else if (opcode === 0x44) r.skip(8);
  else if (opcode === 0xd0) r.byte();
  else if (opcode === 0xd2) r.u32();
  else throw new UnsupportedWasm(`a global whose value is not a constant (opcode 0x${opcode.toString(16)})`);
  r.expect(0x0b);
};

/** @throws UnsupportedWasm, or an Error when the file is damaged. */
export const readWasm = (bytes: Uint8Array): WasmModule => {
  const r = new Reader(bytes);
  if (r.u32le() !== 0x6d736100 || r.u32le() !== 1) throw new Error("not a WebAssembly 1.0 file");
  const types: FunctionType[] = [];
  const imports: Import[] = [];
  const functions: number[] = [];
  const tables: Table[] = [];
  const memories: Limits[] = [];
  const globals: Global[] = [];
  const exports = new Map<string, Export>();
  const elements: ElementSegment[] = [];
  const data: DataSegment[] = [];
  let start: number | undefined;
  const readers: Readonly<Record<number, (s: Reader) => void>> = {
    1: (s) => types.push(...s.vector(functionType)),
    2: (s) => {
      s.vector((at) => {
        const module = at.name();
        const name = at.name();
        const kind = at.byte();
        if (kind !== 0) throw new UnsupportedWasm(`the import ${module}.${name}, which is not a function`);
        const type = at.u32();
        imports.push({ module, name, type });
        functions.push(type);
      });
    },
    3: (s) => {
      for (const type of s.vector((at) => at.u32())) functions.push(type);
    },
    4: (s) => {
      tables.push(...s.vector((at) => ({ type: referenceType(at), ...limits(at) })));
    },
    5: (s) => memories.push(...s.vector(limits)),
    6: (s) => {
      s.vector((at) => {
        globals.push({ type: valueType(at), mutable: at.byte() === 1 });
        skipExpression(at);
      });
    },
    7: (s) => {
      s.vector((at) => {
        const name = at.name();
        const kind = EXPORT_KINDS[at.byte()];
        if (kind === undefined) throw new UnsupportedWasm(`the export ${name} of an unknown kind`);
        exports.set(name, { kind, index: at.u32() });
      });
    },
    8: (s) => {
      start = s.u32();
    },
    9: (s) => elements.push(...s.vector(elementSegment)),
    11: (s) => data.push(...s.vector(dataSegment)),
  };
  while (!r.atEnd()) {
    const id = r.byte();
    const section = r.part(r.u32());
    const read = readers[id];
    if (read !== undefined) read(section);
    else if (id !== 0 && id !== 10 && id !== 12) throw new UnsupportedWasm(`section ${id}`);
  }
  if (memories.length > 1) throw new UnsupportedWasm("more than one memory");
  return {
    types,
    imports,
    functions,
    tables,
    memory: memories[0],
    globals,
    exports,
    start,
    elements,
    data,
  };
};
