import { PYTHON_KEYWORDS } from "../checks/python-names.js";
import { OptionError } from "../errors.js";
import type { FunctionSpec, ParameterSpec } from "../values/function-spec.js";
import { DefinedFunction, isAsyncFunction, isOptional, type Parameter } from "./define.js";
import type { Callable } from "./invoke.js";
import { parametersOf } from "./signature.js";

/** Functions by name; an object is a namespace: `{ db: { customer } }` is `db.customer(…)` in the guest. */
export interface HostFunctions {
  readonly [name: string]: Callable | HostFunctions;
}

const MOST_DEPTH = 8;

/** All functions by their dotted names. */
export const flatten = (functions: HostFunctions, prefix = "", depth = 0): Map<string, Callable> => {
  const flat = new Map<string, Callable>();
  for (const [name, value] of Object.entries(functions)) {
    const full = prefix + name;
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || PYTHON_KEYWORDS.has(name)) {
      throw new OptionError(`functions.${full}`, "is no name for a function in Python");
    }
    if (typeof value === "function" || value instanceof DefinedFunction) flat.set(full, value);
    else if (typeof value === "object" && value !== null && depth < MOST_DEPTH) {
      for (const [inner, fn] of flatten(value, `${full}.`, depth + 1)) flat.set(inner, fn);
    } else throw new OptionError(`functions.${full}`, "is no function");
  }
  return flat;
};

/** How Python shall see a host function. */
export const functionSpec = (
  name: string,
  fn: Callable,
  encode: (value: unknown) => Uint8Array,
): FunctionSpec => {
  if (!(fn instanceof DefinedFunction)) {
    const parameters = parametersOf(fn);
    return { name, async: isAsyncFunction(fn), ...(parameters === undefined ? {} : { parameters }) };
  }
  return {
    name,
    async: fn.async,
    ...(fn.description === undefined ? {} : { doc: fn.description }),
    ...(fn.returns === undefined ? {} : { returns: fn.returns }),
    parameters: ordered(fn.parameters).map((parameter) => parameterSpec(parameter, encode)),
  };
};

/** Python wants positional parameters first. */
const ordered = (parameters: readonly Parameter[]): readonly Parameter[] => [
  ...parameters.filter((parameter) => parameter.keyword !== true),
  ...parameters.filter((parameter) => parameter.keyword === true),
];

const parameterSpec = (parameter: Parameter, encode: (value: unknown) => Uint8Array): ParameterSpec => ({
  name: parameter.name,
  kind: parameter.keyword === true ? "keyword" : "both",
  ...(parameter.type === undefined ? {} : { annotation: parameter.type }),
  ...(isOptional(parameter) ? { optional: true } : {}),
  ...(parameter.default === undefined ? {} : { default: encode(parameter.default) }),
});
