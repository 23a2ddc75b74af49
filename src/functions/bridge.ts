import { ProtocolError, PythonError } from "../errors.js";
import type {
  CallAnswer,
  CallRequest,
  EncodedValue,
  ErrorInfo,
  Outcome,
  ReferenceAction,
} from "../protocol/messages.js";
import type { FunctionSpec } from "../values/function-spec.js";
import { type Adapter, decode, encode } from "../values/index.js";
import { type Call, Calls } from "./calls.js";
import { GuestObjects } from "./guest-objects.js";
import { describeHostError, RaiseError } from "./host-error.js";
import { type Callable, invoke } from "./invoke.js";
import { HostReferences } from "./references.js";
import { functionSpec } from "./spec.js";

export interface BridgeOptions {
  /** By dotted name. */
  readonly functions: ReadonlyMap<string, Callable>;
  readonly adapters: readonly Adapter[];
  /** Most units of memory of one value of the guest's; see DecodeOptions. */
  readonly items: number;
  /** Whether the guest is at work. */
  readonly busy: () => boolean;
  /** References to objects of the host's begin after this number. Default: 0. */
  readonly referencesAfter?: number;
  /** The name of a call that has a number. */
  readonly callId?: ((number: number) => string) | undefined;
  /** Does something for a guest object while no call of the guest's waits. */
  readonly idle: (action: ReferenceAction) => Promise<Outcome>;
  /** The guest broke the protocol while no operation of it was being answered. */
  readonly breach: (error: ProtocolError) => void;
}

