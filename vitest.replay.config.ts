/**
 * `npm run test:replay`: the end-to-end tests, with every guest recorded, and replayed when its test file is over. With
 * SALLYPORT_TEST_RECORD=native only those of the native engine: what runs on both engines runs with and without a trace then.
 */
import { fileURLToPath } from "node:url";
import { defineConfig, mergeConfig } from "vitest/config";
import base from "./vitest.config.js";

const here = (name: string): string =>
  fileURLToPath(new URL(`test/support/replayed/${name}`, import.meta.url));

export default mergeConfig(
  base,
  defineConfig({
    resolve: { alias: [{ find: /^\.\/start\.js$/, replacement: here("start.ts") }] },
    test: {
      globalSetup: [here("global.ts")],
      setupFiles: [here("setup.ts")],
      hookTimeout: 600_000,
    },
  }),
);
