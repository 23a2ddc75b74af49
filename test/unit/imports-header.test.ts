import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { IMPORTS_HEADER, importsHeader } from "../../scripts/generate-imports.js";

test("guest/libc/imports.h is what the table of operations gives", () => {
  expect(readFileSync(IMPORTS_HEADER, "utf8")).toBe(importsHeader());
});
