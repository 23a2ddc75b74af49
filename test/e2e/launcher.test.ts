import { execFile, spawn } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
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

/** The smallest program for x86-64: one system call, whose errno is its status. Without a process it names its own. */
const oneCall = (
  number: number,
  process: number | undefined,
  ...rest: readonly (number | undefined)[]
): Buffer => {
  const le32 = (value: number): number[] => [...Buffer.from(Uint32Array.of(value).buffer)];
  const code = Buffer.from([
    ...(process === undefined ? [0xb8, ...le32(39), 0x0f, 0x05, 0x89, 0xc7] : [0xbf, ...le32(process)]), // edi
    ...(rest[0] === undefined ? [0x89, 0xfe] : [0xbe, ...le32(rest[0])]), // esi
    ...[0xba, ...le32(rest[1] ?? 0), 0x45, 0x31, 0xd2, 0xb8, ...le32(number), 0x0f, 0x05], // edx, r10, eax, syscall
    ...[0xf7, 0xd8, 0x89, 0xc7, 0xb8, ...le32(60), 0x0f, 0x05], // edi = -eax, exit
  ]);
  const base = 0x400000n;
  const file = Buffer.alloc(120 + code.length);
  Buffer.from("7f454c46020101", "hex").copy(file);
  for (const [value, at] of [
    [2, 16],
    [62, 18],
    [64, 52],
    [56, 54],
    [1, 56],
  ] as const)
    file.writeUInt16LE(value, at);
  for (const [value, at] of [
    [1, 20],
    [1, 64],
    [5, 68],
  ] as const)
    file.writeUInt32LE(value, at);
  file.writeBigUInt64LE(base + 120n, 24);
  for (const [value, at] of [
    [64n, 32],
    [base, 80],
    [base, 88],
    [0x1000n, 112],
  ] as const)
    file.writeBigUInt64LE(value, at);
  for (const at of [96, 104]) file.writeBigUInt64LE(BigInt(file.length), at);
  code.copy(file, 120);
  return file;
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

  it("lets it signal, and limit, itself alone", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sallyport-launcher-"));
    const path = join(folder, "program");
    const end = async (...call: Parameters<typeof oneCall>): Promise<unknown> => {
      await writeFile(path, oneCall(...call));
      await chmod(path, 0o755);
      return (await launch([], path)).end;
    };
    try {
      const [tgkill, prlimit, EPERM, NOFILE] = [234, 302, 1, 7];
      expect(await end(tgkill, process.pid, process.pid, 0)).toBe(EPERM);
      expect(await end(prlimit, process.pid, NOFILE)).toBe(EPERM);
      expect(await end(tgkill, undefined, undefined, 6)).toBe("SIGABRT");
      expect(await end(prlimit, 0, NOFILE)).toBe(0);
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
