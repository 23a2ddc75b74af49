import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { cli } from "./cli.js";

const execute = promisify(execFile);

describe("the command line", () => {
  it("has help for everything, without colours where there is no terminal", async () => {
    const { code, stdout } = await cli(["--help"]);
    expect(code).toBe(0);
    for (const part of ["run", "doctor", "completions", "--mount", "Examples:"])
      expect(stdout).toContain(part);
    expect((await cli(["help"])).stdout).toBe(stdout);
    const run = await cli(["run", "--help"]);
    expect((await cli(["help", "run"])).stdout).toBe(run.stdout);
    expect(run.stdout).toContain("Exit codes:");
    expect(run.stdout).not.toContain("\u001b[");
    expect((await cli(["run", "--help"], { env: { NO_COLOR: "", FORCE_COLOR: "1" } })).stdout).toContain(
      "\u001b[",
    );
  });

  it.each([
    [["run"], "FILE"],
    [["run", "no-such-file.py"], "no-such-file.py"],
    [["run", "--memory", "lots", "-c", "1"], "is no size"],
    [["run", "--memory", "1K", "-c", "1"], "out of range"],
    [["run", "--mount", "here", "-c", "1"], "HOST:GUEST"],
    [["run", "--mount", "/no/such/place:/x", "-c", "1"], "/no/such/place"],
    [["run", "--engine", "jit", "-c", "1"], "Allowed choices"],
    [["run", "--env", "novalue", "-c", "1"], "NAME=VALUE"],
    [["run", "--config", "missing.json", "-c", "1"], "missing.json"],
    [["run", "--cpu", "soon", "-c", "1"], "give seconds"],
    [["run", "--stdin", "/no/such/input", "-c", "1"], "/no/such/input"],
    [["run", "--trace", "/no/such/trace", "-c", "1"], "/no/such/trace"],
    [["run", "--record", "/no/such/record", "-c", "1"], "/no/such/record"],
    [["run", "--save", "/no/such/place/state", "-c", "print(1)"], "/no/such/place"],
    [["image", "build", "-o", "/no/such/place/image", "-c", "print(1)"], "/no/such/place"],
    [["resume", "/no/such/state", "-c", "1"], "/no/such/state"],
    [["exec", "--record", "trace", "tool.wasm"], "unknown option"],
    [["image", "build", "--record", "trace", "-o", "image", "-c", "1"], "unknown option"],
    [["rnu"], "Did you mean run?"],
    [["repl"], "For an interactive Python: sallyport, alone"],
    [["version"], "sallyport --version"],
  ])("says what is wrong with %j", async (args, text) => {
    const { code, stdout, stderr } = await cli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(text);
    expect(stderr).toContain("sallyport:");
    expect(stderr).not.toContain("    at ");
  });

  it("tells what the machine offers", async () => {
    const { code, stdout } = await cli(["doctor", "--json"]);
    expect(code).toBe(0);
    const report: unknown = JSON.parse(stdout);
    expect(report).toMatchObject({
      node: process.version,
      engines: expect.arrayContaining([expect.objectContaining({ engine: "wasm", works: true })]),
    });
    if (process.platform === "linux" && process.arch === "x64") {
      expect(report).toMatchObject({
        engines: expect.arrayContaining([
          expect.objectContaining({
            engine: "native",
            works: true,
            confinement: expect.objectContaining({ seccomp: expect.stringContaining("are all there is") }),
          }),
        ]),
      });
    }
  });

  it("makes completion scripts from its own definition", async () => {
    for (const [shell, part] of [
      ["bash", "complete -o filenames -F _sallyport sallyport"],
      ["zsh", "#compdef sallyport"],
      ["fish", "complete -c sallyport"],
    ] as const) {
      const { code, stdout } = await cli(["completions", shell]);
      expect(code).toBe(0);
      expect(stdout).toContain(part);
      expect(stdout).toContain(shell === "fish" ? "-l memory" : "--memory");
    }
    expect((await cli(["completions", "tcsh"])).code).toBe(2);
  });

  it("completes in bash: commands, options, their values, inner commands, files", async () => {
    const directory = mkdtempSync(join(tmpdir(), "sallyport-completion-"));
    try {
      writeFileSync(join(directory, "script"), (await cli(["completions", "bash"])).stdout);
      writeFileSync(join(directory, "program.py"), "");
      const complete = async (...words: readonly string[]): Promise<readonly string[]> => {
        const code = `source ./script
          COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
          _sallyport; printf '%s\\n' "\${COMPREPLY[@]}"`;
        const { stdout } = await execute("bash", ["-c", code, "bash", "sallyport", ...words], {
          cwd: directory,
        });
        return stdout.split("\n").filter(Boolean).sort();
      };
      expect(await complete("ru")).toEqual(["run"]);
      expect(await complete("")).toEqual(expect.arrayContaining(["run", "exec", "doctor", "completions"]));
      expect(await complete("run", "--me")).toEqual(["--memory"]);
      expect(await complete("run", "--engine", "")).toEqual(["auto", "native", "wasm"]);
      expect(await complete("run", "-m", "a:/b", "--wat")).toEqual(["--watch"]);
      expect(await complete("run", "pro")).toEqual(["program.py"]);
      expect(await complete("image", "bu")).toEqual(["build"]);
      expect(await complete("completions", "z")).toEqual(["zsh"]);
      expect(await complete("--ver")).toEqual(["--version"]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("makes scripts that the shells can read, as far as they are here", async () => {
    const directory = mkdtempSync(join(tmpdir(), "sallyport-completion-"));
    try {
      for (const shell of ["bash", "zsh", "fish"] as const) {
        const file = join(directory, shell);
        writeFileSync(file, (await cli(["completions", shell])).stdout);
        const read = spawnSync(shell, ["-n", file], { encoding: "utf8" });
        if (read.error === undefined) expect([shell, read.status, read.stderr]).toEqual([shell, 0, ""]);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
