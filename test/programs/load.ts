import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A small program of the kind that models write, and what native Python prints for it. */
export interface SmallProgram {
  readonly name: string;
  readonly source: string;
  readonly expected: string;
}

/** All programs of this folder: each file has several, each after a line `# --- name`. */
export function smallPrograms(): readonly SmallProgram[] {
  const folder = import.meta.dirname;
  const parsed: unknown = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8"));
  const expected = new Map(Object.entries(parsed ?? {}));
  const programs: SmallProgram[] = [];
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith(".py")) continue;
    const group = file.slice(0, -3);
    for (const part of readFileSync(join(folder, file), "utf8")
      .split(/^# --- /m)
      .slice(1)) {
      const end = part.indexOf("\n");
      const name = `${group}.${part.slice(0, end)}`;
      const output = expected.get(name);
      if (typeof output !== "string") throw new Error(`expected.json has nothing for ${name}`);
      programs.push({ name, source: part.slice(end + 1), expected: output });
    }
  }
  return programs;
}
