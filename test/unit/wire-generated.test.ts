import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { REFERENCE, reference } from "../../scripts/generate-reference.js";
import { RUNTIME_HEADER, runtimeHeader } from "../../scripts/generate-runtime.js";

test("guest/runtime/operations.h follows from the tables (npm run generate)", () => {
  expect(readFileSync(RUNTIME_HEADER, "utf8")).toBe(runtimeHeader());
});

test("docs/operations.md follows from the tables (npm run generate)", () => {
  expect(readFileSync(REFERENCE, "utf8")).toBe(reference());
});
