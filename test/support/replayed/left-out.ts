import { Ground } from "../../../src/image/ground.js";
import type { GuestOptions } from "../../../src/session/start.js";

/** Test files whose guests are what they are only where they are not recorded. */
const FILES: readonly (readonly [part: string, why: string])[] = [
  ["/test/unit/", "a unit test"],
  ["/test/adversarial/", "an adversarial test"],
];

/** Those that compute or ask for much, which only the whole run replays. */
const LARGE = ["/crashers.test.ts", "/posix/", "/compat.test.ts", "/third-party.test.ts", "/memory.test.ts"];

/** Why a guest is not recorded. */
export const leftOut = (options: GuestOptions, testPath: string): string | undefined => {
  if (options.record !== undefined) return "its test records it";
  if (options.durable !== undefined) return "a durable session has a journal of its own";
  if (options.image instanceof Ground) return "its state's memory is a file for a short time";
  const only = process.env["SALLYPORT_TEST_RECORD"];
  const engine = options.engine === "wasm" ? "wasm" : "native";
  if (only !== undefined && only !== engine) return `only guests of the ${only} engine are recorded`;
  if (only !== undefined && LARGE.some((part) => testPath.includes(part)))
    return "left to npm run test:replay";
  return FILES.find(([part]) => testPath.includes(part))?.[1];
};
