import type { HostReferenceParts } from "../values/options.js";
import { DefinedFunction } from "./define.js";
import { RaiseError } from "./host-error.js";
import type { Callable } from "./invoke.js";
import { HostProxy } from "./proxy.js";
import { functionSpec } from "./spec.js";

/** Most host objects that one guest may hold at a time. */
const MOST_REFERENCES = 65_536;

type Target =
  | { readonly kind: "function"; readonly fn: Callable }
  | { readonly kind: "object"; readonly proxy: HostProxy }
  | { readonly kind: "iterator" | "async iterator"; readonly iterator: HostIterator };

/** Most items of an iterator that one answer has; a guest that asks for more is given as many. */
const MOST_ITEMS = 64;

interface HostIterator {
  readonly next: () => unknown;
  readonly return?: () => unknown;
}

interface Held {
  readonly target: Target;
  readonly object: object;
  holds: number;
}

/** A host object in a few words. */
const describe = (target: Target): string => {
  const name = target.kind === "function" && typeof target.fn === "function" ? target.fn.name : "";
  return name === "" ? target.kind : `${target.kind} ${name}`;
};

/** The host's objects that a guest holds by reference: functions, proxies, and iterables. */
export class HostReferences {
  readonly #held = new Map<number, Held>();
  readonly #ids = new Map<object, number>();
  readonly #encode: (value: unknown) => Uint8Array;
  #last: number;

  /** `after`: references begin after this number; those below may be another process's. */
  constructor(encode: (value: unknown) => Uint8Array, after = 0) {
    this.#encode = encode;
    this.#last = after;
  }

  get size(): number {
    return this.#held.size;
  }

  /** What the guest holds, for messages. */
  names(): readonly string[] {
    return [...this.#held.values()].map(({ target }) => describe(target));
  }

  /** A reference for what travels only as one; undefined for all else. Counts as one hold more. */
  refer(object: object): HostReferenceParts | undefined {
    const known = this.#ids.get(object);
    const held = known === undefined ? undefined : this.#held.get(known);
    if (known !== undefined && held !== undefined) {
      held.holds++;
      return this.#describe(known, held.target);
    }
    const target = targetOf(object);
    if (target === undefined) return undefined;
    if (this.#held.size >= MOST_REFERENCES) {
      throw new RangeError(`the guest holds ${MOST_REFERENCES} references, and may not hold more`);
    }
    const id = ++this.#last;
    this.#held.set(id, { target, object, holds: 1 });
    this.#ids.set(object, id);
    return this.#describe(id, target);
  }

  /** The guest no longer holds these, once for every hold that ended. */
  drop(ids: readonly number[]): void {
    for (const id of ids) {
      const held = this.#held.get(id);
      if (held === undefined) continue;
      held.holds--;
      if (held.holds > 0) continue;
      this.#forget(id, held);
    }
  }

  /** The host's own object that comes back. */
  own(id: number): object | undefined {
    return this.#held.get(id)?.object;
  }

  /** The function behind a reference or its method. */
  callable(id: number, method: string | undefined): { readonly fn: Callable; readonly self: unknown } {
    const { target } = this.#get(id);
    if (target.kind === "function" && method === undefined) return { fn: target.fn, self: undefined };
    if (target.kind === "object" && method !== undefined) return target.proxy.method(method);
    throw new RaiseError("TypeError", "the host object cannot be called this way");
  }

  /** Up to `count` further items of an iterator of the host's. */
  async next(
    id: number,
    count: number,
  ): Promise<{ readonly items: readonly unknown[]; readonly done: boolean }> {
    const held = this.#get(id);
    if (!("iterator" in held.target)) throw new RaiseError("TypeError", "the host object is no iterator");
    const { iterator } = held.target;
    const items: unknown[] = [];
    while (items.length < Math.min(count, MOST_ITEMS)) {
      const step = await iterator.next();
      if (typeof step !== "object" || step === null) {
        throw new TypeError("an iterator's next() must give an object");
      }
      if ("done" in step && step.done === true) return { items, done: true };
      items.push("value" in step ? step.value : undefined);
    }
    return { items, done: false };
  }

  /** The guest has read enough of an iterator. */
  async close(id: number): Promise<void> {
    const held = this.#get(id);
    if ("iterator" in held.target) await held.target.iterator.return?.();
  }

  /** Forgets all; iterators that the guest did not read to their end are closed. */
  clear(): void {
    for (const [id, held] of this.#held) this.#forget(id, held);
  }

  #get(id: number): Held {
    const held = this.#held.get(id);
    if (held === undefined) throw new RaiseError("ReferenceError", `there is no host object ${id}`);
    return held;
  }

  #forget(id: number, held: Held): void {
    this.#held.delete(id);
    this.#ids.delete(held.object);
    if (!("iterator" in held.target)) return;
    const { iterator } = held.target;
    void (async () => iterator.return?.())().catch(() => undefined);
  }

  #describe(id: number, target: Target): HostReferenceParts {
    switch (target.kind) {
      case "function": {
        const { name, ...spec } = functionSpec(nameOf(target.fn), target.fn, this.#encode);
        return { id, kind: "function", name, ...spec };
      }
      case "object": {
        const methods = target.proxy.methods.map(([name, fn]) => functionSpec(name, fn, this.#encode));
        return { id, kind: "object", name: target.proxy.name, methods };
      }
      case "iterator":
      case "async iterator":
        return { id, kind: target.kind, name: "iterator" };
    }
  }
}

const nameOf = (fn: Callable): string =>
  fn instanceof DefinedFunction || fn.name === "" ? "function" : fn.name;

const targetOf = (object: object): Target | undefined => {
  if (object instanceof DefinedFunction) return { kind: "function", fn: object };
  if (object instanceof HostProxy) return { kind: "object", proxy: object };
  if (isPlainFunction(object)) return { kind: "function", fn: object };
  const asynchronous = callOf(object, Symbol.asyncIterator);
  if (asynchronous !== undefined) return { kind: "async iterator", iterator: toIterator(asynchronous) };
  if (!("next" in object) || typeof object.next !== "function") return undefined;
  const synchronous = callOf(object, Symbol.iterator);
  return synchronous === undefined ? undefined : { kind: "iterator", iterator: toIterator(synchronous) };
};

const isPlainFunction = (value: object): value is (...args: never[]) => unknown =>
  typeof value === "function";

const callOf = (object: object, symbol: symbol): object | undefined => {
  const make: unknown = Reflect.get(object, symbol);
  if (typeof make !== "function") return undefined;
  const made: unknown = Reflect.apply(make, object, []);
  return typeof made === "object" && made !== null ? made : undefined;
};

const toIterator = (iterator: object): HostIterator => {
  const next: unknown = Reflect.get(iterator, "next");
  const end: unknown = Reflect.get(iterator, "return");
  if (typeof next !== "function") throw new TypeError("an iterator must have a next()");
  return {
    next: () => Reflect.apply(next, iterator, []),
    ...(typeof end === "function" ? { return: () => Reflect.apply(end, iterator, []) } : {}),
  };
};
