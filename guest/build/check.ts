/** Exits with 0 if guest/prebuilt is whole and was made from the sources as they are; else says what is not. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inputsHash } from "./inputs.js";

interface Manifest {
  readonly inputs?: string;
  readonly files: Readonly<Record<string, { readonly size: number; readonly sha256: string }>>;
}

const prebuilt = join(dirname(fileURLToPath(import.meta.url)), "..", "prebuilt");
const file = join(prebuilt, "manifest.json");

const problems: string[] = [];
if (!existsSync(file)) problems.push("there is no guest/prebuilt/manifest.json");
else {
  const manifest: Manifest = JSON.parse(readFileSync(file, "utf8"));
  for (const [name, { sha256 }] of Object.entries(manifest.files)) {
    const path = join(prebuilt, name);
    if (!existsSync(path)) problems.push(`${name} is missing`);
    else if (createHash("sha256").update(readFileSync(path)).digest("hex") !== sha256)
      problems.push(`${name} is not what the manifest says`);
  }
  if (manifest.inputs !== inputsHash())
    problems.push("the sources of the guest have changed since it was built");
}
for (const problem of problems) process.stderr.write(`guest/build/check: ${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
