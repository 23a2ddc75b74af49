/** The C statements that carry out a module's commands of a specification test. */
import type { Names } from "../names.js";
import type { WasmModule } from "../wasm.js";

export interface Value {
  readonly type: string;
  readonly value?: string;
}

export interface Action {
  readonly type: string;
  readonly module?: string;
  readonly field: string;
  readonly args: readonly Value[];
}

export interface Command {
  readonly type: string;
  readonly line: number;
  readonly filename?: string;
  readonly name?: string;
  readonly action?: Action;
  readonly expected?: readonly Value[];
  readonly text?: string;
  /** Of `register`: the name under which others import from the module. */
  readonly as?: string;
}

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^out of bounds/, "TRAP_OUT_OF_BOUNDS"],
  [/^integer|^invalid conversion/, "TRAP_INTEGER"],
  [/^unreachable/, "TRAP_UNREACHABLE"],
  [/^undefined element|^uninitialized element|^indirect call|^undefined$/, "TRAP_INDIRECT_CALL"],
  [/^call stack exhausted/, "TRAP_STACK"],
];

const reason = (text: string): string => {
  const found = REASONS.find(([pattern]) => pattern.test(text));
  if (found === undefined) throw new Error(`no reason for the trap "${text}"`);
  return found[1];
};

const literal = ({ type, value = "0" }: Value): string => {
  switch (type) {
    case "i32":
      return `spec_i32(${value}u)`;
    case "i64":
      return `spec_i64(${value}ull)`;
    case "f32":
      return `f32_reinterpret_i32(spec_i32(${value}u))`;
    case "f64":
      return `f64_reinterpret_i64(spec_i64(${value}ull))`;
    case "externref":
      return value === "null" ? "((externref_t)0)" : `((externref_t)(u64)(${value} + 1))`;
    case "funcref":
      if (value === "null") return "FUNCREF_NULL";
      break;
  }
  throw new Error(`a value of type ${type}: ${value}`);
};

const equal = (found: string, { type, value = "0" }: Value): string => {
  const nan = /^nan:(canonical|arithmetic)$/.exec(value);
  const bits =
    type === "f32"
      ? `i32_reinterpret_f32(${found})`
      : type === "f64"
        ? `i64_reinterpret_f64(${found})`
        : found;
  if (nan !== null) return `spec_nan${type === "f32" ? 32 : 64}(${bits}, SPEC_${nan[1]?.toUpperCase()})`;
  if (type === "funcref") return `(${found}.type ${value === "null" ? "==" : "!="} 0)`;
  if (type === "externref") return `(${found} == ${literal({ type, value })})`;
  return `(${bits} == ${value}${type === "i64" || type === "f64" ? "ull" : "u"})`;
};

const FIELDS: Readonly<Record<string, string>> = {
  i32: "i",
  i64: "j",
  f32: "f",
  f64: "d",
  funcref: "r",
  externref: "e",
};

/** The members of the struct that a function with several results answers: one letter and a number for each. */
const members = (results: readonly string[]): string[] =>
  results.map((type, i) => `.${FIELDS[type] ?? "?"}${i}`);

const evaluation = (
  module: WasmModule,
  names: Names,
  action: Action,
): { code: string; results: readonly string[] } => {
  const entry = module.exports.get(action.field);
  if (entry === undefined) throw new Error(`no export ${action.field}`);
  if (action.type === "get") {
    const global = module.globals[entry.index];
    return { code: names.globals[entry.index]?.name ?? "?", results: [global?.type ?? "?"] };
  }
  const type = module.types[module.functions[entry.index] ?? -1];
  return {
    code: `${names.functions[entry.index]}(${action.args.map(literal).join(", ")})`,
    results: type?.results ?? [],
  };
};

const statement = (
  module: WasmModule,
  names: Names,
  { type, line, action, expected = [], text = "" }: Command,
): string => {
  if (action === undefined) throw new Error(`a ${type} without an action`);
  const { code, results } = evaluation(module, names, action);
  if (type === "assert_trap" || type === "assert_exhaustion")
    return `  spec_check(${line}, SPEC_TRY(${code}) == ${reason(text)});`;
  if (type === "action" || expected.length === 0) return `  spec_check(${line}, SPEC_TRY(${code}) == 0);`;
  const checks =
    expected.length === 1 && expected[0] !== undefined
      ? equal("got", expected[0])
      : expected.map((value, i) => equal(`got${members(results)[i]}`, value)).join(" && ");
  return `  { __typeof__(({ ${code}; })) got; spec_check(${line}, SPEC_TRY(got = ${code}) == 0 && ${checks}); }`;
};

/** @param failing The module itself must trap while it starts. */
export const driver = (
  module: WasmModule,
  names: Names,
  commands: readonly Command[],
  failing: string | undefined,
): string => {
  const start = "SPEC_TRY((module_initialise(), module_start()))";
  return [
    '#include "harness.h"',
    "static void spec_run(void) {",
    failing === undefined
      ? `  if (${start} != 0) abort();`
      : `  spec_check(0, ${start} == ${reason(failing)});`,
    ...commands.map((command) => statement(module, names, command)),
    "}",
    "",
  ].join("\n");
};
