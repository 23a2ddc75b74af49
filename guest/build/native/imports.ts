/**
 * The stubs of a program's imports. What the table of operations knows becomes a call of the marshaller; what it
 * does not know answers ENOSYS, so a program runs as far as it gets without.
 */
import { type OperationShape, sallyport } from "../../../src/wire/operations.js";
import { signatureOf } from "../../../src/wire/signature.js";
import { wasi } from "../../../src/wire/wasi-functions.js";
import type { Names } from "./names.js";
import type { FunctionType, Import, WasmModule } from "./wasm.js";

/** Operations up to here are sent by the runtime itself, never imported. */
const LAST_OF_RUNTIME = 15;

const MODULES: ReadonlyMap<string, ReadonlyMap<string, OperationShape>> = new Map([
  ["sallyport", new Map(Object.entries(sallyport).filter(([, { number }]) => number > LAST_OF_RUNTIME))],
  ["wasi_snapshot_preview1", new Map(Object.entries<OperationShape>(wasi))],
]);

const ENOSYS = { linux: 38, wasi: 52 };

const checkSignature = ({ module, name }: Import, type: FunctionType, shape: OperationShape): void => {
  const wanted = signatureOf(shape.parameters).join();
  const answers = type.results.length === 0 || (type.results.length === 1 && type.results[0] === "i32");
  if (type.parameters.join() !== wanted || !answers)
    throw new Error(
      `the import ${module}.${name} has the signature (${type.parameters}) -> (${type.results}), not (${wanted}) -> i32`,
    );
};

const stub = (
  entry: Import,
  type: FunctionType,
  name: string,
  signature: Names["signatures"][number],
): string => {
  const parameters = type.parameters.map((_, i) => `p${i}`);
  const types = signature.parameters.split(", ");
  const list = parameters.map((parameter, i) => `${types[i]} ${parameter}`).join(", ") || "void";
  const head = `static ${signature.result} ${name}(${list}) {`;
  const unused = parameters.map((parameter) => `(void)${parameter}; `).join("");
  const shape = MODULES.get(entry.module)?.get(entry.name);
  if (shape === undefined) {
    if (type.results.length === 0) return `${head} ${unused}}`;
    if (type.results.join() !== "i32") return `${head} ${unused}wasm_trap(TRAP_OTHER); }`;
    return `${head} ${unused}return ${entry.module === "sallyport" ? ENOSYS.linux : ENOSYS.wasi}; }`;
  }
  checkSignature(entry, type, shape);
  const call = `operation(&SP_OP_${entry.module}_${entry.name}, arguments)`;
  return [
    head,
    `  const u64 arguments[] = {${parameters.join(", ") || "0"}};`,
    type.results.length === 0 ? `  ${call};\n  wasm_trap(TRAP_OTHER);` : `  return ${call};`,
    "}",
  ].join("\n");
};

/** C definitions of all imports; one that is imported twice has one. */
export const importStubs = (module: WasmModule, names: Names): string =>
  module.imports
    .map((entry, i) => {
      if (names.functions.indexOf(names.functions[i] ?? "") < i) return "";
      const type = module.types[entry.type];
      const name = names.functions[i];
      const signature = names.signatures[i];
      if (type === undefined || name === undefined || signature === undefined)
        throw new Error(`import ${i} has no type`);
      return stub(entry, type, name, signature);
    })
    .join("\n");
