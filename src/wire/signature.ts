/**
 * WebAssembly's side of the table: the signature of an operation's import.
 */
import type { Parameter, Parameters } from "./parameters.js";

export type WasmType = "i32" | "i64";

/** The WebAssembly arguments that a parameter takes, in order. */
export const slotsOf = (parameter: Parameter): readonly WasmType[] => {
  switch (parameter.kind) {
    case "i64":
    case "u64":
      return ["i64"];
    case "bytes":
    case "gather":
    case "buffer":
    case "filled":
    case "scatter":
    case "strings":
      return ["i32", "i32"];
    default:
      return ["i32"];
  }
};

/** The arguments of an import with the given parameters; it returns an i32 (the errno), unless it is final. */
export const signatureOf = (parameters: Parameters): readonly WasmType[] =>
  Object.values(parameters).flatMap((parameter) => slotsOf(parameter));
