import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cli, type Ended } from "./cli.js";

/** Without this process's own, where the tests run in one that has it. */
const NO_NAME = { SALLYPORT_CONFIG: "" };

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
    return cli(["run", ...args, "-c", code], { cwd: directory, env: NO_NAME });
  };
  /** What names a config file that is code; one in JSON is found. */
  const config = (name: string): readonly string[] => (name.endsWith(".json") ? [] : ["--config", name]);
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
    const { stdout, stderr } = await runWith(name, text, READ, ...config(name));
    expect([stdout, stderr]).toEqual(["from the data me\n", ""]);
    const over = await runWith(name, text, READ, ...config(name), "--env", "WHO=you");
    expect(over.stdout).toBe("from the data you\n");
  });

  it("in TypeScript may import its neighbours", async () => {
    writeFileSync(join(directory, "who.ts"), `export const who: string = "the neighbour";`);
    const text = `import { who } from "./who.ts";\nexport const config = { env: { WHO: who } };`;
    const { stdout } = await runWith(
      "sallyport.config.ts",
      text,
      "import os; print(os.environ['WHO'])",
      ...config("sallyport.config.ts"),
    );
    expect(stdout).toBe("the neighbour\n");
  });

  it.each([
    ["export const config = {", "cannot be loaded: "],
    ["throw new Error('no luck');", "cannot be loaded: no luck"],
    ["export const config = { limits: { memory: 'lots' } };", 'limits.memory: "lots" is no size'],
  ])("in TypeScript that is wrong is refused: %s", async (text, message) => {
    const { code, stdout, stderr } = await runWith(
      "sallyport.config.ts",
      text,
      "1",
      ...config("sallyport.config.ts"),
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(`sallyport.config.ts: ${message}`);
    expect(stderr).not.toContain("    at ");
  });

  it("sets every limit", async () => {
    const limits = { operations: 200, descriptors: 20, grace: "500 ms", totalCpu: "10 s", output: "1 KiB" };
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

describe("the config file of a repository that is somebody else's", () => {
  let directory: string;
  let repository: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "sallyport-foreign-"));
    repository = join(directory, "repository");
    mkdirSync(join(repository, "data"), { recursive: true });
    writeFileSync(join(directory, "secret"), "the user's own");
    writeFileSync(join(repository, "package.json"), '{ "type": "module" }');
    writeFileSync(join(repository, "program.py"), "print('ran')\n");
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const COMMANDS = [
    ["run", "program.py"],
    ["run", "--json", "program.py"],
    ["run", "--watch", "program.py"],
    ["run", "--durable", "state", "program.py"],
    ["exec", "tool.wasm"],
    ["pypy", "pypy-c-sandbox"],
    ["image", "build", "program.py", "-o", "made.image"],
    ["--engine", "auto"],
  ] as const;

  it.each(COMMANDS.map((command) => [command.join(" "), command] as const))(
    "runs no code, and mounts nothing of the user's, with: %s",
    async (_, command) => {
      const refused = async (named: string): Promise<void> => {
        const { code, stdout, stderr } = await cli(command, { cwd: repository, env: NO_NAME });
        expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
        expect(stderr).toMatch(/^sallyport: .*\n$/);
        for (const told of [named, "--config ./", "--no-config"]) expect(stderr).toContain(told);
      };
      writeFileSync(
        join(repository, "sallyport.config.mjs"),
        `import { writeFileSync } from "node:fs"; writeFileSync("../taken-over", ""); export const config = {};`,
      );
      await refused("--config ./sallyport.config.mjs");
      rmSync(join(repository, "sallyport.config.mjs"));
      writeFileSync(join(repository, "sallyport.config.json"), '{ "mounts": { "/home": ".." } }');
      await refused("sallyport.config.json: mounts./home: ");
      expect(readdirSync(directory).sort()).toEqual(["repository", "secret"]);
      expect(readdirSync(repository)).not.toContain("state");
    },
  );

  it.each([
    ["a config file", []],
    ["the command line", ["-m", "data.txt:/data"]],
  ])(
    "cannot be led elsewhere by a program that changes it and is run again: mounted by %s",
    async (_, mount) => {
      if (mount.length === 0)
        writeFileSync(join(repository, "sallyport.config.json"), '{ "mounts": { "/data": "data.txt" } }');
      writeFileSync(join(repository, "data.txt"), "its own");
      symlinkSync("../secret", join(repository, "link"));
      writeFileSync(
        join(repository, "program.py"),
        "import os\nprint(open('/data').read(), flush=True)\nos.rename('/work/link', '/work/data.txt')\n",
      );
      const { stdout, stderr } = await cli(["run", "--watch", "-m", ".:/work:rw", ...mount, "program.py"], {
        cwd: repository,
        env: NO_NAME,
        onOutput: (_, interrupt, said) => {
          if (said.includes("there is a link now")) interrupt();
        },
      });
      expect(stdout).toBe("its own\n");
      expect(stderr).toMatch(/mount: there is a link now where ".*data.txt" was/);
    },
  );

  it("is gone without where that is asked for", async () => {
    writeFileSync(join(repository, "sallyport.config.ts"), "throw new Error('ran');");
    writeFileSync(join(repository, "sallyport.config.json"), '{ "mounts": { "/home": ".." } }');
    const { code, stdout, stderr } = await cli(["run", "--no-config", "program.py"], { cwd: repository });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "ran\n", stderr: "" });
  });

  it("is taken by the name that the environment has", async () => {
    writeFileSync(
      join(repository, "sallyport.config.ts"),
      `export const config = { mounts: { "/s": "../secret" } };`,
    );
    const env = { SALLYPORT_CONFIG: join(repository, "sallyport.config.ts") };
    const code = "print(open('/s').read())";
    expect(await cli(["run", "-c", code], { cwd: directory, env })).toEqual({
      code: 0,
      stdout: "the user's own\n",
      stderr: "",
    });
  });
});
