/** npm run figures [-- FILE]: puts what a whole `npm run bench` has measured into docs/figures.json and the pages. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { figuresOf, PAGES, withFigures } from "./docs/figures.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const [file = join(root, "bench/results/latest.json")] = process.argv.slice(2);
const figures = figuresOf(JSON.parse(readFileSync(file, "utf8")));
writeFileSync(join(root, "docs/figures.json"), `${JSON.stringify(figures, null, 2)}\n`);
for (const [path, text] of PAGES) {
  const page = join(root, path);
  writeFileSync(page, withFigures(readFileSync(page, "utf8"), text(figures)));
}