/** Values, calls and objects between a guest and the host: everything that crosses but output and files. */
export class Bridge {
  readonly calls: Calls;
  readonly #options: BridgeOptions;
  readonly #host: HostReferences;
  readonly #guest: GuestObjects;
  /** What this guest did wrong; a host function may throw what another one did. */
  readonly #breaches = new WeakSet<object>();

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#host = new HostReferences((value) => this.encode(value, "default"), options.referencesAfter);
    this.#guest = new GuestObjects({
      call: (action) => this.#ask(action),
      items: (action) => this.#items(action),
      encode: (value, root) => this.encode(value, root),
    });
    this.calls = new Calls(
      (request, signal, { number }) => this.#answer(request, signal, number),
      options.busy,
    );
  }

  /** Throws a TypeError that names the place of what cannot travel; it starts with `root`. */
  encode(value: unknown, root: string): EncodedValue {
    return encode(value, {
      root,
      adapters: this.#options.adapters,
      references: {
        refer: (object) => this.#host.refer(object),
        drop: (ids) => this.#host.drop(ids),
        guestId: (object) => this.#guest.idOf(object),
      },
    });
  }

  /** A value of the guest's. Throws ProtocolError for bytes that are none, TypeError for what JavaScript cannot hold. */
  decode(bytes: EncodedValue, root = "value"): unknown {
    return this.#checked(() =>
      decode(bytes, {
        root,
        items: this.#options.items,
        adapters: this.#options.adapters,
        references: { own: (id) => this.#host.own(id), guest: (parts) => this.#guest.adopt(parts) },
      }),
    );
  }

  /** The error to throw for an exception of the guest's. */
  toPythonError(info: ErrorInfo): PythonError {
    const exception = info.value === undefined ? undefined : this.#tryDecode(info.value);
    const cause = info.cause ?? info.context;
    return new PythonError({
      ...info,
      ...(exception === undefined ? {} : { exception }),
      ...(cause === undefined ? {} : { cause: this.toPythonError(cause) }),
    });
  }

  /** The host functions as Python shall see them. */
  specs(): readonly FunctionSpec[] {
    return [...this.#options.functions].map(([name, fn]) =>
      functionSpec(name, fn, (value) => this.encode(value, `functions.${name}`)),
    );
  }

  /** Objects of the host's that the guest holds, for messages. */
  held(): readonly string[] {
    return this.#host.names();
  }

  /** Holds of the guest's that ended. */
  dropped(ids: readonly number[]): void {
    this.#host.drop(ids);
  }

  /** Holds of the host's that ended. */
  takeReleased(): readonly number[] {
    return this.#guest.takeReleased();
  }

  /** The guest is gone. */
  end(error: Error): void {
    this.calls.end(error);
    this.#host.clear();
  }

  async #answer(request: CallRequest, signal: AbortSignal, number: number | undefined): Promise<CallAnswer> {
    try {
      return { ...(await this.#do(request, signal, number)), ...this.#releases() };
    } catch (error) {
      if (typeof error === "object" && error !== null && this.#breaches.has(error)) throw error;
      const described = describeHostError(error, (value) => this.#tryEncode(value));
      return { kind: "error", error: described, ...this.#releases() };
    }
  }

  async #do(request: CallRequest, signal: AbortSignal, number: number | undefined): Promise<CallAnswer> {
    switch (request.kind) {
      case "call": {
        const { fn, self } = this.#target(request.target);
        const args = this.decode(request.args);
        const kwargs = this.#checked(() => toMap(this.decode(request.kwargs)));
        if (!Array.isArray(args)) throw this.#breach("called a function without a list of arguments");
        const id = number === undefined ? undefined : this.#options.callId?.(number);
        const value = await invoke(fn, self, { args, kwargs }, signal, id);
        return { kind: "value", value: this.encode(value, "result") };
      }
      case "next": {
        const { items, done } = await this.#host.next(request.reference, request.count);
        return { kind: "items", value: this.encode(items, "items"), done };
      }
      case "close":
        await this.#host.close(request.reference);
        return { kind: "value", value: this.encode(null, "result") };
      case "reply":
        throw this.#breach("replied to nothing");
    }
  }

  #target(target: Extract<CallRequest, { kind: "call" }>["target"]): {
    readonly fn: Callable;
    readonly self: unknown;
  } {
    if (!("name" in target)) return this.#host.callable(target.reference, target.method);
    const fn = this.#options.functions.get(target.name);
    if (fn === undefined) throw new RaiseError("NameError", `the host has no function '${target.name}'`);
    return { fn, self: undefined };
  }

  #releases(): { readonly released?: readonly number[] } {
    const released = this.#guest.takeReleased();
    return released.length === 0 ? {} : { released };
  }

  #breach(what: string): ProtocolError {
    const error = new ProtocolError(`The guest ${what}.`);
    this.#breaches.add(error);
    return error;
  }

  #checked<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof ProtocolError) this.#breaches.add(error);
      throw error;
    }
  }

  #tryDecode(bytes: EncodedValue): unknown {
    try {
      return this.decode(bytes);
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      return undefined;
    }
  }

  #tryEncode(value: unknown): Uint8Array | undefined {
    try {
      return this.encode(value, "exception");
    } catch {
      return undefined;
    }
  }

  /** Does something with a guest object, and gives its value. */
  #ask(action: ReferenceAction): Promise<unknown> {
    return this.#heard(action, (outcome) => {
      if (outcome.status === "items") throw this.#breach("gave items where a value was asked for");
      return this.decode(outcome.value);
    });
  }

  #items(
    action: Extract<ReferenceAction, { kind: "next" }>,
  ): Promise<{ readonly items: readonly unknown[]; readonly done: boolean }> {
    return this.#heard(action, (outcome) => {
      const items = this.decode(outcome.value);
      if (outcome.status !== "items" || !Array.isArray(items)) {
        throw this.#breach("gave no items where they were asked for");
      }
      if (items.length > action.count) throw this.#breach("gave more items than were asked for");
      return { items, done: outcome.done };
    });
  }

  async #heard<T>(
    action: ReferenceAction,
    read: (outcome: Exclude<Outcome, { status: "error" }>) => T,
  ): Promise<T> {
    const outcome = await this.#outcome(action);
    try {
      return read(outcome);
    } catch (error) {
      if (error instanceof ProtocolError && !this.#options.busy()) this.#options.breach(error);
      throw error;
    }
  }

  async #outcome(action: ReferenceAction): Promise<Exclude<Outcome, { status: "error" }>> {
    const call: Call | undefined = this.calls.current();
    const outcome = await (call?.ask(action) ?? this.#options.idle(action));
    if (outcome.status !== "error") return outcome;
    throw this.toPythonError(outcome.error);
  }
}

/** Keyword arguments as they come: names are the guest's, so they stay keys of a Map. */
const toMap = (kwargs: unknown): ReadonlyMap<string, unknown> => {
  const map = new Map<string, unknown>();
  const entries: Iterable<[unknown, unknown]> =
    kwargs instanceof Map
      ? kwargs
      : typeof kwargs === "object" && kwargs !== null
        ? Object.entries(kwargs)
        : [];
  for (const [name, value] of entries) {
    if (typeof name !== "string") throw new ProtocolError("the guest named a keyword argument by no string");
    map.set(name, value);
  }
  return map;
};
