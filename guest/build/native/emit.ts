/** The parts of the C unit around the program's functions: tables, globals, data, and what module.h promises. */
import type { Names } from "./names.js";
import { numberTypes } from "./types.js";
import type { Export, FunctionType, Table, ValueType, WasmModule } from "./wasm.js";

const C_TYPES: Readonly<Record<ValueType, string>> = {
  i32: "u32",
  i64: "u64",
  f32: "f32",
  f64: "f64",
  funcref: "funcref_t",
  externref: "externref_t",
};

/** Entries that a table which grows may get; more than any program that is compiled ahead of time has use for. */
const MOST_ENTRIES = 1 << 20;
/** WebAssembly's own limit, in pages of 64 KiB. */
const MOST_PAGES = 0x10000;

/** Lines of `per` items each: C compilers read them faster than one long line. */
const rows = (items: readonly string[], per = 16): string => {
  const lines: string[] = [];
  for (let i = 0; i < items.length; i += per) lines.push(`  ${items.slice(i, i + per).join(", ")},`);
  return lines.join("\n");
};

const at = <T>(list: readonly T[], index: number, what: string): T => {
  const value = list[index];
  if (value === undefined) throw new Error(`there is no ${what} ${index}`);
  return value;
};

/** The contents of a table after its active segments, as function indices. */
const initialEntries = (
  module: WasmModule,
  index: number,
  size: number,
): (number | undefined)[] | undefined => {
  const entries = Array<number | undefined>(size).fill(undefined);
  for (const segment of module.elements) {
    if (segment.mode.kind !== "active" || segment.mode.target !== index) continue;
    const { offset } = segment.mode;
    if (offset + segment.entries.length > size) return undefined;
    segment.entries.forEach((entry, i) => {
      entries[offset + i] = entry;
    });
  }
  return entries;
};

const typeNumber = (module: WasmModule, numbers: readonly number[], fn: number): number =>
  at(numbers, at(module.functions, fn, "function"), "type");

const constantTable = (
  name: string,
  entries: readonly (number | undefined)[],
  module: WasmModule,
  names: Names,
) => {
  const numbers = numberTypes(module);
  const width = Math.max(0, ...numbers) > 255 ? "u16" : "u8";
  const length = Math.max(1, entries.length);
  const types = entries.map((fn) => (fn === undefined ? "0" : `${typeNumber(module, numbers, fn)}`));
  const functions = entries.map((fn) =>
    fn === undefined ? "0" : `(function_t)${at(names.functions, fn, "function")}`,
  );
  return [
    `#define ${name}_size ${entries.length}u`,
    `static const ${width} ${name}_types[${length}] = {\n${rows(types)}\n};`,
    `static const function_t ${name}_functions[${length}] = {\n${rows(functions, 4)}\n};`,
  ].join("\n");
};

const variableTable = (
  name: string,
  table: Table,
  entries: readonly (number | undefined)[],
  grows: boolean,
  module: WasmModule,
  names: Names,
): string => {
  const numbers = numberTypes(module);
  const most = Math.max(table.minimum, Math.min(table.maximum ?? MOST_ENTRIES, MOST_ENTRIES));
  const limit = grows ? most : table.minimum;
  const set = entries.flatMap((fn, i) =>
    fn === undefined
      ? []
      : [`[${i}] = {(function_t)${at(names.functions, fn, "function")}, ${typeNumber(module, numbers, fn)}}`],
  );
  return [
    `static ${C_TYPES[table.type]} ${name}_entries[${Math.max(1, limit)}] = {\n${rows(set, 4)}\n};`,
    `static ${table.type}_table_t ${name} = {${name}_entries, ${table.minimum}, ${limit}};`,
  ].join("\n");
};

/** Tables, whose segments are already in them. Answers false where a segment does not fit: the program traps at its start. */
export const emitTables = (
  module: WasmModule,
  names: Names,
  constant: ReadonlySet<string>,
  grows: boolean,
): { text: string; fits: boolean } => {
  let fits = true;
  const text = module.tables.map((table, index) => {
    const name = at(names.tables, index, "table");
    let entries = initialEntries(module, index, table.minimum);
    if (entries === undefined) {
      fits = false;
      entries = Array<number | undefined>(table.minimum).fill(undefined);
    }
    return constant.has(name)
      ? constantTable(name, entries, module, names)
      : variableTable(name, table, entries, grows, module, names);
  });
  return { text: text.join("\n"), fits };
};

/** Element segments, for a program that sets tables from them at run time. */
export const emitSegments = (module: WasmModule, names: Names): string => {
  const numbers = numberTypes(module);
  return module.elements
    .map((segment, i) => {
      if (segment.type !== "funcref") return "";
      const entries = segment.entries.map((fn) =>
        fn === undefined
          ? "FUNCREF_NULL"
          : `{(function_t)${at(names.functions, fn, "function")}, ${typeNumber(module, numbers, fn)}}`,
      );
      return `static const funcref_t elem_segment_exprs_w2c_guest_e${i}[${Math.max(1, entries.length)}] = {\n${rows(entries, 4)}\n};`;
    })
    .join("\n");
};

