import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { loadConfig } from "../../../src/cli/config.js";
import { ConfigError } from "../../../src/errors.js";

describe("a config file that is wrong", () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "sallyport-config-"));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it("is not taken from another user, unless it is asked for", async () => {
    const file = join(directory, "sallyport.config.json");
    writeFileSync(file, "{}");
    expect(await loadConfig(undefined, directory)).toMatchObject({ mount: [] });
    // Only root can give a file away.
    if (process.getuid?.() !== 0) return;
    chownSync(file, 4242, 4242);
    vi.spyOn(process, "getuid").mockReturnValue(1000);
    await expect(loadConfig(undefined, directory)).rejects.toThrow("belongs to another user");
    expect(await loadConfig(file, directory)).toMatchObject({ mount: [] });
    vi.restoreAllMocks();
    rmSync(file);
  });

  it("is not taken from where others can put another in its place, unless it is asked for", async () => {
    const file = join(directory, "sallyport.config.json");
    writeFileSync(file, "{}");
    // As /tmp is: the file may be the user's own when it is looked at, and another's link when it is read.
    chmodSync(directory, 0o1777);
    await expect(loadConfig(undefined, directory)).rejects.toThrow("everybody may write to");
    expect(await loadConfig(file, directory)).toMatchObject({ mount: [] });
    expect(await loadConfig(false, directory)).toEqual({});
    chmodSync(directory, 0o700);
    expect(await loadConfig(undefined, directory)).toMatchObject({ mount: [] });
    rmSync(file);
  });

  it.each([
    ['{"limits":{"memory":"lots"}}', "limits.memory", '"lots" is no size'],
    ['{"limits":{"memory":"1 KiB"}}', "limits.memory", "out of range"],
    ['{"limits":{"memory":{}}}', "limits.memory", 'a text such as "256 MiB"'],
    ['{"limits":{"ram":1}}', "limits.ram", ""],
    ['{"limits":{"operations":1.5}}', "limits.operations", "1.5"],
    ['{"limits":{"operations":"many"}}', "limits.operations", "whole number"],
    ['{"limits":{"descriptors":1}}', "limits.descriptors", "out of range"],
    ['{"memory":"1 GiB"}', "memory", ""],
    ['{"mounts":{"data":"x"}}', "mounts.data", 'a guest path begins with "/"'],
    ['{"mounts":{"/data":{"host":"x","mode":"write"}}}', "mounts./data.mode", '"write"'],
    ['{"mounts":{"/data":{"mode":"ro"}}}', "mounts./data.host", ""],
    ['{"env":{"N":1}}', "env.N", "string"],
    ['{"cwd":"here"}', "cwd", 'a guest path begins with "/"'],
    ['{"files":{"deny":["a",2]}}', "files.deny.1", "string"],
    ['{"engine":"jit"}', "engine", '"jit"'],
    ["{", "", "JSON"],
    ["[]", "", "an object"],
    ["null", "", "Object"],
  ])("%s: the error points at its key", async (text, key, message) => {
    writeFileSync(join(directory, "sallyport.config.json"), text);
    const error = await loadConfig(undefined, directory).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({ key, message: expect.stringContaining(message) });
    expect(error).toMatchObject({ message: expect.stringContaining("sallyport.config.json") });
  });
});
