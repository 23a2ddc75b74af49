/** What the kernel says of a native guest: nothing is left to it but its two pipes and four system calls. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { nativeSupported } from "../../src/engine/native.js";
import { Sandbox } from "../../src/index.js";
import { MAIN } from "./cli/cli.js";

const execute = promisify(execFile);

const proc = (pid: number, file: string): string => readFileSync(`/proc/${pid}/${file}`, "latin1");

const isGone = (pid: number): boolean => {
  try {
    return proc(pid, "stat").includes(") Z ");
  } catch {
    return true;
  }
};

const waitUntilGone = async (pid: number): Promise<void> => {
  for (let i = 0; i < 600 && !isGone(pid); i++) await pause(50);
  expect(isGone(pid)).toBe(true);
};

test.runIf(nativeSupported())("a guest starts within the CPU time that its controller may have", async () => {
  const script = `ulimit -t 60; exec "$0" "$1" run --engine native -c 'print(6 * 7)'`;
  const { stdout, stderr } = await execute("bash", ["-c", script, process.execPath, MAIN]);
  expect({ stdout, stderr }).toEqual({ stdout: "42\n", stderr: "" });
});

describe.runIf(nativeSupported()).each([false, true])("a native guest (hardened: %s)", (hardened) => {
  test("is under a seccomp filter, with no new privileges, and alone", async () => {
    await using sandbox = await Sandbox.create({ engine: "native", hardened });
    const status = proc(sandbox.pid, "status");
    expect(status).toMatch(/^Seccomp:\t2$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^Threads:\t1$/m);
  });

  test("holds its two pipes, what it reads perhaps once more, and may not open another", async () => {
    await using sandbox = await Sandbox.create({ engine: "native", hardened });
    const what = (fd: string): string => readlinkSync(`/proc/${sandbox.pid}/fd/${fd}`);
    const [zero, one, ...others] = readdirSync(`/proc/${sandbox.pid}/fd`).sort();
    expect([zero, one]).toEqual(["0", "1"]);
    // Without waiting, to read: where the helper has made pipes, and there is more than one processor.
    expect(others.map((fd) => [fd, what(fd)])).toEqual(others.length === 0 ? [] : [["2", what("0")]]);
    for (const fd of others) {
      expect(what(fd)).not.toBe(what("1"));
      expect(proc(sandbox.pid, `fdinfo/${fd}`)).toMatch(/^flags:\t0(10)?4000$/m);
    }
    expect(proc(sandbox.pid, "limits")).toMatch(/^Max open files +0 +0 /m);
    expect(proc(sandbox.pid, "limits")).toMatch(/^Max processes +0 +0 /m);
    expect(proc(sandbox.pid, "limits")).toMatch(/^Max core file size +0 +0 /m);
  });

  test("uses no processor while it waits", async () => {
    await using sandbox = await Sandbox.create({ engine: "native", hardened });
    await sandbox.run("pass");
    const used = (): string[] =>
      proc(sandbox.pid, "stat")
        .replace(/^.*\) /, "")
        .split(" ")
        .slice(11, 13);
    // It may not have come to wait yet.
    for (let i = 0, before = used(); i < 40; i++, before = used()) {
      await pause(250);
      if (used().join() === before.join()) return;
    }
    expect.fail("it never came to rest");
  });

  test("keeps nothing of its command line and environment", async () => {
    await using sandbox = await Sandbox.create({ engine: "native", hardened });
    expect(proc(sandbox.pid, "cmdline").replaceAll("\0", "")).toBe("");
    expect(proc(sandbox.pid, "environ").replaceAll("\0", "")).toBe("");
  });

  test("maps nothing that is writable and executable", async () => {
    await using sandbox = await Sandbox.create({ engine: "native", hardened });
    const maps = proc(sandbox.pid, "maps").trim().split("\n");
    expect(maps.filter((line) => /^\S+ .wx/.test(line))).toEqual([]);
  });

  test("ends recursion without end in an exception, and goes on", async () => {
    await using sandbox = await Sandbox.create({ engine: "native", hardened });
    const code = [
      "import sys, json",
      "def deep(n): return deep(n + 1)",
      "found = []",
      "for attempt in (lambda: deep(0), lambda: repr(nested), lambda: json.dumps(nested)):",
      "    nested = []",
      "    for _ in range(200000): nested = [nested]",
      "    try: attempt()",
      "    except RecursionError: found.append(True)",
      "print(found)",
    ].join("\n");
    expect((await sandbox.run(code)).stdout).toBe("[True, True, True]\n");
    expect((await sandbox.run("print(1)")).stdout).toBe("1\n");
  });
});

describe.runIf(nativeSupported())("the CPU time of a native guest", () => {
  test("is bounded by the system, whatever becomes of the controller", async () => {
    await using sandbox = await Sandbox.create({
      engine: "native",
      limits: { totalCpu: "2 s", grace: "1 s" },
    });
    expect(proc(sandbox.pid, "limits")).toMatch(/^Max cpu time +8 +8 +seconds/m);
  });
});

describe.runIf(nativeSupported())("a native guest whose controller is killed", () => {
  test("is killed with it, though it never asks for anything", async () => {
    const fixture = join(import.meta.dirname, "../fixtures/native-orphan.ts");
    const controller = spawn(process.execPath, ["--import", "tsx", fixture], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [text] = (await once(controller.stdout, "data")) as [Buffer];
    const pid = Number(text.toString());
    expect(proc(pid, "status")).toMatch(/^Seccomp:\t2$/m);
    controller.kill("SIGKILL");
    await waitUntilGone(pid);
  });
});
