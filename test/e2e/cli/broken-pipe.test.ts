import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MAIN } from "./cli.js";

const execute = promisify(execFile);

describe("a command whose output nobody takes any more", () => {
  let work: string;
  beforeAll(() => {
    work = mkdtempSync(join(tmpdir(), "sallyport-broken-"));
  });
  afterAll(() => rmSync(work, { recursive: true }));

  /** A script in which `sallyport` is the command; what it prints, without Node's own warnings. */
  const bash = async (script: string) => {
    const prelude = `sallyport() { ${JSON.stringify(process.execPath)} ${JSON.stringify(MAIN)} "$@"; }\n`;
    const { stdout, stderr } = await execute("bash", ["-c", prelude + script], {
      cwd: work,
      env: { ...process.env, NO_COLOR: "1" },
    });
    return { stdout, stderr };
  };

  it("ends without a word, and its guest with it, what it wrote until then kept", async () => {
    const endless = "import itertools\nfor n in itertools.count(): print(n)";
    expect(
      await bash(
        `sallyport run --trace trace.json --record run.trace -c '${endless}' | head -1; echo \${PIPESTATUS[0]}`,
      ),
    ).toEqual({ stdout: "0\n141\n", stderr: "" });
    const lines = readFileSync(join(work, "trace.json"), "utf8").trimEnd().split("\n");
    expect(lines.map((line): unknown => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ operation: "write" }),
    );
    expect((await bash("sallyport trace run.trace --summary")).stdout).toContain("write");
  });

  it("does so with every other output", async () => {
    const status = `| head -c 1 >/dev/null; echo \${PIPESTATUS[0]}`;
    const quietly = { stdout: "141\n", stderr: "" };
    expect(await bash(`sallyport run --json -c 'print("x" * 10**6)' ${status}`)).toEqual(quietly);
    writeFileSync(join(work, "endless.py"), "while True: print('x')");
    expect(await bash(`sallyport run --watch endless.py ${status}`)).toEqual(quietly);
    // More than a pipe holds, which would take a shorter trace whole before anybody has read of it.
    const many = `import os\nfor n in range(5000): os.stat("/tmp")`;
    expect(await bash(`sallyport run --record many.trace -c '${many}'`)).toEqual({ stdout: "", stderr: "" });
    expect((await bash("sallyport trace many.trace | wc -c")).stdout.length).toBeGreaterThan(6);
    expect(await bash(`sallyport trace many.trace ${status}`)).toEqual(quietly);
    expect(await bash(`sallyport run -c 'while True: print("x")' 2>&1 1>/dev/full | cat`)).toEqual({
      stdout: "sallyport: cannot write to stdout: ENOSPC: no space left on device, write\n",
      stderr: "",
    });
  });

  it("runs what is behind a closed stdout to its end where it prints nothing", async () => {
    expect(
      await bash(`sallyport run -m .:/work:rw -c 'open("/work/made", "w").close()' >&-; echo $?`),
    ).toEqual({ stdout: "0\n", stderr: "" });
    expect(existsSync(join(work, "made"))).toBe(true);
  });
});
