/** Writes the manifest of a directory of artifacts that are used once: manifest.ts DIRECTORY. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { artifact } from "../artifact.js";

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new TypeError("usage: manifest.ts DIRECTORY");
const files = Object.fromEntries(
  readdirSync(directory).map((name) => [name, artifact(readFileSync(join(directory, name)))]),
);
writeFileSync(join(directory, "manifest.json"), JSON.stringify({ version: 1, files }));
