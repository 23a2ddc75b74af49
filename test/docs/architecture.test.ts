/**
 * The layout in ARCHITECTURE.md: it names all of src, and a layer imports only from its own and those below it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const text = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");

/** The layers from the highest on: each its folders (`src/cli/`) and files (`src/sandbox.ts`). */
const layers: readonly (readonly string[])[] = [...text.matchAll(/^ {4}(src\/\S+(?: \S+)*) {2,}/gm)].map(
  ([, names = ""]) => names.split(" ").map((name) => (name.startsWith("src/") ? name : `src/${name}`)),
);

const layerOf = (file: string): number =>
  layers.findIndex((names) =>
    names.some((name) => file === name || (name.endsWith("/") && file.startsWith(name))),
  );

interface Import {
  readonly to: string;
  readonly type: boolean;
}

const importsOf = (file: string): readonly Import[] => {
  const source = readFileSync(join(root, file), "utf8");
  const path = (specifier: string): string =>
    relative(root, resolve(root, dirname(file), specifier.replace(/\.js$/, ".ts")));
  return [
    ...[...source.matchAll(/^(?:import|export) (type )?[^;"]*?from "(\.[^"]+)";$/gm)].map(
      ([, type, specifier = ""]) => ({ to: path(specifier), type: type !== undefined }),
    ),
    ...[...source.matchAll(/\bimport\("(\.[^"]+)"\)/g)].map(([, specifier = ""]) => ({
      to: path(specifier),
      type: false,
    })),
  ];
};

const graph = new Map(
  readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join("src", name))
    .map((file) => [file, importsOf(file)]),
);

/** The files of a circle of imports that are there when the program runs, if there is one. */
const circle = (): readonly string[] | undefined => {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const { to, type } of graph.get(file) ?? []) {
      const found = type ? undefined : visit(to, [...path, file]);
      if (found !== undefined) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const found = visit(file, []);
    if (found !== undefined) return found;
  }
  return undefined;
};

describe("the layout", () => {
  it("names every file and folder of src, and nothing else", () => {
    expect(layers.length).toBeGreaterThan(20);
    expect([...graph.keys()].filter((file) => layerOf(file) < 0)).toEqual([]);
    const empty = layers.flat().filter((name) => ![...graph.keys()].some((file) => file.startsWith(name)));
    expect(empty).toEqual([]);
  });

  it("is the direction of all imports", () => {
    const upwards = [...graph].flatMap(([file, imports]) =>
      imports.filter(({ to }) => layerOf(to) < layerOf(file)).map(({ to }) => `${file} imports ${to}`),
    );
    expect(upwards).toEqual([]);
    expect([...graph.values()].flat().length).toBeGreaterThan(1000);
  });

  it("has no circle of imports, but of types within a folder", () => {
    expect(circle()).toBeUndefined();
  });
});
