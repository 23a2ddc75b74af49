import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cli, type Ended } from "./cli.js";

describe("a config file", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "sallyport-config-"));
    writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
    mkdirSync(join(directory, "data"));
    writeFileSync(join(directory, "data", "a.txt"), "from the data");
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const runWith = (name: string, text: string, code = "1", ...args: string[]): Promise<Ended> => {
    writeFileSync(join(directory, name), text);
    return cli(["run", ...args, "-c", code], { cwd: directory });
  };
  const READ = "import os; print(open('/data/a.txt').read(), os.environ['WHO'])";
  const CONFIG = `{ mounts: { "/data": "data" }, env: { WHO: "me" } }`;

  it.each([
    ["sallyport.config.json", '{ "mounts": { "/data": "data" }, "env": { "WHO": "me" } }'],
    ["sallyport.config.mjs", `export const config = ${CONFIG};`],
    ["sallyport.config.mjs", `export default ${CONFIG};`],
    ["sallyport.config.js", `export const config = ${CONFIG};`],
    [
      "sallyport.config.ts",
      `interface Settings { mounts: Record<string, string>; env: Record<string, string> }
       const base = ${CONFIG} satisfies Settings;
       export const config: Settings = { ...base } as Settings;`,
    ],
  ])("%s sets what the command line does not", async (name, text) => {
    const { stdout, stderr } = await runWith(name, text, READ);
    expect([stdout, stderr]).toEqual(["from the data me\n", ""]);
    const over = await runWith(name, text, READ, "--env", "WHO=you");
    expect(over.stdout).toBe("from the data you\n");
  });

  it("in TypeScript may import its neighbours", async () => {
    writeFileSync(join(directory, "who.ts"), `export const who: string = "the neighbour";`);
    const text = `import { who } from "./who.ts";\nexport const config = { env: { WHO: who } };`;
    const { stdout } = await runWith("sallyport.config.ts", text, "import os; print(os.environ['WHO'])");
    expect(stdout).toBe("the neighbour\n");
  });

  it.each([
    ["export const config = {", "cannot be loaded: "],
    ["throw new Error('no luck');", "cannot be loaded: no luck"],
    ["export const config = { limits: { memory: 'lots' } };", 'limits.memory: "lots" is no size'],
  ])("in TypeScript that is wrong is refused: %s", async (text, message) => {
    const { code, stdout, stderr } = await runWith("sallyport.config.ts", text);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(`sallyport.config.ts: ${message}`);
    expect(stderr).not.toContain("    at ");
  });

  it("sets every limit", async () => {
    const limits = { operations: 200, descriptors: 20, grace: "2 s", totalCpu: "10 s", output: "1 KiB" };
    const { code, stderr } = await runWith(
      "sallyport.config.json",
      JSON.stringify({ limits }),
      "import os\nwhile True: os.stat('/')",
    );
    expect([code, stderr.trim().split("\n").at(-1)]).toEqual([
      124,
      "sallyport: The limit of 200 operations was reached",
    ]);
  });
});
