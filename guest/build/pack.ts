/**
 * Put the build's results where the package has them, and write the manifest that says what they are:
 *
 *     npx tsx guest/build/pack.ts $SALLYPORT_BUILD_DIR/out guest/prebuilt
 *
 * The manifest has no time and no path in it: the same results give the same manifest.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { artifact } from "./artifact.js";
import { inputsHash } from "./inputs.js";

/** Without these there is no guest. */
const REQUIRED = ["python.wasm", "python.image", "guest-linux-x64", "guest-linux-x64-hardened"];
const OPTIONAL = ["launcher-linux-x64", "spawner-linux-x64"];

const here = dirname(fileURLToPath(import.meta.url));

const [out, destination] = process.argv.slice(2);
if (out === undefined || destination === undefined) {
  throw new Error("usage: pack.ts OUT DESTINATION (see the head of the file)");
}

const lines = (path: string): string[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));

const fields = (line: string): readonly [string, string, string, string] => {
  const [name = "", version = "", file = "", sha256 = ""] = line.split(" ");
  return [name, version, file, sha256];
};

/** Source packages: version, and the hash of each file. */
const sources = (): Record<string, { version: string; files: Record<string, string> }> => {
  const packages = new Map<string, { version: string; files: Map<string, string> }>();
  for (const line of lines(join(here, "sources.lock"))) {
    const [name, version, file, sha256] = fields(line);
    const entry = packages.get(name) ?? { version, files: new Map<string, string>() };
    entry.files.set(file, sha256);
    packages.set(name, entry);
  }
  return Object.fromEntries(
    [...packages].map(([name, { version, files }]) => [name, { version, files: Object.fromEntries(files) }]),
  );
};

/** The packages that make code or decide about it. */
const TOOLS = [
  "clang-19",
  "lld-19",
  "llvm-19",
  "libclang-rt-19-dev-wasm32",
  "wabt",
  "binaryen",
  "musl-tools",
  "gcc-14",
];

const tools = (): Record<string, string> => {
  const installed = new Map(
    lines(join(dirname(out), "tools.txt")).map((line) => {
      const [name, version] = fields(line);
      return [name, version] as const;
    }),
  );
  return Object.fromEntries(TOOLS.map((name) => [name, installed.get(name) ?? "not installed"]));
};

const flags = (): Record<string, string> =>
  Object.fromEntries(
    lines(join(here, "flags.sh"))
      .map((line) => /^(WASM_\w+)="(.*)"$/.exec(line))
      .flatMap((match) => (match?.[1] !== undefined && match[2] !== undefined ? [[match[1], match[2]]] : [])),
  );

const libraries = readdirSync(out).filter((name) => /^library(\.|$)/.test(name));
if (libraries.length === 0) {
  throw new Error(`no library in ${out}: run the step of the build that packs it`);
}
const names = [...REQUIRED, ...OPTIONAL.filter((name) => existsSync(join(out, name))), ...libraries].sort();

mkdirSync(destination, { recursive: true });
const files = names.map((name) => {
  const path = join(out, name);
  if (!existsSync(path)) {
    throw new Error(`${path} is missing: run guest/build/build.sh`);
  }
  // A new file: one that runs cannot be written to.
  rmSync(join(destination, name), { force: true });
  copyFileSync(path, join(destination, name));
  return [name, artifact(readFileSync(path))] as const;
});

const manifest = {
  version: 1,
  /** Of all that goes in; check.ts compares it. */
  inputs: inputsHash(),
  files: Object.fromEntries(files),
  sources: sources(),
  tools: tools(),
  flags: flags(),
};
writeFileSync(join(destination, "manifest.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
console.log(`${files.length} files and manifest.json in ${destination}`);
