/**
 * Guests of the command line: where those of the tests are recorded, `sallyport run` is told to.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { End } from "../../../src/engine/engine.js";
import { recorded } from "./guests.js";

/** Where these stand, the guest is recorded by its test, or by other means, or there are several. */
const OTHERWISE = ["--record", "--durable", "--watch", "--help", "--image"];

/** The arguments of a command that is to run, and what has to be called when it has ended. */
export const recordRun = (
  args: readonly string[],
): { readonly args: readonly string[]; readonly ended: () => void } => {
  const [command, ...rest] = args;
  const wanted = process.env["SALLYPORT_TEST_VERDICTS"] !== undefined && command === "run";
  if (!wanted || OTHERWISE.some((flag) => rest.includes(flag))) return { args, ended: () => {} };
  const only = process.env["SALLYPORT_TEST_RECORD"];
  const engine = rest[rest.indexOf("--engine") + 1] === "wasm" ? "wasm" : "native";
  if (only !== undefined && only !== engine) return { args, ended: () => {} };
  const file = join(mkdtempSync(join(tmpdir(), "sallyport-recorded-")), "run.trace");
  let ended = (_end: End): void => {};
  recorded.push({
    file,
    test: expect.getState().currentTestName ?? "(outside of a test)",
    engine,
    hardened: rest.includes("--hardened"),
    image: undefined,
    ended: new Promise((resolve) => {
      ended = resolve;
    }),
  });
  return {
    args: [command, "--record", file, ...rest],
    ended: () => ended({ kind: "exit", status: 0 }),
  };
};
