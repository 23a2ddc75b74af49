/**
 * Exported functions that the runtime can do in the program's stead, where the processor has instructions for them
 * (runtime/replacements.h): their bodies begin with a call of the runtime's, and go on where it answers that it cannot.
 */
import type { Names } from "./names.js";
import type { FunctionType, WasmModule } from "./wasm.js";

const THREE_WORDS: FunctionType = { parameters: ["i32", "i32", "i32"], results: [] };
const WITH_ANSWER: FunctionType = { ...THREE_WORDS, results: ["i32"] };

const REPLACEMENTS: ReadonlyMap<string, FunctionType> = new Map([
  ["sha1_blocks", THREE_WORDS],
  ["sha256_blocks", THREE_WORDS],
  ["sallyport_memchr", WITH_ANSWER],
  ["sallyport_memrchr", WITH_ANSWER],
  ["sallyport_memcmp", WITH_ANSWER],
  ["sallyport_wmemchr", WITH_ANSWER],
]);

const joined = (type: FunctionType): string => `(${type.parameters}) -> (${type.results})`;

/** The replacement's name of each function that has one, by the function's C name. */
const replaced = (module: WasmModule, names: Names): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  for (const [name, wanted] of REPLACEMENTS) {
    const entry = module.exports.get(name);
    if (entry?.kind !== "function") continue;
    const type = module.types[module.functions[entry.index] ?? -1];
    const function_ = names.functions[entry.index];
    if (type === undefined || function_ === undefined) throw new Error(`the export ${name} has no function`);
    if (joined(type) !== joined(wanted))
      throw new Error(`the export ${name} has the signature ${joined(type)}, not ${joined(wanted)}`);
    found.set(function_, name);
  }
  return found;
};

const DEFINITION = /^static (void|u32) (w2c_guest_\w+)\((.*)\) \{$/gm;

/** @param bodies the functions, rewritten. */
export const withReplacements = (bodies: string, module: WasmModule, names: Names): string => {
  const functions = replaced(module, names);
  if (functions.size === 0) return bodies;
  let count = 0;
  const text = bodies.replace(DEFINITION, (head, result: string, name: string, parameters: string) => {
    const replacement = functions.get(name);
    if (replacement === undefined) return head;
    count++;
    const values = parameters.split(", ").map((parameter) => parameter.split(" ").at(-1));
    return result === "void"
      ? `${head}\n  if (replace_${replacement}(${values.join(", ")})) return;`
      : `${head}\n  u32 answer;\n  if (replace_${replacement}(${values.join(", ")}, &answer)) return answer;`;
  });
  if (count !== functions.size) throw new Error("a function to be replaced has no body");
  return text;
};
