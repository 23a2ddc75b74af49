/**
 * Makes of a WebAssembly file and wasm2c's translation of it the C unit that the native guest is compiled from.
 *
 * Usage: main.ts PROGRAM.wasm WASM2C.c WASM2C.h OUTPUT.c [SHIPPED.wasm]
 *
 * wasm2c is run with --module-name=guest. SHIPPED.wasm is the same program without names, if that is the one whose
 * hash images carry.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import { renameFunctions, steadyNames } from "./names.js";
import { translate } from "./translate.js";

const [wasm, code, header, output, shipped] = argv.slice(2);
if (wasm === undefined || code === undefined || header === undefined || output === undefined)
  throw new Error("usage: main.ts PROGRAM.wasm WASM2C.c WASM2C.h OUTPUT.c [SHIPPED.wasm]");
const text = (path: string): string => readFileSync(path, "latin1");
const identity = createHash("sha256")
  .update(readFileSync(shipped ?? wasm))
  .digest();
const { names, unit } = translate(readFileSync(wasm), identity, text(code), text(header));
writeFileSync(output, renameFunctions(unit, steadyNames(names.functions)), "latin1");
