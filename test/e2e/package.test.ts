import { execFile } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportsOf } from "../../scripts/docs/declarations.js";
import { ROOT } from "./cli/cli.js";

const run = promisify(execFile);

describe("the package, packed and installed in an empty folder", () => {
  let folder: string;
  const own = (...parts: readonly string[]): string => join(folder, "node_modules", ...parts);
  const npm = (...args: readonly string[]) =>
    run("npm", [...args, "--no-audit", "--no-fund", "--prefer-offline"], { cwd: folder, maxBuffer: 2 ** 26 });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "sallyport-package-"));
    writeFileSync(join(folder, "package.json"), '{ "type": "module", "private": true }');
    // The tests' setup has compiled the sources already.
    await npm("pack", "--ignore-scripts", "--pack-destination", folder, ROOT);
    const [archive = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
    await npm("install", join(folder, archive));
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("has what it needs, and little else", () => {
    expect(
      readdirSync(own())
        .filter((name) => !name.startsWith("."))
        .sort(),
    ).toEqual(["commander", "jiti", "sallyport", "valibot"]);
    for (const name of ["src", "test", "bench", "examples", "tsconfig.json"]) {
      expect(existsSync(own("sallyport", name)), name).toBe(false);
    }
  });

  it("runs on the command line", async () => {
    const { stdout } = await run("npx", ["sallyport", "run", "-c", "print(6 * 7)"], { cwd: folder });
    expect(stdout).toBe("42\n");
    const doctor = await run("npx", ["sallyport", "doctor"], { cwd: folder });
    expect(doctor.stdout).toContain(folder);
  });

  it("runs as a library, its entry points included", async () => {
    writeFileSync(
      join(folder, "main.mjs"),
      `import { Sandbox } from "sallyport";
       import { openaiTool } from "sallyport/openai";
       import { defineConfig } from "sallyport/config";
       const result = await Sandbox.run("import sqlite3; sum(range(10))");
       console.log(result.ok && result.value, typeof openaiTool, defineConfig({ cwd: "/tmp" }).cwd);`,
    );
    expect((await run(process.execPath, ["main.mjs"], { cwd: folder })).stdout).toBe("45 function /tmp\n");
  });

  it("has types that a strict program compiles with", async () => {
    symlinkSync(join(ROOT, "node_modules/@types"), own("@types"));
    const options = {
      module: "nodenext",
      target: "es2022",
      lib: ["es2023", "esnext.disposable"],
      types: ["node"],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
    };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions: options, files: ["main.ts"] }),
    );
    writeFileSync(
      join(folder, "main.ts"),
      `import { directory, type RunResult, Sandbox } from "sallyport";
       import { defineConfig } from "sallyport/config";
       const result: RunResult<number> = await Sandbox.run<number>("1", { mounts: { "/d": directory(".") } });
       export const config = defineConfig({ limits: { memory: "64 MiB" } });
       // @ts-expect-error there may be no value
       result.value;`,
    );
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    await run(process.execPath, [tsc, "-p", folder]).catch((error: { stdout?: string }) => {
      expect(error.stdout ?? String(error)).toBe("");
    });
  });

  it("leaves out of a bundle what is not used", async () => {
    const bundle = async (code: string): Promise<string> => {
      const { outputFiles } = await build({
        stdin: { contents: code, resolveDir: folder },
        bundle: true,
        write: false,
        format: "esm",
        platform: "node",
        logLevel: "silent",
      });
      return outputFiles.map(({ text }) => text).join("");
    };
    const little = await bundle('export { RaiseError, keywords } from "sallyport";');
    expect(little.length).toBeLessThan(20_000);
    expect(little).not.toContain("child_process");
    expect((await bundle('export { Sandbox } from "sallyport";')).length).toBeGreaterThan(200_000);
  });

  it("runs in a bundle, as ESM and CommonJS, where the package is installed; elsewhere it says what is missing", async () => {
    const contents = `import { Sandbox } from "sallyport";
      const main = async () => {
        const values = [];
        for (const engine of ["auto", "wasm"]) values.push((await Sandbox.run("6 * 7", { engine })).value);
        return values.join();
      };
      main().then(console.log, (error) => console.log(error.code, error.message));`;
    for (const [format, name] of [
      ["esm", "app.mjs"],
      ["cjs", "app.cjs"],
    ] as const) {
      const outfile = join(folder, "bundled", "deep", name);
      await build({
        stdin: { contents, resolveDir: folder },
        bundle: true,
        format,
        platform: "node",
        outfile,
        logLevel: "silent",
      });
      expect([format, (await run(process.execPath, [outfile])).stdout]).toEqual([format, "42,42\n"]);
      const away = mkdtempSync(join(tmpdir(), "sallyport-away-"));
      try {
        copyFileSync(outfile, join(away, name));
        const env = { ...process.env, SALLYPORT_PREBUILT: undefined };
        const { stdout } = await run(process.execPath, [join(away, name)], { cwd: away, env });
        expect(stdout).toMatch(/^ERR_ENGINE_MISSING .* bundle/);
      } finally {
        rmSync(away, { recursive: true });
      }
    }
  });

  it("exports no type of any kind", () => {
    const untyped = exportsOf(join(ROOT, "dist"), "index").flatMap(({ declarations }) =>
      declarations.flatMap(({ name, text }) =>
        text
          .replaceAll(/\/\*[\s\S]*?\*\//g, "")
          .split("\n")
          .filter((line) => /[:<|&,([\s]any\b(?!\()/.test(line.replace(/\/\/.*/, "")))
          .map((line) => `${name}: ${line.trim()}`),
      ),
    );
    expect(untyped).toEqual([]);
  });

  it("keeps its documents readable where it is installed", () => {
    for (const name of ["README.md", "CHANGELOG.md", "LICENSE", "THIRD_PARTY_NOTICES", "SECURITY.md"]) {
      expect(readFileSync(own("sallyport", name), "utf8").length, name).toBeGreaterThan(100);
    }
  });
});
