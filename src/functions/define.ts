import { PYTHON_KEYWORDS } from "../checks/python-names.js";
import { type Duration, parseDuration } from "../checks/units.js";
import { OptionError } from "../errors.js";
import type { SchemaOutput, StandardSchema } from "./standard-schema.js";

/** What a host function learns of its call. */
export interface CallContext {
  /** Aborted when nobody waits for the answer any more: the run ended, the call's time was up, or it was cancelled. */
  readonly signal: AbortSignal;
  /**
   * In a durable session: the call's own name, which it has again when it is made again because its answer was lost. A service
   * that is told it can see that something was asked for before.
   */
  readonly id?: string;
}

/** One parameter as Python shows and binds it. */
export interface Parameter {
  readonly name: string;
  /** The annotation that `help()` shows: "int", "list[str]". It is not checked; `input` does that. */
  readonly type?: string;
  /** Makes it optional: the value that is filled in, and shown. */
  readonly default?: unknown;
  /** May be left out, without a default that Python would know. */
  readonly optional?: boolean;
  /** Only by keyword. */
  readonly keyword?: boolean;
}

interface Described {
  /** The docstring. */
  readonly description?: string;
  /** In order. A name alone is a required parameter. */
  readonly parameters: readonly (string | Parameter)[];
  /** The annotation of the result that `help()` shows. */
  readonly returns?: string;
  /** How long one call may take; then TimeoutError is raised in the guest. Default: as long as the run. */
  readonly timeout?: Duration;
  /** Awaitable in the guest's asyncio programs. Default: whether the handler is an async function. */
  readonly async?: boolean;
}

/** What `defineFunction` takes: a function whose arguments a schema checks. */
export interface CheckedFunctionOptions<Schema extends StandardSchema> extends Described {
  /** Checks the arguments, an object by parameter name; what it refuses raises ValueError in the guest. */
  readonly input: Schema;
  readonly handler: (input: SchemaOutput<Schema>, context: CallContext) => unknown;
}

/** What `defineFunction` takes: a function that checks its arguments itself. */
export interface FunctionOptions extends Described {
  readonly input?: undefined;
  /** `input` has what Python bound, by parameter name: check it, for it comes from the guest. */
  readonly handler: (input: Readonly<Record<string, unknown>>, context: CallContext) => unknown;
}

/** A host function with a signature, made by `defineFunction`. */
export class DefinedFunction {
  readonly description: string | undefined;
  readonly parameters: readonly Parameter[];
  readonly returns: string | undefined;
  /** Milliseconds; Infinity: no limit of its own. */
  readonly timeout: number;
  readonly async: boolean;
  readonly input: StandardSchema | undefined;
  readonly handler: (input: never, context: CallContext) => unknown;

  /** @internal */
  constructor(options: Described & Pick<DefinedFunction, "handler"> & { readonly input?: StandardSchema }) {
    if (!Array.isArray(options.parameters)) {
      throw new OptionError("parameters", 'must be a list of names, such as ["id", "limit"]');
    }
    if (typeof options.handler !== "function") throw new OptionError("handler", "must be a function");
    this.description = options.description;
    this.parameters = options.parameters.map(checkParameter);
    checkOrder(this.parameters);
    this.returns = options.returns;
    this.timeout =
      options.timeout === undefined
        ? Number.POSITIVE_INFINITY
        : parseDuration(options.timeout, "timeout", { min: 1, max: 24 * 24 * 3600e3 });
    this.async = options.async ?? isAsyncFunction(options.handler);
    this.input = options.input;
    this.handler = options.handler;
  }
}

/**
 * A host function with named and checked arguments, a docstring, and a time limit of its own.
 *
 * @throws OptionError for what is no signature in Python
 */
export function defineFunction<Schema extends StandardSchema>(
  options: CheckedFunctionOptions<Schema>,
): DefinedFunction;
/** Without a schema. */
export function defineFunction(options: FunctionOptions): DefinedFunction;
export function defineFunction(
  options: Described & Pick<DefinedFunction, "handler"> & { readonly input?: StandardSchema | undefined },
): DefinedFunction {
  const { input, ...others } = options;
  return new DefinedFunction(input === undefined ? others : { ...others, input });
}

export const isAsyncFunction = (fn: unknown): boolean =>
  typeof fn === "function" && Object.prototype.toString.call(fn) === "[object AsyncFunction]";

const checkParameter = (parameter: string | Parameter): Parameter => {
  const checked = typeof parameter === "string" ? { name: parameter } : parameter;
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(checked.name) || PYTHON_KEYWORDS.has(checked.name)) {
    throw new OptionError("parameters", `${JSON.stringify(checked.name)} cannot name a parameter in Python`);
  }
  return checked;
};

export const isOptional = (parameter: Parameter): boolean =>
  parameter.optional === true || parameter.default !== undefined;

/** Python binds by name, and has no required parameter behind an optional one that is positional. */
const checkOrder = (parameters: readonly Parameter[]): void => {
  const names = new Set<string>();
  let optional = false;
  for (const parameter of parameters) {
    if (names.has(parameter.name)) {
      throw new OptionError("parameters", `${JSON.stringify(parameter.name)} is there twice`);
    }
    names.add(parameter.name);
    if (parameter.keyword === true) continue;
    if (optional && !isOptional(parameter)) {
      throw new OptionError(
        "parameters",
        `${parameter.name} is required and stands behind an optional parameter`,
      );
    }
    optional ||= isOptional(parameter);
  }
};
