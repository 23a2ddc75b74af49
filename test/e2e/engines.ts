import { describe } from "vitest";
import type { EngineName } from "../../src/engine/engine.js";
import { nativeSupported } from "../../src/engine/native.js";

/** The engines that this machine can run: both on Linux x86-64. */
export const ENGINES: readonly EngineName[] = nativeSupported() ? ["native", "wasm"] : ["wasm"];

/** The same tests for every engine. */
export const onEachEngine = (name: string, tests: (engine: EngineName) => void): void => {
  for (const engine of ENGINES) describe(`${name} (${engine})`, () => tests(engine));
};
