import type { WasiFunctionName } from "../../../../src/wire/wasi-functions.js";
import type { Reply, Values } from "../frames.js";
import type { WasiWorld } from "../wasi-world.js";

export type Step = readonly [name: WasiFunctionName, args: Values];
export type Check = (results: Reply["results"], world: WasiWorld) => void | Promise<void>;

/** One case of the conformance suite: a call in a world of its own, and what must come of it. */
export interface Case {
  readonly name: WasiFunctionName;
  readonly title: string;
  readonly args: Values;
  readonly errno: string;
  readonly check?: Check;
  /** Calls that come first. */
  readonly before?: readonly Step[];
}

/** Makes cases of one function. */
export const of =
  (name: WasiFunctionName) =>
  (errno: string, title: string, args: Values, check?: Check, before?: readonly Step[]): Case => ({
    name,
    title,
    args,
    errno,
    ...(check === undefined ? {} : { check }),
    ...(before === undefined ? {} : { before }),
  });

export const bytes = (results: Reply["results"], name: string): Buffer => {
  const value = results[name];
  if (!Buffer.isBuffer(value)) throw new Error(`${name} is no bytes`);
  return value;
};

export const text = (results: Reply["results"], name: string): string => bytes(results, name).toString();

export const long = (results: Reply["results"], name: string, at: number): bigint =>
  bytes(results, name).readBigUInt64LE(at);
