import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { onEachEngine } from "../engines.js";
import { type CliOptions, cli, ROOT } from "./cli.js";

onEachEngine("sallyport run", (engine) => {
  let work: string;
  beforeAll(() => {
    work = mkdtempSync(join(tmpdir(), "sallyport-cli-"));
    writeFileSync(join(work, "args.py"), "import sys\nprint(sys.argv, __name__, __file__)\n");
    mkdirSync(join(work, "data"));
    writeFileSync(join(work, "data", "a.txt"), "hello");
  });
  afterAll(() => rmSync(work, { recursive: true }));

  const run = (args: readonly string[], options: CliOptions = {}) =>
    cli(["run", "--engine", engine, ...args], { cwd: work, ...options });

  it("runs a file, stdin, and code, with arguments", async () => {
    expect(await run(["args.py", "-x", "--json", "b"])).toEqual({
      code: 0,
      stdout: "['args.py', '-x', '--json', 'b'] __main__ args.py\n",
      stderr: "",
    });
    expect((await run(["-", "a"], { stdin: "import sys; print(sys.argv)" })).stdout).toBe(
      "['<stdin>', 'a']\n",
    );
    expect((await run(["-c", "import sys; print(sys.argv[1:])", "a", "b"])).stdout).toBe("['a', 'b']\n");
  });

  it("passes stdin, stdout and stderr on, byte for byte", async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const code = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()); sys.stderr.write('e')";
    const ended = await run(["--trace", "trace.json", "-c", `${code}; sys.exit(3)`], { stdin: bytes });
    expect(ended).toMatchObject({ code: 3, stderr: "e" });
    expect(Buffer.from(ended.stdout).length).toBeGreaterThan(0);
    const lines = readFileSync(join(work, "trace.json"), "utf8").trim().split("\n");
    const operations = lines.map((line): unknown => JSON.parse(line));
    expect(operations).toContainEqual(
      expect.objectContaining({ operation: "write", duration: expect.any(Number) }),
    );
    expect((await run(["--stdin", "data/a.txt", "-c", "print(input())"])).stdout).toBe("hello\n");
  });

  it("mounts directories and files, read-only unless told otherwise", async () => {
    const reading = "print(open('/d/a.txt').read())";
    expect((await run(["-m", "data:/d", "-c", reading])).stdout).toBe("hello\n");
    expect((await run(["-m", "data/a.txt:/d/a.txt", "-c", reading])).stdout).toBe("hello\n");
    const writing = "open('/d/b.txt', 'w').write('x')";
    expect(await run(["-m", "data:/d", "-c", writing])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Read-only file system"),
    });
    expect((await run(["-m", "data:/d:cow", "-c", writing])).code).toBe(0);
    expect(() => readFileSync(join(work, "data", "b.txt"))).toThrow("ENOENT");
    expect((await run(["-m", "data:/d:rw", "-c", writing])).code).toBe(0);
    expect(readFileSync(join(work, "data", "b.txt"), "utf8")).toBe("x");
  });

  it("gives only the environment and the directory that were asked for", async () => {
    const code = "import os; print(dict(os.environ), os.getcwd())";
    expect((await run(["-e", "A=1", "-e", "B=x=y", "--cwd", "/tmp", "-c", code])).stdout).toBe(
      "{'A': '1', 'B': 'x=y'} /tmp\n",
    );
  });

  it("keeps rules on files, and is the same in every run on request", async () => {
    const reading = "for name in ('a.txt',): print(open('/d/' + name).read())";
    expect(await run(["-m", "data:/d", "--deny", "**/*.txt", "-c", reading])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("PermissionError"),
    });
    const draw = ["--deterministic", "-c", "import random, time; print(random.random(), time.time())"];
    expect((await run(draw)).stdout).toBe((await run(draw)).stdout);
    const zone = ["--timezone", "Europe/Berlin", "-c", "import time; print(time.tzname[0])"];
    expect((await run(zone)).stdout).toBe("CET\n");
  });

  it("runs again when its program changes", async () => {
    writeFileSync(join(work, "watched.py"), "print('first')\n");
    let stage = 0;
    const ended = await run(["--watch", "watched.py"], {
      onOutput: (_stdout, interrupt, stderr) => {
        if (stage === 0 && stderr.includes("exit code 0; waiting")) {
          stage = 1;
          writeFileSync(join(work, "watched.py"), "print('second')\nimport sys; sys.exit(5)\n");
        } else if (stage === 1 && stderr.includes("exit code 5; waiting")) {
          stage = 2;
          rmSync(join(work, "watched.py"));
        } else if (stage === 2 && stderr.includes("exit code 2; waiting")) {
          stage = 3;
          // As editors do it: another file takes its place.
          writeFileSync(join(work, "other"), "print('third')\nimport sys; sys.exit(6)\n");
          renameSync(join(work, "other"), join(work, "watched.py"));
        } else if (stage === 3 && stderr.includes("exit code 6; waiting")) {
          stage = 4;
          interrupt();
        }
      },
    });
    expect(ended.stdout).toContain("first\nsecond\nthird\n");
    expect(ended.stderr).toContain('cannot read "watched.py"');
    expect(ended.stderr).toContain("waiting for changes of watched.py");
  });

  it("prints tracebacks as python does, and exits with 1", async () => {
    const ended = await run(["-c", "def f():\n    1/0\nf()"]);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('File "-c", line 2, in f');
    expect(ended.stderr.trimEnd().endsWith("ZeroDivisionError: division by zero")).toBe(true);
  });

  it("says which limit ended it, with its value", async () => {
    expect(await run(["--timeout", "300ms", "-c", "import time; time.sleep(60)"])).toMatchObject({
      code: 124,
      stderr: expect.stringContaining("sallyport: The time limit of 300 ms was reached"),
    });
    expect(await run(["--cpu", "0.3", "-c", "while True: pass"])).toMatchObject({
      code: 124,
      stderr: expect.stringContaining("sallyport: The CPU time limit of 300 ms was reached"),
    });
    const flood = await run(["--max-output", "1000", "-c", "while True: print('x' * 99)"]);
    expect(flood).toMatchObject({
      code: 137,
      stderr: expect.stringContaining("sallyport: The output limit of 1000 B was reached"),
    });
    expect(flood.stdout).toHaveLength(1000);
    const hungry = await run(["--memory", "100M", "-c", "bytearray(10**9)"]);
    expect(hungry).toMatchObject({ code: 137, stderr: expect.stringContaining("MemoryError") });
  });

  it("prints the outcome as one JSON object", async () => {
    const ended = await run([
      "--json",
      "-c",
      "import sys; print('out'); print('err', file=sys.stderr); sys.exit(4)",
    ]);
    expect(ended).toMatchObject({ code: 4, stderr: "" });
    expect(JSON.parse(ended.stdout)).toMatchObject({
      status: "exit",
      code: 4,
      stdout: "out\n",
      stderr: "err\n",
      usage: { operations: expect.any(Object), cpu: expect.any(Number) },
    });
  });

  it("interrupts on Ctrl-C, and kills on the second", async () => {
    const polite =
      "import time\ntry:\n    print('ready', flush=True)\n    time.sleep(60)\nfinally: print('cleaned up')";
    let sent = false;
    const once = await run(["-c", polite], {
      onOutput: (_stdout, interrupt) => {
        if (!sent) interrupt();
        sent = true;
      },
    });
    expect(once).toMatchObject({ code: 130, stdout: "ready\ncleaned up\n" });
    expect(once.stderr).toContain("KeyboardInterrupt");
    const stubborn =
      "while True:\n    try:\n        print('ready', flush=True)\n        while True: pass\n    except BaseException: print('no', flush=True)";
    let count = 0;
    const twice = await run(["-c", stubborn], {
      onOutput: (stdout, interrupt) => {
        if ((count === 0 && stdout.includes("ready")) || (count === 1 && stdout.includes("no"))) {
          count++;
          interrupt();
        }
      },
    });
    expect(twice.code).toBe(137);
  });

  it("reads a config file, which the command line overrides", async () => {
    writeFileSync(
      join(work, "sallyport.config.json"),
      JSON.stringify({
        mounts: { "/c": "data" },
        env: { A: "config", B: "config" },
        limits: { wall: "20 s" },
      }),
    );
    try {
      const code = "import os; print(open('/c/a.txt').read(), os.environ['A'], os.environ['B'])";
      expect((await run(["-e", "A=flag", "-c", code])).stdout).toBe("hello flag config\n");
      expect((await run(["--no-config", "-c", "import os; print(len(os.environ))"])).stdout).toBe("0\n");
    } finally {
      rmSync(join(work, "sallyport.config.json"));
    }
  });

  it("runs the report", async () => {
    const report = ["--mount", "examples/report/data:/data:ro", "examples/report/report.py"];
    const { code, stdout, stderr } = await run(report, { cwd: ROOT });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("10,000 reports to the FAA");
    expect(stdout).toContain("CRC-32 3d7888a7");
    expect(stdout).toMatch(/read \/etc\/passwd\s+made up by the sandbox: root nobody sandbox/);
    expect(stdout).toMatch(/the environment\s+empty/);
    expect(stdout).toMatch(/the network\s+PermissionError/);
    expect(stdout).toMatch(/write to \/data\s+OSError: \[Errno 30\]/);
  });
});
