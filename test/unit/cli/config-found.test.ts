import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/cli/config.js";
import { type Config, schema } from "../../../src/cli/config-schema.js";
import { ConfigError } from "../../../src/errors.js";

describe("a config file that was found by itself", () => {
  let directory: string;
  let project: string;
  beforeEach(() => {
    directory = realpathSync(mkdtempSync(join(tmpdir(), "sallyport-found-")));
    project = join(directory, "project");
    for (const name of ["project/data/sub", "other", "project-too"])
      mkdirSync(join(directory, name), { recursive: true });
    for (const name of ["project/a.txt", "project/own.image", "other/b.txt", "team.image"])
      writeFileSync(join(directory, name), "");
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const write = (config: Config, name = "sallyport.config.json"): string => {
    writeFileSync(join(project, name), JSON.stringify(config));
    return join(project, name);
  };
  const refused = async (config: Config): Promise<ConfigError> => {
    write(config);
    const error = await loadConfig(undefined, project, {}).catch((thrown: unknown) => thrown);
    if (!(error instanceof ConfigError)) expect.unreachable(`taken: ${JSON.stringify(config)}`);
    return error;
  };

  /** One that each key may have, and one (or none) that it may not. */
  const KEYS: { readonly [Key in keyof Required<Config>]: readonly [Config[Key], Config[Key]?] } = {
    $schema: ["https://example.org/any"],
    mounts: [{ "/data": "data" }, { "/home": ".." }],
    env: [{ NAME: "value", HOME: "$HOME" }],
    cwd: ["/data"],
    limits: [{ memory: "64 MiB" }, { memory: "513 MiB" }],
    files: [{ deny: ["**/*.key"], readonly: ["/data"] }],
    timezone: ["Europe/Berlin"],
    seed: ["any"],
    deterministic: [true],
    image: ["own.image", "../team.image"],
    engine: ["native", "wasm"],
    hardened: [true],
  };

  it("is decided for every key that there is", () => {
    expect(Object.keys(KEYS).sort()).toEqual(Object.keys(schema.entries).sort());
  });

  it.each(Object.entries(KEYS))("%s", async (key, [may, mayNot]) => {
    write({ [key]: may });
    await expect(loadConfig(undefined, project, {})).resolves.toBeDefined();
    if (mayNot === undefined) return;
    const error = await refused({ [key]: mayNot });
    expect(error.key.split(".")[0]).toBe(key);
    expect(error.message).toContain("--config ./sallyport.config.json");
    expect(error.message).toContain("--no-config");
    // Named, it is the user's word.
    await expect(loadConfig("sallyport.config.json", project, {})).resolves.toBeDefined();
    const env = { SALLYPORT_CONFIG: join(project, "sallyport.config.json") };
    await expect(loadConfig(undefined, directory, env)).resolves.toBeDefined();
    await expect(loadConfig(false, project, {})).resolves.toEqual({});
  });

  it.each([
    ["data/sub", "ro"],
    [".", "ro"],
    ["./data/../a.txt", "ro"],
    ["data", "cow"],
  ] as const)("mounts %s of its own directory, as %s", async (host, mode) => {
    write({ mounts: { "/d": { host, mode } } });
    await expect(loadConfig(undefined, project, {})).resolves.toMatchObject({ mount: [{ mode }] });
  });

  it.each([
    [{ host: "data", mode: "rw" }, '"rw"'],
    [{ host: "..", mode: "ro" }, "outside"],
    [{ host: "../project-too", mode: "ro" }, "outside"],
    [{ host: "../other/b.txt", mode: "cow" }, "outside"],
    [{ host: "/", mode: "ro" }, "outside"],
    [{ host: "data/../../other", mode: "ro" }, "outside"],
    [{ host: "link", mode: "ro" }, "outside"],
    [{ host: "link/b.txt", mode: "ro" }, "outside"],
    [{ host: "file", mode: "ro" }, "outside"],
    [{ host: "data/sub/up/other", mode: "ro" }, "outside"],
    [{ host: "missing", mode: "ro" }, "there is no"],
    [{ host: "nowhere", mode: "ro" }, "there is no"],
  ] as const)("does not mount %j", async (spec, why) => {
    symlinkSync("../other", join(project, "link"));
    symlinkSync("../other/b.txt", join(project, "file"));
    symlinkSync("../missing", join(project, "nowhere"));
    symlinkSync(directory, join(project, "data/sub/up"));
    const error = await refused({ mounts: { "/a": "data", "/d": spec } });
    expect(error.key).toBe("mounts./d");
    expect(error.message).toContain(why);
  });

  it("takes links to where they lead, once", async () => {
    symlinkSync("data", join(project, "inside"));
    write({ mounts: { "/d": "inside" } });
    const { mount } = await loadConfig(undefined, project, {});
    expect(mount).toEqual([{ host: join(project, "data"), guest: "/d", mode: "ro" }]);
  });

  it("may lie in a directory that was come to by a link", async () => {
    symlinkSync(project, join(directory, "way"));
    write({ mounts: { "/d": "data" } });
    await expect(loadConfig(undefined, join(directory, "way"), {})).resolves.toBeDefined();
  });

  it("starts from no image that a link in its directory leads to", async () => {
    symlinkSync("../team.image", join(project, "linked.image"));
    const error = await refused({ image: "linked.image" });
    expect([error.key, error.message]).toEqual(["image", expect.stringContaining("outside")]);
  });

  it.each([
    [{ memory: "512 MiB", storage: "256 MiB", message: "64 MiB", descriptors: 256, grace: "1 s" }],
    [{ cpu: "1 h", wall: "24 h", totalCpu: "24 h", output: "1 GiB", operations: 10 ** 12 }],
  ])("may set limits up to what they are without it: %j", async (limits) => {
    write({ limits });
    await expect(loadConfig(undefined, project, {})).resolves.toBeDefined();
  });

  it.each([
    [{ memory: "4 GiB" }, "limits.memory", "--memory"],
    [{ storage: "64 GiB" }, "limits.storage", "--storage"],
    [{ message: "256 MiB" }, "limits.message", "64 MiB"],
    [{ descriptors: 257 }, "limits.descriptors", "256"],
    [{ grace: "1 h" }, "limits.grace", "1 s"],
    [{ totalCpu: "25 h" }, "limits.totalCpu", "24 h"],
  ] as const)("does not raise limits: %j", async (limits, key, told) => {
    const error = await refused({ limits });
    expect(error.key).toBe(key);
    expect(error.message).toContain(told);
  });

  it.each(["ts", "mjs", "js"])("is not run as code: .%s", async (ending) => {
    const name = `sallyport.config.${ending}`;
    const file = join(project, name);
    writeFileSync(file, `globalThis.ran_${ending} = true; export const config = {};`);
    // Not even beside one in JSON, which would leave the user to guess which counts.
    for (const json of [false, true]) {
      if (json) write({});
      const error = await loadConfig(undefined, project, {}).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ConfigError);
      expect(error).toMatchObject({ file, message: expect.stringContaining(`--config ./${name}`) });
      expect(error).toMatchObject({ message: expect.stringContaining("--no-config") });
    }
    expect(`ran_${ending}` in globalThis).toBe(false);
    expect(await loadConfig(false, project, {})).toEqual({});
    await expect(loadConfig(name, project, {})).resolves.toBeDefined();
    expect(`ran_${ending}` in globalThis).toBe(true);
  });

  it.each([
    [{ mounts: { "/a\nsallyport: all is well": ".." } }],
    [{ mounts: { "/a\u001b[2Ja": { host: "data", mode: "\n\u001b[2J" } } }],
    [{ "\nsallyport: all is well": 1 }],
    [{ cwd: "\nsallyport: all is well" }],
    ["\n\u001b[2J"],
  ])("is told of in one line: %j", async (config) => {
    const text = typeof config === "string" ? config : JSON.stringify(config);
    writeFileSync(join(project, "sallyport.config.json"), text);
    const error = await loadConfig(undefined, project, {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
    expect(String(error)).not.toMatch(/[\u0000-\u001f]/);
  });

  it("is a plain file, of a size that a config can have", async () => {
    const file = join(project, "sallyport.config.json");
    symlinkSync("/dev/zero", file);
    await expect(loadConfig(undefined, project, {})).rejects.toThrow("no plain file");
    rmSync(file);
    writeFileSync(file, `{"env":{"A":"${"a".repeat(2 ** 20)}"}}`);
    await expect(loadConfig(undefined, project, {})).rejects.toThrow("1 MiB");
    await expect(loadConfig(file, project, {})).resolves.toBeDefined();
  });
});

describe("SALLYPORT_CONFIG", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "sallyport-named-"));
    for (const name of ["one", "two"])
      writeFileSync(join(directory, `${name}.json`), JSON.stringify({ env: { WHO: name } }));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("names the config file, unless the command line does", async () => {
    const env = { SALLYPORT_CONFIG: "one.json" };
    expect(await loadConfig(undefined, directory, env)).toMatchObject({ env: { WHO: "one" } });
    expect(await loadConfig("two.json", directory, env)).toMatchObject({ env: { WHO: "two" } });
    expect(await loadConfig(false, directory, env)).toEqual({});
    expect(await loadConfig(undefined, directory, { SALLYPORT_CONFIG: "" })).toEqual({});
  });

  it("has to name one that is there", async () => {
    const loading = loadConfig(undefined, directory, { SALLYPORT_CONFIG: "three.json" });
    await expect(loading).rejects.toThrow(/three\.json: cannot be read.*SALLYPORT_CONFIG/);
  });
});
