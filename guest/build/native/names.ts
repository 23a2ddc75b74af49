/**
 * The C names that wasm2c gave to things, found where its output declares them, and put in the order of their indices.
 */
import type { WasmModule } from "./wasm.js";

export interface Names {
  /** The C name of each function, imported ones first. */
  readonly functions: readonly string[];
  /** `u32 (u32, u64)` as [result, parameters], for each function. */
  readonly signatures: readonly { readonly result: string; readonly parameters: string }[];
  readonly tables: readonly string[];
  /** Name and the C text of the initial value. */
  readonly globals: readonly { readonly name: string; readonly value: string }[];
}

const IMPORT =
  /^\/\* import: '(.*)' '(.*)' \*\/\n(\S+|struct \S+) (w2c_\w+)\(struct w2c_\w+\*(?:, )?(.*)\);$/gm;
const DECLARATION = /^static (\S+|struct \S+) (w2c_guest_\w+)\(w2c_guest\*(?:, )?(.*)\);$/gm;
const GLOBAL = /^ {2}instance->(w2c_\w+) = (.*);$/gm;
const TABLE = /^ {2}wasm_rt_(?:funcref|externref)_table_t (w2c_\w+);$/gm;

/** The part of the output between two marks. */
const between = (text: string, from: string, to: string): string => {
  const start = text.indexOf(from);
  if (start < 0) return "";
  return text.slice(start, text.indexOf(to, start));
};

/** @param header wasm2c's .h; @param prelude its .c up to the first function body. */
export const readNames = (module: WasmModule, header: string, prelude: string): Names => {
  const declared = new Map(
    [...header.matchAll(IMPORT)].map((match) => [`${match[1]}\0${match[2]}`, match.slice(3)]),
  );
  const imported = module.imports.map((entry) => {
    const match = declared.get(`${entry.module}\0${entry.name}`);
    if (match === undefined)
      throw new Error(`wasm2c does not declare the import ${entry.module}.${entry.name}`);
    return match;
  });
  const found = [...imported, ...[...prelude.matchAll(DECLARATION)].map((match) => match.slice(1))];
  const functions = found.map((match) => match[1] ?? "");
  if (functions.length !== module.functions.length)
    throw new Error(`wasm2c declares ${functions.length} functions, the file has ${module.functions.length}`);
  const globals = [...between(prelude, "static void init_globals(", "\n}").matchAll(GLOBAL)];
  if (globals.length !== module.globals.length)
    throw new Error(`wasm2c sets ${globals.length} globals, the file has ${module.globals.length}`);
  const tables = [...between(header, "typedef struct w2c_guest {", "}").matchAll(TABLE)];
  if (tables.length !== module.tables.length)
    throw new Error(`wasm2c has ${tables.length} tables, the file ${module.tables.length}`);
  return {
    functions,
    signatures: found.map((match) => ({ result: match[0] ?? "", parameters: match[2] || "void" })),
    tables: tables.map((match) => match[1] ?? ""),
    globals: globals.map((match) => ({ name: match[1] ?? "", value: match[2] ?? "" })),
  };
};

/**
 * wasm2c tells functions of one name apart by their index, which changes with every function before them. Here they
 * are numbered by themselves, because a profile is kept by name.
 */
export const steadyNames = (functions: readonly string[]): ReadonlyMap<string, string> => {
  const counts = new Map<string, number>();
  const steady = new Map<string, string>();
  functions.forEach((name, index) => {
    const suffix = `_${index}`;
    if (!name.startsWith("w2c_guest_") || !name.endsWith(suffix) || index === 0) return;
    const base = name.slice(0, -suffix.length);
    const count = (counts.get(base) ?? 1) + 1;
    counts.set(base, count);
    steady.set(name, `${base}__${count}`);
  });
  return steady;
};

export const renameFunctions = (text: string, steady: ReadonlyMap<string, string>): string =>
  steady.size === 0 ? text : text.replace(/\bw2c_guest_\w+_\d+\b/g, (name) => steady.get(name) ?? name);
