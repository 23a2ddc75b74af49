import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli } from "./cli.js";

const directory = mkdtempSync(join(tmpdir(), "sallyport-cli-trace-"));
const file = join(directory, "run.trace");
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("traces on the command line", () => {
  beforeAll(async () => {
    const code = 'import os\nprint(len(open("/etc/hostname").read()))\nopen("/none\\x1b[31m")';
    const ran = await cli(["run", "--record", file, "-c", code]);
    expect([ran.code, ran.stdout]).toEqual([1, "10\n"]);
  });

  it("show every operation, safely for a terminal", async () => {
    const { code, stdout } = await cli(["trace", file]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/open\(at=-100, path="\/etc\/hostname", .*\) = fd=3/);
    expect(stdout).toContain('path="/none\\x1b[31m"');
    expect(stdout).not.toContain("\x1b");
  });

  it("choose among them", async () => {
    const failed = await cli(["trace", file, "--operation", "open", "--errno", "ENOENT", "--json"]);
    const [line = "", ...rest] = failed.stdout.trim().split("\n");
    expect(rest).toEqual([]);
    expect(JSON.parse(line)).toMatchObject({
      operation: "open",
      error: "ENOENT",
      arguments: { path: "/none\x1b[31m" },
    });
    const etc = await cli(["trace", file, "--path", "/etc/**"]);
    expect(etc.stdout).toContain("/etc/hostname");
    expect(etc.stdout).not.toContain("/none");
  });

  it("sum up, and speak Chrome's language", async () => {
    const { stdout } = await cli(["trace", file, "--summary"]);
    expect(stdout).toMatch(/ 1 +[\d.]+ ms +0 {2}command\n/);
    expect(stdout).toMatch(/ 1 +[\d.]+ ms +1 {2}\/none\\x1b\[31m\n/);
    const events: unknown = JSON.parse((await cli(["trace", file, "--chrome"])).stdout);
    expect(Array.isArray(events) && events.length).toBeGreaterThan(5);
  });

  it("are replayed", async () => {
    expect(await cli(["replay", file])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^The same, to the byte: \d+ operations\.\n$/),
    });
  });

  it("stop where the program stands, to be looked into", async () => {
    const looked = await cli(["replay", file, "--at", "open /none*"], {
      stdin: "where\nimport os; os.name\n",
    });
    expect(looked).toMatchObject({ code: 0, stderr: "" });
    expect(looked.stdout).toMatch(/^Standing in \d+ .* open\(at=-100, path="\/none\\x1b\[31m"/);
    expect(looked.stdout).toContain('->    3  open("/none\\x1b[31m")\n');
    expect(looked.stdout).toMatch(/\n> <string>:3 in <module>\n/);
    expect(looked.stdout).toMatch(/\n'posix'\nStopped before operation \d+ of \d+\.\n$/);
    const raising = await cli(["replay", file, "--until", "error"], { stdin: "c\n" });
    expect(raising.stdout).toMatch(/^Raising FileNotFoundError\(2, 'No such file or directory'\), before /);
    expect(raising.stdout).toMatch(/The same, to the byte: \d+ operations\.\n$/);
  });

  it("say what is wrong with a file", async () => {
    const noise = join(directory, "noise");
    writeFileSync(noise, "no trace at all, but long enough to be one");
    expect(await cli(["trace", noise])).toMatchObject({
      code: 2,
      stderr: "sallyport: the file is no trace\n",
    });
    expect((await cli(["replay", join(directory, "none")])).stderr).toContain("ENOENT");
    expect((await cli(["trace", file, "--summary", "--json"])).code).toBe(2);
    expect((await cli(["trace", file, "--path", "/{a"])).stderr).toContain("brace");
  });
});
