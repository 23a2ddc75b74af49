/** What the artifacts of guest/prebuilt are made from: one hash over the names and bytes of all files that go in. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");

/** Folders of sources; the tables that C and stubs are generated from. */
const SOURCES = [
  "guest/build",
  "guest/launcher",
  "guest/libc",
  "guest/python",
  "guest/runtime",
  "guest/spawner",
  "src/wire/operations.ts",
  "src/wire/parameters.ts",
  "src/wire/wasi-functions.ts",
  "src/wire/errno.ts",
  "src/wire/signature.ts",
];
/** Read by people, or run beside the build. */
const BESIDE =
  /(^|\/)(test|tests|check|spec|__pycache__)\/|\.md$|(^|\/)(check|inputs|pack)\.ts$|(reproduce|reference|verify)\.sh$|\.pyc$/;

function* files(path: string): Generator<string> {
  const full = join(root, path);
  let entries: readonly { readonly name: string; isDirectory(): boolean }[];
  try {
    entries = readdirSync(full, { withFileTypes: true });
  } catch {
    yield path;
    return;
  }
  for (const entry of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const child = relative(root, join(full, entry.name)).split(sep).join("/");
    if (entry.isDirectory()) yield* files(child);
    else yield child;
  }
}

export function inputsHash(): string {
  const hash = createHash("sha256");
  for (const source of SOURCES) {
    for (const file of files(source)) {
      if (BESIDE.test(file)) continue;
      hash.update(`${file}\n`);
      hash.update(
        createHash("sha256")
          .update(readFileSync(join(root, file)))
          .digest(),
      );
    }
  }
  return hash.digest("hex");
}
