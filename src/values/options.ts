import type { FunctionSpec } from "./function-spec.js";

/** How deeply values may be nested, unless told otherwise. */
export const MAX_DEPTH = 200;
/** The most bytes of one encoded value, unless told otherwise: 128 MiB. */
export const MAX_SIZE = 1 << 27;
/** The most units of memory of a decoded value: a scalar is one, a container eight. */
export const MAX_ITEMS = 1 << 24;
/** The longest integer, in bytes: 1 MiB. */
export const MAX_INTEGER = 1 << 20;

/** How an object of the host is shown to the guest. */
export interface HostReferenceParts {
  readonly id: number;
  readonly kind: "function" | "object" | "iterator" | "async iterator";
  readonly name: string;
  readonly doc?: string;
  readonly async?: boolean;
  readonly parameters?: FunctionSpec["parameters"];
  readonly returns?: string;
  readonly methods?: readonly FunctionSpec[];
}

/** How an object of the guest is shown to the host. */
export interface GuestReferenceParts {
  readonly id: number;
  readonly kind: "function" | "object" | "iterator" | "async iterator";
  readonly name: string;
  readonly doc?: string;
}

/** Objects that travel by reference; both sides of it. */
export interface ReferenceTable {
  /** A reference for what travels only as one, and one hold more for it; undefined for all else. */
  refer(value: object): HostReferenceParts | undefined;
  /** Holds to take back: the value did not get sent. */
  drop(ids: readonly number[]): void;
  /** The number of a guest's object that goes home; undefined for what is none. */
  guestId(value: object): number | undefined;
}

/** Where references that come in are resolved. */
export interface ReferenceResolver {
  /** The host's own object that came back; undefined when the guest may not have it. */
  own(id: number): object | undefined;
  /** An object that stands for one of the guest's. */
  guest(parts: GuestReferenceParts): object;
}

/**
 * Lets instances of a class travel. In Python they arrive through the adapter registered there under `name`
 * (`sallyport.adapter(name, cls, encode, decode)`), else as `sallyport.Adapted`.
 */
export interface Adapter<T extends object = object> {
  readonly name: string;
  readonly type: abstract new (...args: never[]) => T;
  /** What travels in place of the object. */
  encode(value: T): unknown;
  decode(value: unknown): T;
}

/** Bounds of a value on its way to the guest, and what travels by reference. */
export interface EncodeOptions {
  /** What error paths start with; default "value". */
  readonly root?: string;
  /** 1 to 1000; default MAX_DEPTH. */
  readonly depth?: number;
  /** In bytes; default MAX_SIZE. */
  readonly size?: number;
  readonly references?: ReferenceTable;
  readonly adapters?: readonly Adapter[];
}

/** Bounds of a value on its way from the guest, and what stands for references. */
export interface DecodeOptions {
  readonly root?: string;
  readonly depth?: number;
  /** Units of memory, see MAX_ITEMS. */
  readonly items?: number;
  readonly references?: ReferenceResolver;
  readonly adapters?: readonly Adapter[];
}
