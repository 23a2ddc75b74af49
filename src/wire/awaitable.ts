/** What may be there at once, or come by a promise. */
export type Awaitable<T> = T | PromiseLike<T>;

/** Whether it is still to come. */
export function isPromise<T>(value: Awaitable<T>): value is PromiseLike<T> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
