import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exportsOf } from "../../scripts/docs/declarations.js";
import { generatedPages } from "../../scripts/docs/pages.js";
import { ROOT } from "../e2e/cli/cli.js";

const pages = generatedPages(ROOT);

describe("generated pages", () => {
  it.each(["docs/errors.md", "docs/config.schema.json"])(
    "%s is what the sources say (npm run generate:docs)",
    (path) => {
      expect(readFileSync(join(ROOT, path), "utf8")).toBe(pages.get(path));
    },
  );

  it("the reference has everything that is exported", () => {
    const reference = readFileSync(join(ROOT, "docs/reference.md"), "utf8");
    const names = exportsOf(join(ROOT, "dist"), "index").flatMap(({ declarations }) =>
      declarations.map(({ name }) => name),
    );
    expect(names).toContain("Sandbox");
    expect(names.filter((name) => !reference.includes(`### ${name}\n`))).toEqual([]);
  });
});
