import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Command } from "commander";
import { formatSize } from "../checks/units.js";
import { EngineError, OptionError } from "../errors.js";
import { exportsOf, withoutCustomSections } from "../programs/exports.js";

interface BuildFlags {
  readonly output?: string;
  readonly hardened?: boolean;
}

const HELP = `
Needs wasm2c 1.0.36 or later (Debian: wabt), clang 17 or later and ld.lld on the PATH, or named by WASM2C, CC and LD.
The executable runs on Linux x86-64 only, and only under \`sallyport exec\`: by itself it can do nothing.

Examples:
  $ sallyport build tool.wasm -o tool
  $ sallyport exec ./tool --version
`;

/** Adds `sallyport build`: a WASI command, ahead of time, to an executable that confines itself. */
export const addBuild = (root: Command, done: (exitCode: number) => void): void => {
  root
    .command("build")
    .summary("compile a WASI program ahead of time")
    .description(
      "Translate a WASI preview 1 command to an executable for Linux x86-64 that `sallyport exec` accepts.",
    )
    .argument("<program>", "a WebAssembly file with _start")
    .option("-o, --output <file>", "the executable (default: the program's name without .wasm)")
    .option("--hardened", "check every memory access explicitly; relies on no guard page")
    .addHelpText("after", HELP)
    .action(async (program: string, flags: BuildFlags) => {
      await build(program, flags);
      done(0);
    });
};

const WASM2C = [1, 0, 36] as const;
const CLANG = [17] as const;
const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
/** Compiled from guest/build/native, which is outside of src. */
const translator = join(root, "dist", "translator", "guest", "build", "native", "main.js");
const run = promisify(execFile);

/** @throws OptionError for a program that is none, EngineError where a tool is missing or fails */
const build = async (program: string, { output, hardened = false }: BuildFlags): Promise<void> => {
  const names = existsSync(program) ? exportsOf(program) : undefined;
  if (names?.has("_start") !== true) {
    throw new OptionError(
      "program",
      `${JSON.stringify(program)} is no WebAssembly command: it must be a file that exports _start`,
    );
  }
  const target = resolve(output ?? basename(program).replace(/\.wasm$/, ""));
  if (target === resolve(program))
    throw new OptionError("output", "give another name than the program's with -o FILE");
  const wasm2c = await tool("wasm2c", "WASM2C", "--version", WASM2C);
  const cc = await tool("clang", "CC", "--version", CLANG);
  const ld = await tool("ld.lld", "LD", "--version", CLANG);
  const work = await mkdtemp(join(tmpdir(), "sallyport-build-"));
  try {
    const file = (name: string): string => join(work, name);
    // wasm2c names things after the name section, and the rewriting goes by their numbers.
    await writeFile(file("program.wasm"), withoutCustomSections(await readFile(program)));
    await step("translating to C", wasm2c, [
      "--module-name=guest",
      file("program.wasm"),
      "-o",
      file("guest.c"),
    ]);
    await step("rewriting", process.execPath, [
      translator,
      file("program.wasm"),
      file("guest.c"),
      file("guest.h"),
      file("module.c"),
    ]);
    const size = (await readFile(file("module.c"))).length;
    const flags = hardened ? ["-DSALLYPORT_HARDENED"] : [];
    const compile = join(root, "guest", "build", "native", "compile.sh");
    await step(
      `compiling ${formatSize(size)} of C`,
      "bash",
      [compile, file("module.c"), file("out"), ...flags],
      {
        CC: cc,
        LD: ld,
        SALLYPORT_RUNTIME: join(root, "guest", "runtime"),
      },
    );
    await copyFile(file("out"), target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  process.stderr.write(`sallyport: ${target}, ${formatSize((await stat(target)).size)}\n`);
};

/** The path of a tool, checked to run and to be new enough. */
const tool = async (
  name: string,
  variable: string,
  flag: string,
  least: readonly number[],
): Promise<string> => {
  const command = process.env[variable] ?? name;
  const wanted = least.join(".");
  const found = await run(command, [flag]).catch(() => undefined);
  if (found === undefined) {
    throw new EngineError(
      "ERR_ENGINE_MISSING",
      `${command} cannot be run: install ${name} ${wanted} or later, or name it by ${variable}`,
    );
  }
  const version =
    /(\d+)\.(\d+)(?:\.(\d+))?/
      .exec(found.stdout)
      ?.slice(1)
      .map((part) => Number(part ?? 0)) ?? [];
  if (older(version, least)) {
    throw new EngineError(
      "ERR_ENGINE_MISSING",
      `${command} is ${version.join(".")}; ${name} ${wanted} or later is needed`,
    );
  }
  return command;
};

const older = (version: readonly number[], least: readonly number[]): boolean => {
  for (const [index, number] of least.entries()) {
    const own = version[index] ?? 0;
    if (own !== number) return own < number;
  }
  return false;
};

/** One step, which says that it has begun, and what it printed where it fails. */
const step = async (
  what: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> => {
  process.stderr.write(`sallyport: ${what}\n`);
  try {
    await run(command, [...args], { env: { ...process.env, ...env }, maxBuffer: 64 << 20 });
  } catch (error) {
    const text =
      error instanceof Error && "stderr" in error ? String(error.stderr).trim().slice(-2000) : String(error);
    throw new EngineError("ERR_ENGINE_START", `${what} failed: ${text}`, { cause: error });
  }
};
