/** A host function as Python shall see it. */
export interface FunctionSpec {
  /** An identifier, or several with dots (`db.customer`): those become namespaces. */
  readonly name: string;
  readonly doc?: string;
  /** Awaitable where an asyncio loop runs; elsewhere a call waits. */
  readonly async: boolean;
  /** Missing: any arguments. */
  readonly parameters?: readonly ParameterSpec[];
  /** Shown as the annotation of the result. */
  readonly returns?: string;
}

export interface ParameterSpec {
  readonly name: string;
  /** Python's words: `(positional, /, both, *variadic, keyword, **keywords)`. */
  readonly kind: "positional" | "both" | "variadic" | "keyword" | "keywords";
  readonly annotation?: string;
  /** There is a default on the host: the argument may be left out, and is shown as `...` unless given here. */
  readonly optional?: boolean;
  /** As CBOR. */
  readonly default?: Uint8Array;
}
