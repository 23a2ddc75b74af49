/**
 * Rewrites the bodies that wasm2c made: without an instance, with linear memory at a fixed place, globals and
 * tables as static variables. Every line that still speaks of an instance afterwards is an error.
 */
import { completeDispatch } from "./dispatch.js";

export interface Context {
  /** Tables that the program never changes. */
  readonly constantTables: ReadonlySet<string>;
  /** The number of each type, by wasm2c's name of it. */
  readonly types: ReadonlyMap<string, number>;
  /** The type's number of each function, by its C name. */
  readonly typeOf: ReadonlyMap<string, number>;
}

const MEMORY = "&instance->w2c_\\w+, ";
const LOAD_STORE = new RegExp(`\\b((?:i32|i64|f32|f64)_(?:load|store)\\w*|memory_fill)\\(${MEMORY}`, "g");
const COPY = new RegExp(`\\bmemory_copy\\(${MEMORY}${MEMORY}`, "g");
const INIT = new RegExp(`\\bmemory_init\\(${MEMORY}`, "g");
const GROW = /\bwasm_rt_grow_memory\(&instance->w2c_\w+, /g;
const SIZE = /\binstance->w2c_\w+\.pages\b/g;
const INDIRECT =
  /\bCALL_INDIRECT\(instance->(w2c_\w+), (.+?) \(\*\)\(void\*(?:, )?(.*?)\), (w2c_guest_t\d+), (var_i\d+), instance->\w+\.data\[var_i\d+\]\.module_instance/g;
const IMPORT_CALL = /\b(w2c_\w+)\(instance->w2c_\w+_instance(?:, )?/g;
const OWN_CALL = /\b(w2c_guest_\w+)\(instance(?:, )?/g;
const REFERENCE =
  /\(wasm_rt_funcref_t\)\{w2c_guest_t\d+, \(wasm_rt_function_ptr_t\)(w2c_\w+), \{\w+\}, [^}]*\}/g;
const TABLE_INIT = /\b(funcref|externref)_table_init\(&instance->(w2c_\w+), (.*), instance\);$/g;
const TABLE_OPERATION = /\b(funcref|externref)_table_(get|set|fill|copy)\(/g;
const TABLE_GROW = /\bwasm_rt_grow_(funcref|externref)_table\(/g;
const OWN_FIELD = /\binstance->(\w+)/g;
const DEFINITION = /^((?:struct )?\w+) (w2c_guest_\w+)\(w2c_guest\* instance(?:, )?(.*)\) \{$/;

/** References and their types, in bodies, in signatures and in the initial values of globals. */
export const rewriteReferences = (text: string, typeOf: ReadonlyMap<string, number>): string =>
  text
    .replace(REFERENCE, (_, name: string) => {
      const number = typeOf.get(name);
      if (number === undefined) throw new Error(`a reference to the unknown function ${name}`);
      return `(funcref_t){(function_t)${name}, ${number}}`;
    })
    .replaceAll("wasm_rt_funcref_null_value", "FUNCREF_NULL")
    .replaceAll("wasm_rt_externref_null_value", "((externref_t)0)")
    .replaceAll("wasm_rt_funcref_t", "funcref_t")
    .replaceAll("wasm_rt_externref_t", "externref_t");

const rewriteLine = (line: string, context: Context): string => {
  if (!line.includes("instance") && !line.includes("wasm_rt_")) return line;
  const text = rewriteReferences(line, context.typeOf);
  const definition = DEFINITION.exec(text);
  if (definition !== null) return `static ${definition[1]} ${definition[2]}(${definition[3] || "void"}) {`;
  const rewritten = text
    .replace(LOAD_STORE, "$1(")
    .replace(COPY, "memory_copy(")
    .replace(INIT, "memory_init(")
    .replace(GROW, "memory_grow(")
    .replace(SIZE, "memory_size()")
    .replace(
      INDIRECT,
      (_, table: string, result: string, parameters: string, type: string, index: string) => {
        const number = context.types.get(type);
        if (number === undefined) throw new Error(`a call through the unknown type ${type}`);
        const macro = context.constantTables.has(table) ? "CALL_CONSTANT" : "CALL_VARIABLE";
        return `${macro}(${table}, ${result} (*)(${parameters || "void"}), ${number}, ${index}`;
      },
    )
    .replace(IMPORT_CALL, "$1(")
    .replace(OWN_CALL, "$1(")
    .replace(TABLE_INIT, "$1_table_init(&$2, $3);")
    .replace(TABLE_OPERATION, "$1_table_$2(")
    .replace(TABLE_GROW, "$1_table_grow(")
    .replaceAll("wasm_rt_memcpy", "__builtin_memcpy")
    .replace(OWN_FIELD, "$1");
  if (/\binstance\b|wasm_rt_/.test(rewritten))
    throw new Error(`no rule for this line of wasm2c's: ${line.trim()}`);
  return rewritten;
};

/** A definition with many parameters goes over several lines: make it one. */
const joinDefinitions = (bodies: string): string =>
  bodies.replace(/^(?:struct )?\w+ w2c_guest_\w+\(w2c_guest\* instance,[^{;]*\{$/gm, (head) =>
    head.replace(/\n\s*/g, " "),
  );

/** Lines that wasm2c puts in for a mode that is not used here. */
const withoutSegue = (lines: readonly string[]): string[] => {
  const kept: string[] = [];
  let inside = false;
  for (const line of lines) {
    if (line === "#if WASM_RT_USE_SEGUE") inside = true;
    else if (inside && line === "#endif") inside = false;
    else if (!inside) kept.push(line);
  }
  return kept;
};

/** @param bodies wasm2c's .c from the first function body on. */
export const rewriteBodies = (bodies: string, context: Context): string => {
  const lines = withoutSegue(joinDefinitions(bodies).split("\n")).map((line) => rewriteLine(line, context));
  return completeDispatch(lines).join("\n");
};
