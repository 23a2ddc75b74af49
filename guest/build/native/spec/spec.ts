/**
 * Makes C programs of the specification's tests: one for each module, with the commands that concern it.
 *
 * Usage: spec.ts DIRECTORY     of what wast2json and wasm2c made: NAME.json, NAME.N.wasm, NAME.N.wasm.c, .wasm.h
 * Writes NAME.N.test.c beside them, and says what is left out and why.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { translate } from "../translate.js";
import { UnsupportedWasm } from "../wasm.js";
import { type Command, driver } from "./driver.js";

interface Case {
  readonly file: string;
  readonly commands: Command[];
  failing?: string;
}

const RUN = new Set(["action", "assert_return", "assert_trap", "assert_exhaustion"]);

/** The modules of one test file, each with the commands that go to it. */
const cases = (commands: readonly Command[]): Case[] => {
  const all: Case[] = [];
  const named = new Map<string, Case>();
  let current: Case | undefined;
  for (const command of commands) {
    if (command.type === "module" && command.filename !== undefined) {
      current = { file: command.filename, commands: [] };
      all.push(current);
      if (command.name !== undefined) named.set(command.name, current);
    } else if (command.type === "assert_uninstantiable" && command.filename !== undefined) {
      all.push({ file: command.filename, commands: [], failing: command.text ?? "" });
    } else if (RUN.has(command.type)) {
      const target = command.action?.module === undefined ? current : named.get(command.action.module);
      target?.commands.push(command);
    }
  }
  return all;
};

const directory = argv[2];
if (directory === undefined) throw new Error("usage: spec.ts DIRECTORY");
const text = (path: string): string => readFileSync(join(directory, path), "latin1");
const left = new Map<string, number>();
let made = 0;
let assertions = 0;

for (const json of readdirSync(directory)
  .filter((name) => name.endsWith(".json"))
  .sort()) {
  const { commands } = JSON.parse(readFileSync(join(directory, json), "utf8")) as { commands: Command[] };
  for (const { file, commands: own, failing } of cases(commands)) {
    try {
      if (!existsSync(join(directory, `${file}.c`))) throw new UnsupportedWasm("what wasm2c itself refuses");
      const wasm = readFileSync(join(directory, file));
      const { module, names, unit } = translate(
        wasm,
        new Uint8Array(32),
        text(`${file}.c`),
        text(`${file}.h`),
      );
      const foreign = module.imports.find((entry) => entry.module !== "spectest");
      if (foreign !== undefined) throw new UnsupportedWasm("an import from another module");
      writeFileSync(
        join(directory, file.replace(/\.wasm$/, ".test.c")),
        `${unit}\n${driver(module, names, own, failing)}`,
        "latin1",
      );
      made++;
      assertions += own.length + (failing === undefined ? 0 : 1);
    } catch (error) {
      if (!(error instanceof UnsupportedWasm)) throw new Error(`${json}: ${file}: ${String(error)}`);
      left.set(error.message, (left.get(error.message) ?? 0) + own.length + (failing === undefined ? 0 : 1));
    }
  }
}
console.log(`${made} modules, ${assertions} assertions`);
for (const [why, count] of left) console.log(`left out: ${count} assertions: ${why}`);
