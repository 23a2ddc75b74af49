/** Numbers for function types: equal structure, equal number. 0 is no type, that of an empty table entry. */
import type { FunctionType, WasmModule } from "./wasm.js";

const structure = (type: FunctionType): string => `${type.parameters.join()}:${type.results.join()}`;

/** The number of each type of the module, by type index. */
export const numberTypes = (module: WasmModule): readonly number[] => {
  const numbers = new Map<string, number>();
  return module.types.map((type) => {
    const key = structure(type);
    const number = numbers.get(key) ?? numbers.size + 1;
    numbers.set(key, number);
    return number;
  });
};
