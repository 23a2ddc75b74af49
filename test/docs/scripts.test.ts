/** What the pages tell to run with npm is there to be run. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };

const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = [
  ...readdirSync(root),
  ...["docs", "guest", "examples"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
  ),
].filter((page) => page.endsWith(".md"));

it("every script that a page names is one of the package's", () => {
  const named = pages.flatMap((page) =>
    [...readFileSync(join(root, page), "utf8").matchAll(/\bnpm run ([\w:-]+)/g)].map(([, script = ""]) => ({
      page,
      script,
    })),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter(({ script }) => !Object.hasOwn(packageJson.scripts, script))).toEqual([]);
});
