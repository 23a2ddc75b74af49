import { afterAll, beforeAll, expect, it } from "vitest";
import {
  ClosedError,
  type ErrorResult,
  KilledError,
  LimitError,
  memory,
  OptionError,
  PythonError,
  type RunResult,
  Sandbox,
  unwrap,
} from "../../../src/index.js";
import { onEachEngine } from "../engines.js";

const failed = (result: RunResult): ErrorResult => {
  if (result.status !== "error") throw new Error(`expected an error, not ${result.status}`);
  return result;
};

onEachEngine("runs", (engine) => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await Sandbox.create({
      engine,
      mounts: { "/data": memory({ "in.csv": "a,b\n1,2\n", "tool.py": "import sys\nprint(sys.argv)\n" }) },
      env: { GREETING: "héllo" },
    });
  });
  afterAll(() => sandbox.close());

  it("keeps state, and answers the value of a trailing expression", async () => {
    expect(unwrap(await sandbox.run("x = 20"))).toBeUndefined();
    expect(unwrap(await sandbox.run<number>("x + 22"))).toBe(42);
    expect(await sandbox.run("x * 2").value()).toBe(40);
  });

  it("takes code that is indented as a whole", async () => {
    const value = await sandbox
      .run(`
        def double(n):
            return n * 2

        double(21)
      `)
      .value();
    expect(value).toBe(42);
  });

  it("tells type, message, traceback, file, line and source of an exception, and lives on", async () => {
    const result = failed(
      await sandbox.run("def f():\n    return {}['missing']\n\nf()", { name: "analysis.py" }),
    );
    expect(result.error).toMatchObject({
      type: "KeyError",
      qualified: "builtins:KeyError",
      message: "'missing'",
    });
    expect(result.error.frames).toMatchObject([
      { file: "analysis.py", line: 4, function: "<module>", source: "f()" },
      { file: "analysis.py", line: 2, function: "f" },
    ]);
    expect(result.error.traceback).toContain('File "analysis.py", line 2, in f');
    expect(result.error.traceback).toContain("return {}['missing']");
    expect(unwrap(await sandbox.run("1"))).toBe(1);
  });

  it("tells where a syntax error is", async () => {
    const { error } = failed(await sandbox.run("a = 1\nb = (2 +* 3)"));
    expect(error).toMatchObject({ type: "SyntaxError", syntax: { line: 2, column: 9 } });
  });

  it("keeps stdout and stderr apart, and whole", async () => {
    const result = await sandbox.run("import sys\nprint('out', end='')\nprint('€rr', file=sys.stderr)");
    expect(result).toMatchObject({ ok: true, stdout: "out", stderr: "€rr\n" });
  });

  it("measures what a run uses", async () => {
    const { usage } = await sandbox.run("open('/data/in.csv').read(); sum(range(100_000))");
    expect(usage.operations).toMatchObject({ open: 1 });
    expect(usage.wall).toBeGreaterThan(0);
    expect(usage.cpu).toBeGreaterThan(0);
    expect(usage.peakMemory).toBeGreaterThan(1_000_000);
    expect(usage.bytesOut).toBeGreaterThan(0);
  });

  it("binds variables, and reads stdin from each kind of source", async () => {
    const variables = { rows: [{ a: 1 }], name: "Ada" };
    expect(unwrap(await sandbox.run("rows[0]['a'], name", { variables }))).toEqual([1, "Ada"]);
    const code = "import sys; sys.stdin.read()";
    expect(unwrap(await sandbox.run(code, { stdin: "text" }))).toBe("text");
    expect(unwrap(await sandbox.run(code, { stdin: new TextEncoder().encode("bytes") }))).toBe("bytes");
    expect(unwrap(await sandbox.run(code, { stdin: ["it", "er", "able"] }))).toBe("iterable");
    const web = new Response("web stream").body;
    expect(unwrap(await sandbox.run(code, web === null ? {} : { stdin: web }))).toBe("web stream");
    expect(unwrap(await sandbox.run("input(), input()", { stdin: "one\ntwo\n" }))).toEqual(["one", "two"]);
    expect(unwrap(await sandbox.run(code))).toBe("");
  });

  it("runs top-level await, and asyncio programs", async () => {
    const code = "import asyncio\nasync def f(n):\n    await asyncio.sleep(0.01)\n    return n\n";
    expect(unwrap(await sandbox.run(`${code}await asyncio.gather(f(1), f(2))`))).toEqual([1, 2]);
    expect(unwrap(await sandbox.run(`${code}asyncio.run(f(3))`))).toBe(3);
  });

  it("answers a repr on request", async () => {
    expect(unwrap(await sandbox.run("{'a': (1,)}", { result: "repr" }))).toBe("{'a': (1,)}");
    expect(unwrap(await sandbox.run("None", { result: "repr" }))).toBeUndefined();
    expect(unwrap(await sandbox.run("5", { result: "none" }))).toBeUndefined();
  });

  it("tells what cannot travel, by its path", async () => {
    const { error } = failed(await sandbox.run("import sys\n{'rows': [1, {'handle': sys.stdout}]}"));
    expect(error.type).toBe("TypeError");
    expect(error.message).toContain("rows[1].handle");
  });

  it("turns sys.exit into an exit, and lives on", async () => {
    expect(await sandbox.run("import sys; sys.exit(3)")).toMatchObject({
      ok: false,
      status: "exit",
      code: 3,
    });
    expect(await sandbox.run("sys.exit()")).toMatchObject({ ok: true, status: "exit", code: 0 });
    expect(unwrap(await sandbox.run("1"))).toBe(1);
  });

  it("shows rich outputs as MIME bundles", async () => {
    const seen: unknown[] = [];
    const result = await sandbox.run(
      `
      from sallyport import display
      class Table:
          def _repr_html_(self): return "<table>"
          def _repr_png_(self): return b"\\x89PNG"
      display(Table())
      `,
      { onDisplay: (bundle) => seen.push(bundle) },
    );
    expect(result.displays).toHaveLength(1);
    expect(seen).toEqual(result.displays);
    expect(result.displays[0]?.data.get("text/html")).toBe("<table>");
    expect([...(result.displays[0]?.data.get("image/png") ?? [])]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  });

  it("calls Python functions as TypeScript ones", async () => {
    expect(await sandbox.call("operator:add", [20, 22])).toBe(42);
    const concat = sandbox.function<[string, string], string>("operator:concat");
    expect(await concat("a", "b")).toBe("ab");
    await expect(sandbox.call("json:loads", ["{"])).rejects.toThrow(PythonError);
    await expect(sandbox.call("json:loads", ["{"])).rejects.toMatchObject({
      type: "json.decoder.JSONDecodeError",
    });
    await expect(sandbox.call("no_such_module:f")).rejects.toMatchObject({ type: "LookupError" });
    await sandbox.run("async def later(x):\n    return x + 1");
    expect(await sandbox.call("__main__:later", [1])).toBe(2);
  });

  it("runs programs from files, modules and sources, each with a __main__ of its own", async () => {
    expect((await sandbox.runFile("/data/tool.py", ["a", "b"])).stdout).toBe("['/data/tool.py', 'a', 'b']\n");
    const failing = await sandbox.runProgram({ source: "import sys\nsys.exit('went wrong')" });
    expect(failing).toMatchObject({ status: "exit", code: 1, stderr: "went wrong\n" });
    const calendar = await sandbox.runProgram({ module: "calendar" }, ["2024", "2"]);
    expect(calendar.stdout).toContain("February 2024");
    const raising = failed(await sandbox.runProgram({ source: "1/0", name: "p.py" }));
    expect(raising.stderr).toContain("ZeroDivisionError");
  });

  it("runs one after the other what is asked for at once", async () => {
    await sandbox.run("log = []");
    const runs = [0, 1, 2, 3, 4].map((n) => sandbox.run(`log.append(${n}); len(log)`).value());
    expect(await Promise.all(runs)).toEqual([1, 2, 3, 4, 5]);
  });

  it("completes, checks and inspects for a REPL", async () => {
    await sandbox.run("alphabet = 'abc'");
    const { matches } = await sandbox.complete("alphabet.upp");
    expect(matches.map(({ text }) => text).join()).toContain("upper");
    expect(await sandbox.check("for x in y:\n")).toMatchObject({ state: "incomplete" });
    expect(await sandbox.check("x = 1\n")).toMatchObject({ state: "complete" });
    expect(await sandbox.check("x = = 1\n")).toMatchObject({ state: "invalid" });
    expect((await sandbox.inspect("len("))?.doc).toContain("number of items");
  });

  it("does not wait for ever for objects that tell what they have", async () => {
    await sandbox.run("class Slow:\n    def __dir__(self):\n        while True: pass\nslow = Slow()");
    await expect(sandbox.complete("slow.")).rejects.toMatchObject({ code: "ERR_LIMIT", limit: "wall" });
    expect(unwrap(await sandbox.run("1"))).toBe(1);
  });

  it("gives the environment that it was given, and no other", async () => {
    expect(unwrap(await sandbox.run("import os; dict(os.environ)"))).toEqual({ GREETING: "héllo" });
  });
});

