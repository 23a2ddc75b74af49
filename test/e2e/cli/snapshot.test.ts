import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cli } from "./cli.js";

const folder = mkdtempSync(join(tmpdir(), "sallyport-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("snapshots on the command line", () => {
  it("keep what code defined, and its files, from one command to the next", async () => {
    const [first, second] = [join(folder, "first.sally"), join(folder, "second.sally")];
    const code = "data = [1, 2]; open('/tmp/note', 'w').write('kept'); import sys; print(sys.argv)";
    expect(await cli(["run", "--save", first, "-c", code, "argument"])).toMatchObject({
      code: 0,
      stdout: "['-c', 'argument']\n",
    });
    expect(statSync(first).mode & 0o777).toBe(0o600);
    expect((await cli(["resume", first, "--save", second, "-c", "data.append(3)"])).code).toBe(0);
    const script = join(folder, "show.py");
    writeFileSync(script, "print(data, open('/tmp/note').read())\n");
    expect((await cli(["resume", second, script])).stdout).toBe("[1, 2, 3] kept\n");
    expect((await cli(["resume", first, "-c", "print(data)"])).stdout).toBe("[1, 2]\n");
  });

  it("tell an exception, and what is no snapshot", async () => {
    const state = join(folder, "state.sally");
    const failed = await cli(["run", "--save", state, "-c", "x = 1\n1/0"]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("ZeroDivisionError");
    expect((await cli(["resume", state, "-c", "print(x)"])).stdout).toBe("1\n");
    const none = join(folder, "none");
    writeFileSync(none, "nothing of the kind");
    expect(await cli(["resume", none, "-c", "1"])).toMatchObject({
      code: 2,
      stderr: "sallyport: not a snapshot\n",
    });
  });
});
