/** Writes the pages that are made from the sources; needs a build. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generatedPages } from "./docs/pages.js";

const root = fileURLToPath(new URL("..", import.meta.url));
for (const [path, text] of generatedPages(root)) writeFileSync(join(root, path), text);
