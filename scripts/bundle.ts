/**
 * Makes dist/bundle: the command line as a few files, since reading some three hundred is most of what its start
 * takes. The packages that it uses are in it, with their licences beside. What is imported as a library stays dist itself.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..");
const outdir = join(root, "dist", "bundle");

/** Of packages that are written in CommonJS. */
const REQUIRE =
  'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);';

const { metafile } = await build({
  entryPoints: [{ in: join(root, "dist", "cli", "bin.js"), out: "sallyport" }],
  // Files two levels beneath the package, as those in dist/cli are: they find the package's other files alike.
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  // Only where a configuration is written in TypeScript and Node cannot read it.
  external: ["jiti"],
  banner: { js: REQUIRE },
  metafile: true,
  logLevel: "warning",
});

// Files of former builds; after, so that the command works meanwhile.
const made = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
for (const name of readdirSync(outdir)) if (!made.has(name)) rmSync(join(outdir, name), { recursive: true });

const packages = new Set<string>();
for (const input of Object.keys(metafile.inputs)) {
  const name = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
  if (name !== undefined) packages.add(name);
}
const notices = [...packages].sort().map((name) => {
  const folder = join(root, "node_modules", name);
  const licence = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
  if (licence === undefined) throw new Error(`the package ${name} has no licence in it`);
  return `${name}\n\n${readFileSync(join(folder, licence), "utf8").trim()}\n`;
});
writeFileSync(join(outdir, "THIRD_PARTY_NOTICES"), notices.join(`\n${"-".repeat(80)}\n\n`));