onEachEngine("ends", (engine) => {
  it("looks for modules where PYTHONPATH says, as python does", async () => {
    await using own = await Sandbox.create({
      engine,
      mounts: {
        "/packages": memory({ "ours.py": "where = __file__", "antigravity.py": "ours = True" }),
        "/sandbox/lib": memory({ "beside.py": "where = __file__" }),
      },
      env: { PYTHONPATH: "/packages::lib" },
    });
    expect(await own.run("import beside, ours; [ours.where, beside.where]").value()).toEqual([
      "/packages/ours.py",
      "/sandbox/lib/beside.py",
    ]);
    const program = { source: "import antigravity, ours\nprint(antigravity.ours, ours.where)" };
    expect((await own.runProgram(program)).stdout).toBe("True /packages/ours.py\n");
  });

  it("runs once in a sandbox of its own", async () => {
    expect(unwrap(await Sandbox.run("1 + 1", { engine }))).toBe(2);
    expect(await Sandbox.run("open('x', 'w').write('y')", { engine, env: {} })).toMatchObject({ value: 1 });
    expect(unwrap(await Sandbox.run("import os; os.path.exists('x')", { engine }))).toBe(false);
  });

  it("says that it is closed, and why", async () => {
    const sandbox = await Sandbox.create({ engine });
    await sandbox.close();
    await expect(sandbox.run("1")).rejects.toThrow(ClosedError);
    expect(sandbox.closed).toBe("closed by its owner");
    await sandbox.close();
    const exiting = await Sandbox.create({ engine });
    expect(await exiting.run("print('bye', flush=True)\nimport os\nos._exit(7)")).toMatchObject({
      status: "exit",
      code: 7,
      stdout: "bye\n",
    });
    expect(await exiting.ended).toBe("its Python left with status 7");
    await expect(exiting.run("1")).rejects.toThrow("status 7");
  });

  it("settles what runs and what waits when it is closed or killed", async () => {
    const sandbox = await Sandbox.create({ engine });
    const running = sandbox.run("print('before', flush=True)\nwhile True: pass");
    const waiting = sandbox.run("1");
    const rejected = expect(waiting).rejects.toThrow(ClosedError);
    for await (const line of running.stdout.lines()) {
      expect(line).toBe("before");
      break;
    }
    sandbox.kill("enough");
    expect(await running).toMatchObject({ status: "killed", closed: true, stdout: "before\n" });
    await rejected;
    await expect(running.value()).rejects.toThrow(KilledError);
  });

  it("refuses options that cannot be", async () => {
    await expect(Sandbox.create({ engine, limits: { memory: "1 KiB" } })).rejects.toThrow(OptionError);
    await expect(Sandbox.create(JSON.parse('{"engine":"jit"}'))).rejects.toThrow("engine");
    const sandbox = await Sandbox.create({ engine });
    await expect(sandbox.run("1", { limits: { cpu: -5 } })).rejects.toThrow("limits.cpu");
    expect(unwrap(await sandbox.run("1"))).toBe(1);
    await sandbox.close();
  });

  it("throws limits from call", async () => {
    // However busy the machine is, it stops by itself.
    await using sandbox = await Sandbox.create({ engine, limits: { grace: "30 s" } });
    const sleeping = sandbox.call("time:sleep", [100], { limits: { wall: 100 } });
    await expect(sleeping).rejects.toThrow(LimitError);
    expect(await sandbox.call("operator:neg", [1])).toBe(-1);
  });
});
