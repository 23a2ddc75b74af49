/** WebAssembly, as wasm2c translated it, to the C unit that the native guest is compiled from. */
import { emitDropped, emitGlobals, emitModule, emitSegments, emitTables, startsFromImage } from "./emit.js";
import { importStubs } from "./imports.js";
import { type Names, readNames } from "./names.js";
import { withReplacements } from "./replacements.js";
import { rewriteBodies, rewriteReferences } from "./rewrite.js";
import { numberTypes } from "./types.js";
import { readWasm, UnsupportedWasm, type WasmModule } from "./wasm.js";

/** The last function of wasm2c's own; those of the program follow. */
const LAST_OF_PRELUDE = /^wasm_rt_func_type_t wasm2c_guest_get_func_type\([^)]*\) \{\n[\s\S]*?^\}\n/m;
const MULTI = /^#ifndef wasm_multi_\w+\n[\s\S]*?#endif.*$/gm;
const SEGMENT = /^static const u8 data_segment_data_w2c_guest_d\d+\[\] = \{\n[\s\S]*?^\};$/gm;
/** What is done with a table: calls alone do not need it to be more than two constant arrays. */
const TABLE_USE = /(CALL_INDIRECT\()?instance->(w2c_\w+)(\.data\[var_i\d+\]\.module_instance)?/g;

/** Tables that no instruction changes or looks into; nothing outside the program can. */
const constantTables = (bodies: string, module: WasmModule, tables: readonly string[]): Set<string> => {
  const constant = new Set(tables.filter((_, i) => module.tables[i]?.type === "funcref"));
  const all = new Set(tables);
  for (const [, call, name = "", instance] of bodies.matchAll(TABLE_USE))
    if (all.has(name) && call === undefined && instance === undefined) constant.delete(name);
  return constant;
};

/** An image holds memory and numbers only: what else could change between boot and a run is refused. */
const checkImage = (module: WasmModule, constant: ReadonlySet<string>): void => {
  if (!startsFromImage(module)) return;
  if (constant.size < module.tables.length)
    throw new UnsupportedWasm("an image of a program that changes its tables");
  if (module.data.some(({ mode }) => mode.kind !== "active"))
    throw new UnsupportedWasm("an image with passive data");
  if (module.globals.some(({ mutable, type }) => mutable && type.endsWith("ref")))
    throw new UnsupportedWasm("an image with mutable references");
};

export interface Translation {
  readonly module: WasmModule;
  readonly names: Names;
  /** The C unit. */
  readonly unit: string;
}

export const translate = (
  wasm: Uint8Array,
  identity: Uint8Array,
  code: string,
  header: string,
): Translation => {
  const module = readWasm(wasm);
  const last = LAST_OF_PRELUDE.exec(code);
  if (last === null) throw new Error("not a translation by wasm2c 1.0.36");
  const first = last.index + last[0].length;
  const prelude = code.slice(0, first);
  const bodies = code.slice(first);
  const names = readNames(module, header, prelude);
  const numbers = numberTypes(module);
  const constant = constantTables(bodies, module, names.tables);
  const tables = emitTables(module, names, constant, bodies.includes("wasm_rt_grow_"));
  checkImage(module, constant);
  const typeOf = new Map(names.functions.map((name, i) => [name, numbers[module.functions[i] ?? -1] ?? 0]));
  const references = (text: string): string => rewriteReferences(text, typeOf);
  const imports = module.imports.length;
  const rewritten = rewriteBodies(bodies, {
    constantTables: constant,
    types: new Map(numbers.map((number, i) => [`w2c_guest_t${i}`, number])),
    typeOf,
  });
  const segments = [...prelude.matchAll(SEGMENT)].map((match) => match[0]);
  const declarations = names.functions.map((name, i) => {
    const signature = names.signatures[i];
    return references(`static ${signature?.result} ${name}(${signature?.parameters});`);
  });
  const unit = [
    '#include "marshal.h"\n#include "memory.h"\n#include "module.h"\n#include "operations.h"\n#include "replacements.h"\n#include "tables.h"',
    ...[...header.matchAll(MULTI)].map((match) => references(match[0])),
    declarations.join("\n"),
    emitGlobals(module, names, references),
    tables.text,
    constant.size < module.tables.length ? emitSegments(module, names) : "",
    ...(startsFromImage(module) ? [] : segments),
    emitDropped(module),
    imports === 0 ? "" : importStubs(module, names),
    withReplacements(rewritten, module, names),
    emitModule(module, identity, names, tables.fits),
    "",
  ].join("\n\n");
  return { module, names, unit };
};
