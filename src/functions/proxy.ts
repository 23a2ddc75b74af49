import { OptionError } from "../errors.js";
import { DefinedFunction } from "./define.js";
import { RaiseError } from "./host-error.js";
import type { Callable, PlainFunction } from "./invoke.js";

/** The names of an object's methods. */
export type MethodNames<T> = {
  [K in keyof T]: T[K] extends PlainFunction | DefinedFunction ? K : never;
}[keyof T] &
  string;

/**
 * A host object as the guest may have it: by reference, with the listed methods and nothing else.
 * `revoke()` ends the guest's access at once, whatever references it still holds.
 */
export class HostProxy implements Disposable {
  readonly name: string;
  readonly #target: object;
  readonly #methods: ReadonlyMap<string, Callable>;
  #revoked = false;

  /** @internal */
  constructor(name: string, target: object, methods: ReadonlyMap<string, Callable>) {
    this.name = name;
    this.#target = target;
    this.#methods = methods;
  }

  get revoked(): boolean {
    return this.#revoked;
  }

  /** @internal */
  get methods(): readonly (readonly [string, Callable])[] {
    return [...this.#methods];
  }

  /** From now on every call raises ReferenceError in the guest. */
  revoke(): void {
    this.#revoked = true;
  }

  [Symbol.dispose](): void {
    this.revoke();
  }

  /** @internal */
  method(name: string): { readonly fn: Callable; readonly self: unknown } {
    if (this.#revoked) throw new RaiseError("ReferenceError", `${this.name} was revoked by the host`);
    const fn = this.#methods.get(name);
    if (fn === undefined) {
      throw new RaiseError("AttributeError", `'${this.name}' object has no attribute '${name}'`);
    }
    return { fn, self: this.#target };
  }
}

/**
 * Hands a host object to guests by reference, with these methods only. `name` is what Python calls it; default: the
 * name of its class.
 *
 * @throws OptionError for a method that it has not
 */
export const proxy = <T extends object>(
  target: T,
  options: { readonly methods: readonly MethodNames<T>[]; readonly name?: string },
): HostProxy => {
  const methods = new Map<string, Callable>();
  for (const name of options.methods) {
    const method: unknown = target[name];
    if (method instanceof DefinedFunction || isFunction(method)) methods.set(name, method);
    else throw new OptionError("methods", `the object has no method ${JSON.stringify(name)}`);
  }
  return new HostProxy(options.name ?? className(target), target, methods);
};

const isFunction = (value: unknown): value is PlainFunction => typeof value === "function";

const className = (target: object): string => {
  const made: unknown = Reflect.get(target, "constructor");
  return isFunction(made) && made.name !== "" ? made.name : "object";
};
