import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { ROOT } from "./cli/cli.js";

const run = promisify(execFile);
const EXAMPLES = join(ROOT, "examples");

/** examples/expected/a-b.txt is what examples/a/b.ts, or examples/a-b.ts, prints. */
const examples = [
  ...readdirSync(EXAMPLES).filter((name) => name.endsWith(".ts")),
  ...readdirSync(join(EXAMPLES, "adapters")).map((name) => `adapters/${name}`),
];

describe("examples", () => {
  it.each(examples)("%s prints what it should", async (name) => {
    const expected = join(EXAMPLES, "expected", name.replace("/", "-").replace(".ts", ".txt"));
    const { stdout, stderr } = await run(process.execPath, ["--import", "tsx", join(EXAMPLES, name)], {
      cwd: ROOT,
      env: { ...process.env, NO_COLOR: "1" },
    });
    expect(stderr).toBe("");
    expect(stdout).toBe(readFileSync(expected, "utf8"));
  });
});
