import { readFileSync } from "node:fs";
import { join } from "node:path";
import { toJsonSchema } from "@valibot/to-json-schema";
import { schema } from "../../src/cli/config-schema.js";
import { referencePage } from "./reference.js";

/** docs/errors.md: every code, and every class. */
const errorsPage = (root: string): string => {
  const source = readFileSync(join(root, "src", "errors.ts"), "utf8");
  const codes = [...source.matchAll(/ {2}\/\*\* (.*) \*\/\n {2}\| "(ERR_\w+)"/g)];
  const classes = [...source.matchAll(/\/\*\* ([^\n]*) \*\/\nexport class (\w+) extends (\w+)/g)];
  return `# Errors

<!-- Generated from src/errors.ts by \`npm run generate:docs\`; change it there. -->

What a guest does wrong is a [result](guide/start.md#how-a-run-can-end), no exception. What is thrown is a
\`SallyportError\` with a stable \`code\`; a value that cannot travel throws a TypeError with the code \`ERR_VALUE\` that
names the place (\`result.rows[3].handle\`). \`archive()\` throws an \`ArchiveError\` (\`ERR_ARCHIVE\`) for what
is none; what else no file system can be made of is a TypeError, a RangeError, or the system's own error.

| code | what it means, and what to do |
|---|---|
${codes.map(([, text, code]) => `| \`${code}\` | ${text} |`).join("\n")}

| class | |
|---|---|
${classes.map(([, text, name]) => `| \`${name}\` | ${text} |`).join("\n")}
`;
};

const schemaFile = (): string =>
  `${JSON.stringify(toJsonSchema(schema, { errorMode: "ignore" }), null, 2)}\n`;

/** The generated pages by their path in the repository. The reference needs a build. */
export const generatedPages = (root: string): ReadonlyMap<string, string> =>
  new Map([
    ["docs/errors.md", errorsPage(root)],
    ["docs/reference.md", referencePage(root)],
    ["docs/config.schema.json", schemaFile()],
  ]);
