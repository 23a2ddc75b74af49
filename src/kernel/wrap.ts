import type { OperationShape } from "../wire/operations.js";
import type { Awaitable, HandlersOf } from "../wire/types.js";

/** Makes one handler of another. */
export type Wrap = <Args, Results>(
  name: string,
  handler: (args: Args) => Awaitable<Results>,
) => (args: Args) => Awaitable<Results>;

type Table<T> = { readonly [N in keyof T]: OperationShape };

/** The handlers of a table, each wrapped. */
export const wrapAll = <T extends Table<T>>(handlers: HandlersOf<T>, wrap: Wrap): HandlersOf<T> => {
  const wrapped: { -readonly [N in keyof T]: HandlersOf<T>[N] } = { ...handlers };
  for (const name in handlers) wrapped[name] = wrap(name, handlers[name]);
  return wrapped;
};
