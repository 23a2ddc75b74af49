/**
 * Writes all files that follow from the tables of operations: `npm run generate`, after a change of a table.
 */
import { writeFileSync } from "node:fs";
import { IMPORTS_HEADER, importsHeader } from "./generate-imports.js";
import { REFERENCE, reference } from "./generate-reference.js";
import { RUNTIME_HEADER, runtimeHeader } from "./generate-runtime.js";

writeFileSync(IMPORTS_HEADER, importsHeader());
writeFileSync(RUNTIME_HEADER, runtimeHeader());
writeFileSync(REFERENCE, reference());
