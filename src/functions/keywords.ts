/** Keyword arguments for a Python function: the last argument of a call. */
export class Keywords {
  readonly values: Readonly<Record<string, unknown>>;

  /** @internal */
  constructor(values: Readonly<Record<string, unknown>>) {
    this.values = values;
  }
}

/** `sandbox.call("m:f", [1, keywords({ sep: ";" })])` calls `f(1, sep=";")`. */
export const keywords = (values: Readonly<Record<string, unknown>>): Keywords => new Keywords(values);

/** Positional and keyword arguments of a call that JavaScript makes. */
export const splitArguments = (
  args: readonly unknown[],
): { readonly args: readonly unknown[]; readonly kwargs: Readonly<Record<string, unknown>> } => {
  const last = args.at(-1);
  return last instanceof Keywords ? { args: args.slice(0, -1), kwargs: last.values } : { args, kwargs: {} };
};
