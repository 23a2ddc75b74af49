import { execFile, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { nativeSupported } from "../../src/engine/native.js";
import { ARTIFACTS, findPrebuilt } from "../../src/engine/prebuilt.js";

const run = promisify(execFile);

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  /** The status, or the signal that ended it. */
  readonly end: unknown;
}

/** A program of the system's under the launcher: one that needs no more than an RPython program does. */
const launch = async (options: readonly string[], path: string, ...args: string[]): Promise<Ran> => {
  const launcher = findPrebuilt().artifact(ARTIFACTS.launcher).path;
  const name = path.slice(path.lastIndexOf("/") + 1);
  try {
    const ran = await run(launcher, [...options, path, name, ...args], { env: { SECRET: "host's" } });
    return { ...ran, end: 0 };
  } catch (error) {
    if (!(error instanceof Error && "stdout" in error && "stderr" in error)) throw error;
    const end = ("signal" in error && error.signal) || ("code" in error && error.code);
    return { stdout: String(error.stdout), stderr: String(error.stderr), end };
  }
};

describe.runIf(nativeSupported())("the launcher", () => {
  it("runs a program, passes its streams and its status on, and gives no environment", async () => {
    const ran = await launch([], "/bin/sh", "-c", 'echo "out: $SECRET"; exit 7');
    expect(ran).toMatchObject({ stdout: "out: \n", end: 7 });
    expect((await launch([], "/bin/cat", "/nothing/there")).stderr).toMatch(/^cat: /);
  });

  it("lets it neither write a file, nor start a program, nor read what is not a library", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sallyport-launcher-"));
    try {
      const secret = join(folder, "secret");
      await writeFile(secret, "host's\n");
      const probe = await run(findPrebuilt().artifact(ARTIFACTS.launcher).path, ["--probe"]);
      const landlock = Number(/landlock (\d+)/.exec(probe.stdout)?.[1]);
      const read = await launch([], "/bin/cat", secret);
      if (landlock > 0) expect(read).toMatchObject({ stdout: "", end: 1 });
      expect(await launch(["--read", folder], "/bin/cat", secret)).toMatchObject({
        stdout: "host's\n",
        end: 0,
      });
      expect((await launch(["--read", folder], "/usr/bin/touch", join(folder, "new"))).end).toBe(1);
      expect(await readdir(folder)).toEqual(["secret"]);
      expect(await launch([], "/bin/sh", "-c", "/bin/cat /dev/null; exit 9")).not.toMatchObject({ end: 0 });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("has a filter, no new privileges and the limits in force", async () => {
    const launcher = findPrebuilt().artifact(ARTIFACTS.launcher).path;
    const child = spawn(launcher, [
      "--cpu",
      "5",
      "--address-space",
      "1000000000",
      "/bin/sh",
      "sh",
      "-c",
      "read x; exit 3",
    ]);
    await new Promise((go) => setTimeout(go, 300));
    const status = await readFile(`/proc/${child.pid}/status`, "utf8");
    const limits = await readFile(`/proc/${child.pid}/limits`, "utf8");
    expect(status).toMatch(/^Seccomp:\s+2$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(limits).toMatch(/^Max cpu time\s+5\s+5/m);
    expect(limits).toMatch(/^Max address space\s+1000000000\s+1000000000/m);
    expect(limits).toMatch(/^Max core file size\s+0\s+0/m);
    child.stdin.end("x\n");
    expect(await new Promise((done) => child.on("close", done))).toBe(3);
  });

  it("ends a program that computes beyond its CPU time", async () => {
    const { end } = await launch(["--cpu", "1"], "/bin/sh", "-c", "while :; do :; done");
    expect(end).toBe("SIGKILL");
  });

  it("says what is wrong with its arguments", async () => {
    const launcher = findPrebuilt().artifact(ARTIFACTS.launcher).path;
    await expect(run(launcher, ["--cpu", "x", "/bin/sh", "sh"])).rejects.toMatchObject({ code: 64 });
    await expect(run(launcher, ["/nothing", "x"])).rejects.toMatchObject({ code: 67 });
  });
});
