import type { Awaitable } from "../../wire/types.js";
import type { Arguments } from "./arguments.js";
import type { Calls } from "./calls.js";
import type { Environment } from "./environment.js";
import type { Marshalled } from "./marshal.js";

/** What a function of version 1 works with. */
export interface World {
  readonly calls: Calls;
  readonly environment: Environment;
}

/** Answers one function; the result has exactly the type that the child's stub expects. */
export type Implementation = (world: World, args: Arguments) => Awaitable<Marshalled>;

export const int = (value: number): Marshalled => (value === (value | 0) ? { int32: value } : BigInt(value));
export const ascii = (value: string): Uint8Array => Buffer.from(value, "utf8");
