import { Errno, type ErrnoName } from "../wire/errno.js";
import type { Arguments, Awaitable, GuestOperationName, Results } from "../wire/types.js";
import { EndedByInterceptor } from "./ending.js";
import type { PathOperation } from "./operations/paths.js";

/** Operations whose path is always known. */
type ByPath = Exclude<PathOperation, "getcwd">;

/** An operation of the guest's, as interceptors and observers see it. */
export interface Operation<Name extends GuestOperationName = GuestOperationName> {
  readonly name: Name;
  /** As the guest gave them: paths may be relative. Bytes are valid until the operation is answered. */
  readonly args: Arguments<Name>;
  /**
   * The file it is about: absolute, and resolved (symbolic links that the operation follows are followed, as far as the way
   * exists). For operations on a descriptor the file that it has, where it was opened by a path.
   */
  readonly path: Name extends ByPath ? string : string | undefined;
  /** The other path of `rename` and `link`, likewise. */
  readonly to: Name extends "rename" | "link" ? string : undefined;
}

/** Any operation: `op.name` tells which. */
export type AnyOperation = { readonly [N in GuestOperationName]: Operation<N> }[GuestOperationName];

/** Does the operation, with some arguments changed if need be; answers its results, or throws the errno it fails with. */
export type Next<Name extends GuestOperationName> = (
  changes?: Partial<Arguments<Name>>,
) => Awaitable<Results<Name>>;

/**
 * Sees an operation before the kernel does: answers it (`return next()` passes it on), throws `refuse("EACCES")`, or
 * ends the sandbox with `end("why")`. One that throws anything else, or answers what cannot be an answer, or takes
 * longer than its time limit, costs the sandbox. The time in `next` does not count.
 */
export type Interceptor<Name extends GuestOperationName> = Method<
  [operation: Operation<Name>, next: Next<Name>],
  Awaitable<Results<Name>>
>;

export type AnyInterceptor = Method<
  [operation: AnyOperation, next: () => Awaitable<unknown>],
  Awaitable<unknown>
>;

// Parameters of methods are compared both ways: an interceptor, which is chosen by the operation's name, can stand where any is taken.
type Method<Args extends readonly unknown[], Result> = { call(...args: Args): Result }["call"];

/** Interceptors by operation; "*" is for all, and around the one of the name. */
export type Interceptors = { readonly [N in GuestOperationName]?: Interceptor<N> } & {
  readonly "*"?: AnyInterceptor;
};

/** Refuses an operation: the guest sees this errno. */
export const refuse = (errno: ErrnoName, detail?: string): never => {
  throw new Errno(errno, detail);
};

/** Ends the sandbox, with a reason for its owner. */
export const end = (reason: string): never => {
  throw new EndedByInterceptor(reason);
};
