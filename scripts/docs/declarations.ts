import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A declaration as the compiler wrote it, with its documentation. */
export interface Declaration {
  readonly name: string;
  readonly doc: string;
  readonly text: string;
}

/** A module's exports, in the order in which the entry point has them. */
export interface ModuleExports {
  /** Its path without suffix, from the root of the declarations. */
  readonly module: string;
  readonly declarations: readonly Declaration[];
}

const HEAD = /^export (?:declare )?(?:abstract )?(class|interface|type|const|function)\s+([A-Za-z_$][\w$]*)/;

/** The top-level declarations of a `.d.ts` text. */
export const declarationsOf = (text: string): readonly Declaration[] => {
  const lines = text.split("\n");
  const found: Declaration[] = [];
  let doc: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line.startsWith("/**")) {
      doc = [];
      for (; at < lines.length; at++) {
        doc.push(lines[at] ?? "");
        if ((lines[at] ?? "").includes("*/")) break;
      }
      continue;
    }
    const [, kind = "", name] = HEAD.exec(line) ?? [];
    if (name === undefined) {
      if (line !== "") doc = [];
      continue;
    }
    // A union may go on behind a brace.
    const end = kind === "class" || kind === "interface" ? "}" : ";";
    const body: string[] = [];
    let depth = 0;
    for (; at < lines.length; at++) {
      const part = lines[at] ?? "";
      body.push(part);
      for (const character of part.replace(/\/\*.*?\*\/|"[^"]*"/g, "")) {
        if ("{([".includes(character)) depth++;
        else if ("})]".includes(character)) depth--;
      }
      if (depth === 0 && part.endsWith(end)) break;
    }
    found.push({ name, doc: plainDoc(doc), text: body.join("\n") });
    doc = [];
  }
  return found;
};

const plainDoc = (lines: readonly string[]): string =>
  lines
    .map((line) => line.replace(/^\s*\/?\*+\/?\s?/, "").replace(/\s*\*\/$/, ""))
    .join("\n")
    .trim();

/** What an entry point exports, read from its declarations and those it takes from elsewhere. */
export const exportsOf = (root: string, entry: string): readonly ModuleExports[] => {
  const text = readFileSync(join(root, `${entry}.d.ts`), "utf8");
  const modules: ModuleExports[] = [];
  for (const match of text.matchAll(/export (?:type )?(\*|\{[^}]*\}) from "\.\/([^"]+)\.js";/g)) {
    const [, what = "", path = ""] = match;
    const module = join(dirname(entry), path);
    if (what === "*" && path.endsWith("index")) {
      modules.push(...exportsOf(root, module));
      continue;
    }
    const all = declarationsOf(readFileSync(join(root, `${module}.d.ts`), "utf8"));
    const names = what === "*" ? new Map(all.map(({ name }) => [name, name])) : namesIn(what);
    const declarations = all.flatMap((declaration) => {
      const name = names.get(declaration.name);
      return name === undefined ? [] : [called(declaration, name)];
    });
    if (declarations.length > 0) modules.push({ module, declarations });
  }
  return modules;
};

/** A declaration by the name that it is exported under. */
const called = (declaration: Declaration, name: string): Declaration =>
  name === declaration.name
    ? declaration
    : { ...declaration, name, text: declaration.text.replace(declaration.name, name) };

/** The names of a list of exports, and what each is called outside. */
const namesIn = (list: string): ReadonlyMap<string, string> =>
  new Map(
    [...list.matchAll(/(?:type )?([\w$]+)(?: as ([\w$]+))?/g)].map(([, own = "", outside = own]) => [
      own,
      outside,
    ]),
  );
