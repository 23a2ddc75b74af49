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

const left = new Map<string, number>();
const leaveOut = (why: string, count: number): void => {
  left.set(why, (left.get(why) ?? 0) + count);
};

/** Does the module import something of another, registered under that name? */
const importsFrom = (wasm: Buffer, name: string): boolean =>
  wasm.includes(Buffer.concat([Buffer.from([Buffer.byteLength(name)]), Buffer.from(name)]));

/**
 * The modules of one test file, each with the commands that go to it; up to where another module shares its state.
 */
const cases = (commands: readonly Command[], read: (file: string) => Buffer): Case[] => {
  const all: Case[] = [];
  const named = new Map<string, Case>();
  const registered = new Map<string, Case>();
  const shared = new Set<Case>();
  let current: Case | undefined;
  const target = (name: string | undefined): Case | undefined =>
    name === undefined ? current : named.get(name);
  for (const command of commands) {
    const { type, filename, text = "" } = command;
    if (filename !== undefined && (type === "module" || type === "assert_uninstantiable")) {
      const wasm = read(filename);
      for (const [name, one] of registered) if (importsFrom(wasm, name)) shared.add(one);
      const made: Case = { file: filename, commands: [], ...(type === "module" ? {} : { failing: text }) };
      all.push(made);
      if (type !== "module") continue;
      current = made;
      if (command.name !== undefined) named.set(command.name, made);
    } else if (type === "register") {
      const one = target(command.name);
      if (one !== undefined && command.as !== undefined) registered.set(command.as, one);
    } else if (RUN.has(type)) {
      const one = target(command.action?.module);
      if (one === undefined || shared.has(one)) leaveOut("another module shares its state", 1);
      else one.commands.push(command);
    }
  }
  return all;
};

const directory = argv[2];
if (directory === undefined) throw new Error("usage: spec.ts DIRECTORY");
const text = (path: string): string => readFileSync(join(directory, path), "latin1");
let made = 0;
let assertions = 0;

for (const json of readdirSync(directory)
  .filter((name) => name.endsWith(".json"))
  .sort()) {
  const { commands } = JSON.parse(readFileSync(join(directory, json), "utf8")) as { commands: Command[] };
  for (const { file, commands: own, failing } of cases(commands, (file) =>
    readFileSync(join(directory, file)),
  )) {
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
      leaveOut(error.message, own.length + (failing === undefined ? 0 : 1));
    }
  }
}
console.log(`${made} modules, ${assertions} assertions`);
for (const [why, count] of left) console.log(`left out: ${count} assertions: ${why}`);
