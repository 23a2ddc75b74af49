import { PYTHON_KEYWORDS } from "../checks/python-names.js";
import type { ParameterSpec } from "../values/function-spec.js";

/**
 * What `inspect.signature` shall show of a plain JavaScript function; undefined where its source does not tell, and
 * for `(...args)`, which takes anything, keyword arguments as well.
 */
export const parametersOf = (fn: (...args: never[]) => unknown): readonly ParameterSpec[] | undefined => {
  const list = parameterList(Function.prototype.toString.call(fn));
  if (list === undefined) return undefined;
  const parameters: ParameterSpec[] = [];
  for (const text of list) {
    const match = /^(\.\.\.)?\s*([A-Za-z_][A-Za-z0-9_]*)\s*(=[^=>][\s\S]*)?$/.exec(text);
    const name = match?.[2];
    if (match === null || name === undefined || PYTHON_KEYWORDS.has(name)) return undefined;
    if (parameters.some((parameter) => parameter.name === name)) return undefined;
    if (match[1] !== undefined) parameters.push({ name, kind: "variadic" });
    else parameters.push({ name, kind: "both", optional: match[3] !== undefined });
  }
  const anything = parameters.length === 1 && parameters[0]?.kind === "variadic";
  return anything || requiredAfterOptional(parameters) ? undefined : parameters;
};

/** Python allows no required parameter behind an optional one. */
const requiredAfterOptional = (parameters: readonly ParameterSpec[]): boolean => {
  const first = parameters.findIndex((parameter) => parameter.optional === true);
  return first >= 0 && parameters.slice(first).some((p) => p.kind === "both" && p.optional !== true);
};

const parameterList = (source: string): readonly string[] | undefined => {
  if (source.includes("[native code]")) return undefined;
  const single = /^(?:async\s+)?([A-Za-z_$][\w$]*)\s*=>/.exec(source);
  if (single?.[1] !== undefined) return [single[1]];
  const head = /^(?:async\s+)?(?:function\b\s*\*?\s*)?[\w$]*\s*\(/.exec(source);
  return head === null ? undefined : splitTopLevel(source, head[0].length);
};

/** The texts between the commas, up to the closing parenthesis. Undefined where strings or comments stand between. */
const splitTopLevel = (source: string, start: number): readonly string[] | undefined => {
  const parts: string[] = [];
  let depth = 0;
  let from = start;
  for (let at = start; at < source.length; at++) {
    const character = source.charAt(at);
    if (/["'`]/.test(character)) {
      const end = endOfString(source, at);
      if (end === undefined) return undefined;
      at = end;
    } else if (character === "/") return undefined;
    else if (/[([{]/.test(character)) depth++;
    else if (depth > 0 && /[)\]}]/.test(character)) depth--;
    else if (character === ")" || (character === "," && depth === 0)) {
      const part = source.slice(from, at).trim();
      if (part !== "") parts.push(part);
      from = at + 1;
      if (character === ")") return parts;
    }
  }
  return undefined;
};

const endOfString = (source: string, start: number): number | undefined => {
  const quote = source.charAt(start);
  for (let at = start + 1; at < source.length; at++) {
    const character = source.charAt(at);
    if (character === "\\") at++;
    else if (character === quote) return at;
    else if (quote === "`" && character === "$") return undefined;
  }
  return undefined;
};
