import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cli, MAIN } from "../cli/cli.js";

const top = mkdtempSync(join(tmpdir(), "sallyport-durable-command-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));
let count = 0;
const fresh = (): string => join(top, String(count++));
const program = (code: string): string => {
  const file = `${fresh()}.py`;
  writeFileSync(file, code);
  return file;
};

/** Kills the command `later` ms after it has printed something that matches; answers what it had printed. */
const killedAt = (args: readonly string[], pattern: RegExp, stdin = "", later = 0): Promise<string> => {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(stdin);
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    if (pattern.test(stdout)) setTimeout(() => child.kill("SIGKILL"), later);
  });
  return new Promise((resolve) => {
    child.once("close", () => resolve(stdout));
  });
};

describe("sallyport run --durable", () => {
  it("goes on where it was, and gives the result once it is done", async () => {
    const file = program(
      "import random, sys, time\nfor n in range(40):\n    print(n, random.random(), flush=True)\n    time.sleep(0.05)\nsys.exit(3)\n",
    );
    const args = ["run", "--durable", fresh(), file];
    const first = await killedAt(args, /\n3 /);
    const second = await killedAt(args, /\n1?7 /);
    const third = await cli(args);
    expect(third.code).toBe(3);
    const numbers = `${first}${second}${third.stdout}`.split("\n").filter((line) => line !== "");
    const whole = readFileSync(join(args[2] ?? "", "stdout"), "utf8");
    expect([...new Set(numbers)].join("\n")).toBe(whole.trimEnd());
    expect(numbers.length).toBeLessThanOrEqual(42);

    const again = await cli(args);
    expect(again).toEqual({ code: 3, stdout: whole, stderr: "" });
    const { stdout, status, code }: { stdout: string; status: string; code: number } = JSON.parse(
      (await cli([...args.slice(0, 1), "--json", ...args.slice(1)])).stdout,
    );
    expect({ stdout, status, code }).toEqual({ stdout: whole, status: "exit", code: 3 });
  });

  it("does not read again what it has read", async () => {
    const file = program(
      "import sys, time\nfor line in sys.stdin:\n    print(line.strip()[::-1], flush=True)\n    time.sleep(0.05)\n",
    );
    const input = Array.from({ length: 30 }, (_, n) => `line ${n}\n`).join("");
    const args = ["run", "--durable", fresh(), file];
    await killedAt(args, /4 enil/, input);
    const { code, stdout } = await cli(args, { stdin: input });
    expect(code).toBe(0);
    const whole = readFileSync(join(args[2] ?? "", "stdout"), "utf8");
    expect(whole).toBe(
      Array.from({ length: 30 }, (_, n) => `${[...`line ${n}`].reverse().join("")}\n`).join(""),
    );
    expect(whole.endsWith(stdout)).toBe(true);
  });

  it("is stopped by Ctrl-C, and goes on", async () => {
    const file = program(
      "import time\nfor n in range(30):\n    print(n, flush=True)\n    time.sleep(0.05)\n",
    );
    const args = ["run", "--durable", fresh(), file];
    let told = false;
    const first = await cli(args, {
      onOutput: (stdout, interrupt) => {
        if (told || !stdout.includes("\n3\n")) return;
        told = true;
        interrupt();
      },
    });
    expect(first).toMatchObject({ code: 130, stderr: expect.stringMatching(/goes on from here/) });
    const second = await cli(args);
    expect(second.code).toBe(0);
    expect(`${first.stdout}${second.stdout}`).toBe(Array.from({ length: 30 }, (_, n) => `${n}\n`).join(""));
  });

  it("says what is not as it was", async () => {
    const directory = fresh();
    const file = program("print(1)");
    expect((await cli(["run", "--durable", directory, file])).code).toBe(0);
    writeFileSync(file, "print(2)");
    const other = await cli(["run", "--durable", directory, "--seed", "x", file]);
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(/was begun with other options: program .*; seed \(none, now/);
  });

  it("refuses a directory that the program could change, and what cannot go along", async () => {
    const data = fresh();
    mkdirSync(data);
    const inside = await cli(["run", "--durable", join(data, "state"), "-m", `${data}:/data:rw`, "-c", "1"]);
    expect(inside).toMatchObject({ code: 2, stderr: expect.stringMatching(/which the program may change/) });
    expect(existsSync(join(data, "state"))).toBe(false);
    const save = await cli(["run", "--durable", fresh(), "--save", fresh(), "-c", "1"]);
    expect(save).toMatchObject({ code: 2, stderr: expect.stringMatching(/--save/) });
  });

  it("lets one process have a directory at a time", async () => {
    const directory = fresh();
    const file = program("import time\nprint('up', flush=True)\ntime.sleep(60)\n");
    const child = spawn(process.execPath, [MAIN, "run", "--durable", directory, file], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    const second = await cli(["run", "--durable", directory, file]);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
    expect(second).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(new RegExp(`in use by process ${child.pid}`)),
    });
  });

  it("keeps what it writes to itself", async () => {
    const directory = fresh();
    await cli(["run", "--durable", directory, "-c", "print(1)"]);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory, "journal-0")).mode & 0o777).toBe(0o600);
    expect(existsSync(join(directory, "lock"))).toBe(false);
  });

  it("stops where a mounted directory is not as the program left it", async () => {
    const data = fresh();
    mkdirSync(data);
    const file = program(
      "import time\nlog = open('/data/log', 'w')\nlog.write('x' * 100)\nlog.flush()\nprint('written', flush=True)\ntime.sleep(20)\n",
    );
    const args = ["run", "--durable", fresh(), "-m", `${data}:/data:rw`, file];
    // It sleeps by then: that is what is gone on with.
    await killedAt(args, /written/, "", 200);
    writeFileSync(join(data, "log"), "short");
    const shorter = await cli(args);
    expect(shorter).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/"\/data\/log" has 5 bytes, where the guest left at least 100/),
    });
    rmSync(join(data, "log"));
    const gone = await cli(args);
    expect(gone).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/"\/data\/log" is not there any more/),
    });
  });

  it("takes a new file for none that had its number before", async () => {
    const data = fresh();
    mkdirSync(data);
    // Most file systems give the number of a file that is gone to the next one. (open() would ask how large it is.)
    const file = program(
      "import os, time\nopen('/data/old', 'w').write('x' * 10000)\nos.unlink('/data/old')\n" +
        "new = os.open('/data/new', os.O_CREAT | os.O_RDWR)\nprint('made', flush=True)\ntime.sleep(2)\n" +
        "os.write(new, b'written')\nprint('done')\n",
    );
    const args = ["run", "--durable", fresh(), "-m", `${data}:/data:rw`, file];
    await killedAt(args, /made/, "", 200);
    expect(await cli(args)).toMatchObject({ code: 0, stdout: expect.stringContaining("done"), stderr: "" });
    expect(readFileSync(join(data, "new"), "utf8")).toBe("written");
  });

  it("counts the time that it had before", async () => {
    const file = program(
      "import time\nfor n in range(200):\n    print(n, flush=True)\n    time.sleep(0.05)\n",
    );
    const args = ["run", "--durable", fresh(), "--timeout", "1.5s", file];
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "ignore"] });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    await new Promise((resolve) => setTimeout(resolve, 800));
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
    const result = await cli([...args.slice(0, 1), "--json", ...args.slice(1)]);
    expect(result.code).toBe(124);
    const { status, limit, stdout }: { status: string; limit: string; stdout: string } = JSON.parse(
      result.stdout,
    );
    expect({ status, limit }).toEqual({ status: "timeout", limit: "wall" });
    // In 1.5 s it cannot sleep more often, however often it is begun again.
    expect(stdout.trimEnd().split("\n").length).toBeLessThan(36);
    const again = await cli(args);
    expect(again.code).toBe(124);
  });
});
