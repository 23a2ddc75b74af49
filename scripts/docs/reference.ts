import { join } from "node:path";
import { type Declaration, exportsOf, type ModuleExports } from "./declarations.js";

/** What belongs together, in the order in which a reader needs it: modules, and folders with a slash behind. */
const SUBJECTS: readonly (readonly [title: string, modules: readonly string[]])[] = [
  ["Sandboxes", ["sandbox", "options/sandbox", "options/limits", "checks/units", "engine/engine"]],
  ["Runs and their results", ["session/run", "session/output", "result", "protocol/messages"]],
  ["Errors", ["errors"]],
  ["The guest's files from outside", ["session/files", "session/file-info", "session/file-watch"]],
  ["File systems", ["fs/directory/", "fs/memory/", "fs/overlay/", "fs/archive/", "fs/functions", "fs/"]],
  ["Host functions and objects", ["functions/"]],
  ["Values", ["values/"]],
  ["Policies", ["kernel/interception", "kernel/policy", "kernel/observe", "kernel/ending"]],
  ["Clock and identity", ["kernel/clock", "kernel/identity"]],
  ["Pools", ["pool/"]],
  ["Snapshots and sleeping sessions", ["snapshot/", "sleeping/"]],
  ["Prepared images", ["image", "image/"]],
  ["Durable runs", ["options/durable", "durable/"]],
  ["Traces and replays", ["replay/", "trace/"]],
  ["Guests that are no Python", ["programs/"]],
  ["Errnos", ["wire/"]],
];

const isOf = (module: string, name: string): boolean =>
  name.endsWith("/") ? module.startsWith(name) : module === name;

/** The declarations of each subject. @throws Error for a module of none */
const bySubject = (
  modules: readonly ModuleExports[],
): readonly (readonly [string, readonly Declaration[]])[] => {
  const left = new Set(modules);
  const subjects = SUBJECTS.map(([title, names]): readonly [string, readonly Declaration[]] => {
    const own = names.flatMap((name) => {
      const found = [...left].filter(({ module }) => isOf(module, name));
      for (const one of found) left.delete(one);
      return found;
    });
    return [title, own.flatMap(({ declarations }) => declarations)];
  });
  const [lost] = left;
  if (lost !== undefined) throw new Error(`${lost.module} is of no subject of the reference`);
  return subjects;
};

/** Anchors as GitHub gives them to headings: the second of one text has a number. */
const anchors = (): ((heading: string) => string) => {
  const seen = new Map<string, number>();
  return (heading) => {
    const slug = heading
      .toLowerCase()
      .replace(/[^\w -]/g, "")
      .replaceAll(" ", "-");
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  };
};

const section = ({ name, doc, text }: Declaration): string =>
  `### ${name}\n\n${doc === "" ? "" : `${doc}\n\n`}\`\`\`typescript\n${text}\n\`\`\`\n`;

/** docs/reference.md: everything that the package exports, as the compiler sees it. */
export const referencePage = (root: string): string => {
  const subjects = bySubject(exportsOf(join(root, "dist"), "index"));
  const anchor = anchors();
  anchor("Reference");
  const contents = subjects.map(([title, declarations]) => {
    const head = `- [${title}](#${anchor(title)}): `;
    // Overloads are one name.
    const links = declarations.map(({ name }): [string, string] => [name, anchor(name)]);
    return (
      head +
      [...new Map(links.reverse())]
        .reverse()
        .map(([name, to]) => `[${name}](#${to})`)
        .join(", ")
    );
  });
  const sections = subjects.map(
    ([title, declarations]) => `## ${title}\n\n${declarations.map(section).join("\n")}`,
  );
  return `# Reference

<!-- Generated from the compiled types by \`npm run generate:docs\`. -->

Everything that \`import … from "sallyport"\` can name. The [guide](guide/start.md) tells how it goes together.

${contents.join("\n")}

${sections.join("\n")}`;
};
