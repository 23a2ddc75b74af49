import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli, MAIN } from "./cli.js";

const directory = mkdtempSync(join(tmpdir(), "sallyport-cli-trace-"));
const file = join(directory, "run.trace");
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Chrome's trace events, as far as they are used: complete events, instants, and the names of process and thread. */
const number = v.pipe(v.number(), v.minValue(0));
const place = { name: v.pipe(v.string(), v.minLength(1)), ts: number, pid: v.literal(1), tid: v.literal(1) };
const chromeTrace = v.array(
  v.variant("ph", [
    v.strictObject({
      ...place,
      ph: v.literal("X"),
      cat: v.string(),
      dur: number,
      args: v.record(v.string(), v.unknown()),
    }),
    v.strictObject({ ...place, ph: v.literal("i"), cat: v.string(), s: v.picklist(["t", "p", "g"]) }),
    v.strictObject({ ...place, ph: v.literal("M"), args: v.strictObject({ name: v.string() }) }),
  ]),
);

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
    expect(stdout).toMatch(/\n {7} +[\d.]+ ms {2}the guest ended: killed \(closed by its owner\)\n$/);
  });

  it("go as far as somebody reads", async () => {
    const many = join(directory, "many.trace");
    const code = "import os\nfor n in range(5000): os.path.exists(f'/{n}')";
    expect((await cli(["run", "--record", many, "-c", code])).code).toBe(0);
    const head = spawnSync("sh", ["-c", `"$0" "$1" trace "$2" | head -n 1`, process.execPath, MAIN, many]);
    expect([head.status, head.stderr.toString()]).toEqual([0, ""]);
    const all = await cli([
      "trace",
      many,
      "--operation",
      "access",
      "--operation",
      "stat",
      "--errno",
      "ENOENT",
    ]);
    expect(all.stdout.trim().split("\n")).toHaveLength(5000);
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
    expect(await cli(["trace", file, "--operation", "opne"])).toEqual({
      code: 0,
      stdout: "",
      stderr: "sallyport: nothing in the trace is like that\n",
    });
    const etc = await cli(["trace", file, "--path", "/etc/**"]);
    expect(etc.stdout).toContain("/etc/hostname");
    expect(etc.stdout).not.toContain("/none");
  });

  it("sum up, and speak Chrome's language", async () => {
    const { stdout } = await cli(["trace", file, "--summary"]);
    expect(stdout).toMatch(/ 1 +[\d.]+ ms +0 {2}command\n/);
    expect(stdout).toMatch(/ 1 +[\d.]+ ms +1 {2}\/none\\x1b\[31m\n/);
    const events = v.parse(chromeTrace, JSON.parse((await cli(["trace", file, "--chrome"])).stdout));
    expect(events.filter(({ ph }) => ph === "X").length).toBeGreaterThan(5);
    const times = events.filter(({ ph }) => ph !== "M").map(({ ts }) => ts);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
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
    expect(looked.stdout).toContain('\n> -c:3 in <module>\n      open("/none\\x1b[31m")\n');
    expect(looked.stdout).toMatch(/\n'posix'\nStopped before operation \d+ of \d+\.\n$/);
    const beyond = await cli(["replay", file, "--until", "100000"]);
    expect([beyond.code, beyond.stderr]).toEqual([2, expect.stringMatching(/the trace has \d+ operations/)]);
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
