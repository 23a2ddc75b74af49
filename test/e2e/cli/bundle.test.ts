import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "../engines.js";

const root = join(import.meta.dirname, "../../..");
const command = join(root, "dist/bundle/sallyport.js");
const run = promisify(execFile);

let cache = "";
beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), "sallyport-bundle-"));
});
afterAll(() => rmSync(cache, { recursive: true, force: true }));

const sallyport = async (...args: string[]): Promise<string> => {
  const env = { ...process.env, XDG_CACHE_HOME: cache };
  return (await run(process.execPath, [command, ...args], { env })).stdout;
};

describe("the command as it is installed, in one bundle", () => {
  it("is what the package names, and says its version", async () => {
    const manifest: { bin: { sallyport: string }; version: string } = JSON.parse(
      readFileSync(join(root, "package.json"), "utf8"),
    );
    expect(join(root, manifest.bin.sallyport)).toBe(command);
    expect(await sallyport("--version")).toBe(`${manifest.version}\n`);
    expect(await sallyport("-V")).toBe(`${manifest.version}\n`);
  });

  it.each(ENGINES)("runs Python (%s)", async (engine) => {
    expect(await sallyport("run", "--engine", engine, "-c", "import sys; print(sys.argv)", "a")).toBe(
      "['-c', 'a']\n",
    );
    // Once more, now that compiled code may have been kept.
    expect(await sallyport("run", "--engine", engine, "-c", "print(6 * 7)")).toBe("42\n");
  });

  it("explains itself, and completes", async () => {
    expect(await sallyport("--help")).toContain("sallyport run program.py");
    expect(await sallyport("completions", "bash")).toContain("complete");
  });

  it("has the licences of the packages that are in it", () => {
    const notices = readFileSync(join(root, "dist/bundle/THIRD_PARTY_NOTICES"), "utf8");
    expect(notices).toMatch(/^commander$/m);
    expect(notices).toMatch(/^valibot$/m);
  });
});
