import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import type { EngineName } from "../../src/engine/engine.js";
import { archive } from "../../src/fs/archive/archive.js";
import type { FileSystem } from "../../src/fs/filesystem.js";
import { memory } from "../../src/fs/memory/memory.js";
import { exportTree, TreeFile } from "../../src/fs/tree.js";
import type { Observer } from "../../src/kernel/observe.js";
import { Sandbox } from "../../src/sandbox.js";
import type { ModuleResult } from "./result.js";

/** The modules of the packed suite, and how many of each one's tests pass. */
export function expected(): ReadonlyMap<string, number> {
  const parsed: Record<string, number> = JSON.parse(
    readFileSync(join(import.meta.dirname, "expected.json"), "utf8"),
  );
  return new Map(Object.entries(parsed));
}

/** The files of the packed suite, as the package `test`. */
export async function packedSuite(): Promise<FileSystem> {
  return await archive(brotliDecompressSync(readFileSync(join(import.meta.dirname, "suite.tar.br"))));
}

export interface SuiteOptions {
  readonly engine?: EngineName;
  readonly observe?: Observer;
}

/** Runs one module of a suite in a sandbox of its own. */
export async function runModule(
  module: string,
  suite: FileSystem,
  options: SuiteOptions = {},
): Promise<ModuleResult> {
  const out = memory();
  await using sandbox = await Sandbox.create({
    ...options,
    mounts: { "/suite": memory(), "/suite/test": suite, "/out": out },
    limits: { memory: "1 GiB", cpu: "120 s", wall: "300 s", output: "16 MiB" },
  });
  const source = readFileSync(join(import.meta.dirname, "driver.py"), "utf8");
  const ended = await sandbox.runProgram({ source, name: "driver.py" }, ["/out/result.json", module]);
  const result = (await exportTree(out))["result.json"];
  if (result instanceof TreeFile) return JSON.parse(Buffer.from(result.data).toString());
  const { status, stderr } = ended;
  return {
    module,
    status: status === "timeout" ? "timeout" : "died",
    why: `${status}: ${stderr.slice(-500)}`,
  };
}

/** Runs modules, two at a time. */
export async function runModules(
  modules: Iterable<string>,
  suite: FileSystem,
  options: SuiteOptions = {},
): Promise<readonly ModuleResult[]> {
  const results: ModuleResult[] = [];
  const queue = [...modules].values();
  const worker = async (): Promise<void> => {
    for (const module of queue) results.push(await runModule(module, suite, options));
  };
  await Promise.all([worker(), worker()]);
  return results;
}
