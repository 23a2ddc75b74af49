/** Writes the manifest of a directory of artifacts that are used once: manifest.ts DIRECTORY. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new TypeError("usage: manifest.ts DIRECTORY");
const files = Object.fromEntries(
  readdirSync(directory).map((name) => {
    const bytes = readFileSync(join(directory, name));
    return [name, { size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") }];
  }),
);
writeFileSync(join(directory, "manifest.json"), JSON.stringify({ version: 1, files }));
