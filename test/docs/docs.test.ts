import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { schema } from "../../src/cli/config-schema.js";
import { Sandbox } from "../../src/index.js";
import { MAIN, ROOT } from "../e2e/cli/cli.js";
import { type Block, blocksOf } from "./blocks.js";

const run = promisify(execFile);
/** Within the package, so that the blocks can import "sallyport" as users do. */
const WORK = join(ROOT, "test", "docs", "blocks.tmp");

const pages = [
  "README.md",
  ...["docs", "docs/guide", "docs/recipes"].flatMap((directory) =>
    readdirSync(join(ROOT, directory)).map((name) => `${directory}/${name}`),
  ),
  "CONTRIBUTING.md",
  "SECURITY.md",
  "ARCHITECTURE.md",
].filter((name) => name.endsWith(".md") && existsSync(join(ROOT, name)));

const fileOf = (page: string, block: Block): string =>
  join(WORK, `${page.replace(/[^a-z]/g, "-")}-${block.line}.mts`);

const runTypeScript = async (page: string, block: Block): Promise<string> => {
  const { stdout } = await run(process.execPath, ["--import", "tsx", fileOf(page, block)], {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: "1" },
  });
  return stdout;
};

/** Each line that begins with "$ " is a command; what follows, up to the next, is what it prints. */
const runConsole = async (block: Block): Promise<string> => {
  const directory = mkdtempSync(join(tmpdir(), "sallyport-docs-"));
  const prelude = `sallyport() { ${JSON.stringify(process.execPath)} ${JSON.stringify(MAIN)} "$@"; }\nexport NO_COLOR=1\n`;
  try {
    let shown = "";
    for (const line of block.code.split("\n").filter((text) => text.startsWith("$ "))) {
      const script = `${prelude}{ ${line.slice(2)}\n} 2>&1 || true`;
      const { stdout } = await run("bash", ["-c", script], { cwd: directory, env: process.env });
      shown += `${line}\n${stdout}`;
    }
    return shown;
  } finally {
    rmSync(directory, { recursive: true });
  }
};

/** A WebAssembly module with a memory, and a `_start` that returns. */
const NOTHING = Uint8Array.from([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 19, 2, 6, 0x6d, 0x65,
  0x6d, 0x6f, 0x72, 0x79, 2, 0, 6, 0x5f, 0x73, 0x74, 0x61, 0x72, 0x74, 0, 0, 10, 4, 1, 2, 0, 0x0b,
]);

describe("the documentation's code", () => {
  beforeAll(() => {
    rmSync(WORK, { recursive: true, force: true });
    mkdirSync(WORK, { recursive: true });
    for (const page of pages) {
      for (const block of blocksOf(readFileSync(join(ROOT, page), "utf8"))) {
        if (block.language === "ts") writeFileSync(fileOf(page, block), `${block.code}\nexport {};\n`);
      }
    }
    const config = {
      extends: "../../../tsconfig.json",
      include: ["*.mts"],
      compilerOptions: { noUnusedLocals: false },
    };
    writeFileSync(join(WORK, "tsconfig.json"), JSON.stringify(config));
  });
  afterAll(() => rmSync(WORK, { recursive: true, force: true }));

  it("compiles", async () => {
    const tsc = join(ROOT, "node_modules", ".bin", "tsc");
    await run(tsc, ["-p", join(WORK, "tsconfig.json"), "--noEmit"]).catch((error: { stdout?: string }) => {
      expect(error.stdout ?? String(error)).toBe("");
    });
  });

  it("the README's commands are ones that there are", async () => {
    const directory = mkdtempSync(join(tmpdir(), "sallyport-docs-"));
    try {
      mkdirSync(join(directory, "data"));
      writeFileSync(join(directory, "program.py"), "print('ran')");
      writeFileSync(join(directory, "setup.py"), "import json");
      // The smallest command there is: one that does nothing.
      writeFileSync(join(directory, "tool.wasm"), NOTHING);
      const commands = [
        ...readFileSync(join(ROOT, "README.md"), "utf8").matchAll(/^ {4}npx sallyport( [^#\n]*)?(?:#.*)?$/gm),
      ].map((match) => (match[1] ?? "").trim());
      expect(commands.length).toBeGreaterThan(5);
      for (const command of commands) {
        const script = `"${process.execPath}" "${MAIN}" ${command} </dev/null`;
        const ran = await run("bash", ["-c", script], { cwd: directory }).catch((error: unknown) => error);
        expect([command, ran]).toEqual([command, expect.objectContaining({ stdout: expect.any(String) })]);
        expect(ran).not.toHaveProperty("code");
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  for (const page of pages) {
    for (const block of blocksOf(readFileSync(join(ROOT, page), "utf8"))) {
      const name = `${relative(ROOT, join(ROOT, page))}:${block.line}`;
      if (block.language === "ts") {
        it(`${name} runs`, async () => {
          const printed = await runTypeScript(page, block);
          if (block.expected !== undefined) expect(printed).toBe(block.expected);
        });
      } else if (block.language === "console") {
        it(`${name} prints what it says`, async () => {
          const printed = await runConsole(block);
          if (block.code.split("\n").some((line) => line !== "" && !line.startsWith("$ "))) {
            expect(printed).toBe(block.code);
          }
        });
      } else if (block.language === "python") {
        it(`${name} runs in a sandbox`, async () => {
          const result = await Sandbox.run(block.code);
          expect(result.ok ? "" : result.error.traceback).toBe("");
          if (block.expected !== undefined) expect(result.stdout).toBe(block.expected);
        });
      } else if (block.language === "json") {
        it(`${name} is JSON`, () => {
          const value: unknown = JSON.parse(block.code);
          const isConfig = typeof value === "object" && value !== null && "$schema" in value;
          if (isConfig) expect(v.safeParse(schema, value).issues).toBeUndefined();
        });
      }
    }
  }
});
