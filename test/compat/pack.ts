/**
 * Packs a part of CPython's own test suite for the tests: modules, and every file that they use.
 *
 *   npx tsx test/compat/pack.ts DIR [MODULE…]
 *
 * DIR is the folder that holds `test/` (Lib of CPython's sources). Without modules, those of expected.json are packed.
 * Which files a module uses is what its guest asks for. Writes suite.tar.br, manifest.txt and expected.json; the same
 * sources give the same bytes.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { directory } from "../../src/fs/directory/directory.js";
import { memory } from "../../src/fs/memory/memory.js";
import { writeTar } from "../../src/fs/tar-writer.js";
import { type Tree, TreeDirectory, TreeFile } from "../../src/fs/tree.js";
import { expected, packedSuite, runModule, runModules } from "./run.js";

const MOUNT = "/suite/test/";
const here = import.meta.dirname;
const [folder, ...named] = process.argv.slice(2);
if (folder === undefined) throw new Error("the folder that holds CPython's test/ is needed");
const from = resolve(folder, "test");
const modules = named.length > 0 ? named : [...expected().keys()];

/** The path of the source that a path leads to, if it is in the suite; folders end with "/". */
function fileOf(path: string): string | undefined {
  if (!path.startsWith(MOUNT)) return;
  const name = path.slice(MOUNT.length).replace(/__pycache__\/(\w+)\.cpython-\d+\.pyc$/, "$1.py");
  const file = join(from, name);
  if (!file.startsWith(`${from}/`) || file.includes("/../") || !existsSync(file)) return;
  return statSync(file).isFile() ? name : name.replace(/\/*$/, "/");
}

async function filesOf(module: string): Promise<readonly string[]> {
  const files = new Set<string>();
  const result = await runModule(module, directory(from), {
    observe: ({ args }) => {
      if (typeof args !== "object" || args === null || !("path" in args)) return;
      const file = typeof args.path === "string" ? fileOf(args.path) : undefined;
      if (file !== undefined) files.add(file);
    },
  });
  process.stdout.write(
    `${module}: ${result.status}, ${result.passed ?? 0} tests, ${files.size} files, ${result.seconds} s\n`,
  );
  return [...files];
}

const names = new Set<string>(["__init__.py"]);
for (const module of modules) for (const file of await filesOf(module)) names.add(file);
const manifest = [...names]
  .filter(
    (name) => !name.endsWith("/") || ![...names].some((other) => other !== name && other.startsWith(name)),
  )
  .sort();

const folders = manifest.flatMap((name) =>
  [...name.matchAll(/\//g)].map(({ index }) => name.slice(0, index)),
);
const tree: Tree = Object.fromEntries([
  ...folders.map((name) => [name, new TreeDirectory({}, { mtime: 0n })]),
  ...manifest
    .filter((name) => !name.endsWith("/"))
    .map((name) => [name, new TreeFile(readFileSync(join(from, name)), { mode: 0o644, mtime: 0n })]),
]);
const pieces: Uint8Array[] = [];
for await (const piece of writeTar(memory(tree))) pieces.push(piece);
const packed = brotliCompressSync(Buffer.concat(pieces), {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
});
writeFileSync(join(here, "suite.tar.br"), packed);
writeFileSync(join(here, "manifest.txt"), `${manifest.join("\n")}\n`);
process.stdout.write(`${manifest.length} files, ${packed.length} bytes\n`);

const counts: Record<string, number> = {};
for (const { module, status, passed, failed } of await runModules([...modules].sort(), await packedSuite())) {
  if (status === "passed" && passed !== undefined) {
    counts[module] = passed;
  } else {
    process.exitCode = 1;
    process.stdout.write(`${module} is left out: ${status} ${JSON.stringify(failed)}\n`);
  }
}
writeFileSync(
  join(here, "expected.json"),
  `${JSON.stringify(Object.fromEntries(Object.entries(counts).sort()), null, 2)}\n`,
);
