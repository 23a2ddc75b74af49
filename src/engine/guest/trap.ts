/**
 * Why WebAssembly code trapped, as the number that `died` carries.
 */
import { wasm } from "./webassembly.js";

const REASON = { unreachable: 1, bounds: 2, integer: 3, stack: 4, call: 5, other: 6 } as const;

/** V8's messages; what is not known is "other". */
const MESSAGES: readonly (readonly [RegExp, number])[] = [
  [/unreachable/, REASON.unreachable],
  [/table index|null function|signature mismatch|indirect call/, REASON.call],
  [/out of bounds|out-of-bounds/, REASON.bounds],
  [/divide|division|remainder|unrepresentable|overflow/, REASON.integer],
];

/** The reason, or undefined for an error that is no trap. */
export const trapReason = (error: unknown): number | undefined => {
  if (error instanceof RangeError && error.message.includes("call stack")) return REASON.stack;
  if (!(error instanceof wasm.RuntimeError)) return undefined;
  return MESSAGES.find(([pattern]) => pattern.test(error.message))?.[1] ?? REASON.other;
};