/** Whether passive segments were dropped. */
export const emitDropped = (module: WasmModule): string =>
  [
    ...module.data.map(({ mode }, i) =>
      mode.kind === "passive" ? `static bool data_segment_dropped_w2c_guest_d${i};` : "",
    ),
    ...module.elements.map(({ mode }, i) =>
      mode.kind === "passive" ? `static bool elem_segment_dropped_w2c_guest_e${i};` : "",
    ),
  ]
    .filter((line) => line !== "")
    .join("\n");

export const emitGlobals = (module: WasmModule, names: Names, rewrite: (value: string) => string): string =>
  module.globals
    .map((global, i) => {
      const { name, value } = at(names.globals, i, "global");
      return `static ${global.mutable ? "" : "const "}${C_TYPES[global.type]} ${name} = ${rewrite(value)};`;
    })
    .join("\n");

const TO_BITS: Readonly<Record<ValueType, string>> = {
  i32: "",
  i64: "",
  f32: "i32_reinterpret_f32",
  f64: "i64_reinterpret_f64",
  funcref: "",
  externref: "",
};
const FROM_BITS: Readonly<Record<ValueType, string>> = {
  ...TO_BITS,
  i32: "(u32)",
  f32: "f32_reinterpret_i32((u32)",
  f64: "f64_reinterpret_i64(",
};

/** module_global and module_set_global, by index among the mutable globals of number type. */
const emitGlobalAccess = (module: WasmModule, names: Names): string => {
  const mutable = module.globals.flatMap((global, i) =>
    global.mutable && !global.type.endsWith("ref")
      ? [{ type: global.type, name: at(names.globals, i, "global").name }]
      : [],
  );
  const get = mutable.map(({ type, name }, i) => `  case ${i}: return ${TO_BITS[type]}(${name});`);
  const set = mutable.map(({ type, name }, i) => {
    const close =
      FROM_BITS[type].includes("(f") || FROM_BITS[type].endsWith("(") || type === "f32" ? ")" : "";
    return `  case ${i}: ${name} = ${FROM_BITS[type]}bits${close}; return;`;
  });
  return [
    `const u32 module_global_count = ${mutable.length};`,
    `u64 module_global(u32 index) {\n  switch (index) {\n${get.join("\n")}\n  default: return 0;\n  }\n}`,
    `void module_set_global(u32 index, u64 bits) {\n  (void)bits;\n  switch (index) {\n${set.join("\n")}\n  default: return;\n  }\n}`,
  ].join("\n");
};

const RUN: FunctionType = { parameters: [], results: ["i32"] };
const COMMAND: FunctionType = { parameters: [], results: [] };

const same = (a: FunctionType, b: FunctionType): boolean =>
  a.parameters.join() === b.parameters.join() && a.results.join() === b.results.join();

/** The C name of an exported function of that type; "0" where there is none. */
const exported = (module: WasmModule, names: Names, name: string, type: FunctionType): string => {
  const entry: Export | undefined = module.exports.get(name);
  if (entry === undefined || entry.kind !== "function") return "0";
  const found = at(module.types, at(module.functions, entry.index, "function"), "type");
  return same(found, type) ? at(names.functions, entry.index, "function") : "0";
};

/** Does the program start from an image? Those that are booted once and run many times do. */
export const startsFromImage = (module: WasmModule): boolean => {
  const run = module.exports.get("run");
  const type = run?.kind === "function" ? module.types[module.functions[run.index] ?? -1] : undefined;
  return module.exports.has("boot") && type !== undefined && same(type, RUN);
};

const emitInitialise = (module: WasmModule, fits: boolean): string => {
  const copies = startsFromImage(module)
    ? []
    : module.data.flatMap(({ mode, size }, i) =>
        mode.kind === "active"
          ? [
              `  memory_init(${size === 0 ? "0" : `data_segment_data_w2c_guest_d${i}`}, ${size}u, ${mode.offset}u, 0, ${size}u);`,
            ]
          : [],
      );
  return `void module_initialise(void) {\n${fits ? "" : "  TRAP(OOB);\n"}${copies.join("\n")}\n}`;
};

export const emitModule = (module: WasmModule, identity: Uint8Array, names: Names, fits: boolean): string => {
  const memory = module.memory;
  const start = module.start === undefined ? "" : `  ${at(names.functions, module.start, "function")}();\n`;
  return [
    `const u8 module_hash[32] = {${[...identity].join(", ")}};`,
    `const u32 module_initial_pages = ${memory?.minimum ?? 0};`,
    `const u32 module_maximum_pages = ${memory === undefined ? 0 : (memory.maximum ?? MOST_PAGES)};`,
    `const bool module_has_image = ${startsFromImage(module)};`,
    emitGlobalAccess(module, names),
    emitInitialise(module, fits),
    `void module_start(void) {\n${start}}`,
    "u64 module_memory_bytes(void) { return memory_bytes; }",
    "void module_set_memory(u64 bytes, u64 limit_pages) {\n  memory_bytes = bytes;\n  memory_limit = limit_pages;\n}",
    `u32 (*const module_run)(void) = ${exported(module, names, "run", RUN)};`,
    `void (*const module_command)(void) = ${exported(module, names, "_start", COMMAND)};`,
    `u32 (*const module_interrupt_words)(void) = ${exported(module, names, "interrupt_words", RUN)};`,
  ].join("\n");
};
