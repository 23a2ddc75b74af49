import { type CallContext, DefinedFunction } from "./define.js";
import { RaiseError } from "./host-error.js";
import { describeIssues } from "./standard-schema.js";

/** A function that guests may call: arguments are Python's, converted; a promise is awaited. */
export type PlainFunction = (...args: never[]) => unknown;
/** What can be given to a guest to call. */
export type Callable = PlainFunction | DefinedFunction;

/** Arguments as they came from the guest. */
export interface CallArguments {
  readonly args: readonly unknown[];
  readonly kwargs: ReadonlyMap<string, unknown>;
}

/** Calls a host function; keyword arguments of a plain one come as a last object, without a prototype. */
export const invoke = async (
  fn: Callable,
  self: unknown,
  call: CallArguments,
  signal: AbortSignal,
  id?: string,
): Promise<unknown> => {
  if (!(fn instanceof DefinedFunction)) {
    const args = call.kwargs.size === 0 ? call.args : [...call.args, toObject(call.kwargs)];
    return Reflect.apply(fn, self, args);
  }
  const bound = toObject(bind(fn, call));
  return withTimeout(fn.timeout, signal, async (given) => {
    const context = id === undefined ? given : { ...given, id };
    const input = fn.input === undefined ? bound : await validate(fn, bound);
    return Reflect.apply(fn.handler, undefined, [input, context]);
  });
};

const bind = (fn: DefinedFunction, { args, kwargs }: CallArguments): Map<string, unknown> => {
  const bound = new Map<string, unknown>();
  const positional = fn.parameters.filter((parameter) => parameter.keyword !== true);
  if (args.length > positional.length) {
    throw new RaiseError(
      "TypeError",
      `takes ${positional.length} positional arguments but ${args.length} were given`,
    );
  }
  for (const [index, value] of args.entries()) {
    const parameter = positional[index];
    if (parameter !== undefined) bound.set(parameter.name, value);
  }
  const names = new Set(fn.parameters.map((parameter) => parameter.name));
  for (const [name, value] of kwargs) {
    if (!names.has(name)) throw new RaiseError("TypeError", `got an unexpected keyword argument '${name}'`);
    if (bound.has(name)) throw new RaiseError("TypeError", `got multiple values for argument '${name}'`);
    bound.set(name, value);
  }
  for (const parameter of fn.parameters) {
    if (bound.has(parameter.name)) continue;
    if (parameter.default !== undefined) bound.set(parameter.name, parameter.default);
    else if (parameter.optional !== true) {
      throw new RaiseError("TypeError", `missing a required argument: '${parameter.name}'`);
    }
  }
  return bound;
};

const validate = async (fn: DefinedFunction, bound: unknown): Promise<unknown> => {
  if (fn.input === undefined) return bound;
  const result = await fn.input["~standard"].validate(bound);
  if (result.issues !== undefined) throw new RaiseError("ValueError", describeIssues(result.issues));
  return result.value;
};

const withTimeout = async (
  milliseconds: number,
  outer: AbortSignal,
  action: (context: CallContext) => Promise<unknown>,
): Promise<unknown> => {
  if (milliseconds === Number.POSITIVE_INFINITY) return action({ signal: outer });
  const own = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new RaiseError("TimeoutError", `the host took longer than ${milliseconds} ms`);
      own.abort(error);
      reject(error);
    }, milliseconds);
  });
  try {
    return await Promise.race([action({ signal: AbortSignal.any([outer, own.signal]) }), expired]);
  } finally {
    clearTimeout(timer);
  }
};

/** Names from the guest become properties of an object that has no prototype to spoil. */
const toObject = (entries: ReadonlyMap<string, unknown>): Readonly<Record<string, unknown>> => {
  const object: Record<string, unknown> = Object.create(null);
  for (const [key, value] of entries) {
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  }
  return object;
};
