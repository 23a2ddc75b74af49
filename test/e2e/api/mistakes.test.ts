/** What newcomers do wrong most often, and what they read then. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  defineFunction,
  directory,
  type FunctionOptions,
  memory,
  Pool,
  SallyportError,
  Sandbox,
} from "../../../src/index.js";

/** As a program without types would have it. */
const untyped = <T>(value: unknown): T => value as T;

const saidOf = async (action: () => unknown): Promise<string> => {
  try {
    await action();
  } catch (error) {
    if (error instanceof SallyportError || error instanceof TypeError) return error.message;
    throw error;
  }
  return "nothing";
};

describe("mistakes", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await Sandbox.create();
  });
  afterAll(() => sandbox.close());

  it.each<[string, unknown, string]>([
    ["an option's name", { mount: {} }, "mount: there is no such option (did you mean mounts?); there are"],
    [
      "a limit for an option",
      { timeout: 5 },
      'timeout: there is no such option (did you mean limits: { wall: "5 s" }?)',
    ],
    [
      "a limit's name",
      { limits: { memroy: 1 } },
      "limits.memroy: there is no such limit (did you mean memory?)",
    ],
    [
      "a unit",
      { limits: { memory: "256 megs" } },
      'limits.memory: "256 megs" is no size: give bytes as a number',
    ],
    ["a duration", { limits: { cpu: Number.NaN } }, "limits.cpu: NaN is no duration: give milliseconds"],
    ["too little memory", { limits: { memory: "1 MiB" } }, "out of range: from 64 MiB to 4 GiB"],
    [
      "a path for a mount",
      { mounts: { "/d": "./d" } },
      'mounts["/d"]: is no file system: give directory("./d")',
    ],
    ["a relative mount", { mounts: { d: memory() } }, 'mounts["d"]: must be an absolute path of the guest'],
    ["a clock without a mode", { clock: { resolution: 1n } }, 'clock: must have a mode: { mode: "real" }'],
    [
      "a clock's type",
      { clock: { mode: "real", resolution: "1 us" } },
      "clock.resolution: must be a bigint of nanoseconds, such as 1_000_000n, not string",
    ],
    [
      "a clock's option",
      { clock: { mode: "real", step: 1n } },
      "clock.step: there is no such option of a real clock",
    ],
    ["a clock's range", { clock: { mode: "real", resolution: 0n } }, "clock: a clock's resolution is 1 to"],
    ["a variable's type", { env: { A: 1 } }, 'env["A"]: must be a string, not number'],
    ["a function's type", { functions: { a: { b: 1 } } }, "functions.a.b: is no function"],
    [
      "a function's name",
      { functions: { class: () => 1 } },
      "functions.class: is no name for a function in Python",
    ],
    ["an engine", { engine: "jit" }, 'engine: "jit" is none of "auto", "native", "wasm"'],
    ["a time zone", { timezone: "Mars/Phobos" }, 'timezone: there is no "Mars/Phobos": give an IANA name'],
    ["a relative directory", { cwd: "here" }, "cwd: must be an absolute path of the guest"],
    ["a missing directory", { cwd: "/nope" }, 'cwd: the guest has no directory "/nope"'],
    ["no object", null, "options: must be an object, not null"],
  ])("in Sandbox.create: %s", async (_what, options, said) => {
    expect(await saidOf(() => Sandbox.create(untyped(options)))).toContain(said);
  });

  it("in directory: what is not there, or is none", async () => {
    expect(await saidOf(() => directory("/no/such"))).toBe(
      'directory: "/no/such" cannot be mounted: there is no such directory',
    );
    expect(await saidOf(() => directory(fileURLToPath(import.meta.url)))).toContain("it is no directory");
  });

  it.each<[string, unknown, string]>([
    [
      "an option's name",
      { timeout: 5 },
      'timeout: there is no such option of a run (did you mean limits: { wall: "5 s" }?)',
    ],
    [
      "a sandbox's limit",
      { limits: { memory: 1 } },
      "limits.memory: is a limit of the sandbox, not of a run",
    ],
    ["a form of the result", { result: "json" }, 'result: "json" is none of "value", "repr", "none"'],
    [
      "a variable's name",
      { variables: { "a b": 1 } },
      'variables["a b"]: is no name for a variable in Python',
    ],
    [
      "what cannot travel",
      { variables: { f: { g: [new WeakMap()] } } },
      "variables.f.g[0]: an instance of WeakMap",
    ],
    [
      "a promise",
      { variables: { p: Promise.resolve(1) } },
      "variables.p: a Promise cannot travel: await it first",
    ],
    ["stdin", { stdin: 5 }, "stdin: must be a string, bytes, a stream, or an iterable of them, not number"],
    ["a callback", { onStdout: "print" }, "onStdout: must be a function, not string"],
    ["a signal", { signal: 5 }, "signal: must be an AbortSignal, not number"],
  ])("in run: %s", async (_what, options, said) => {
    const running = sandbox.run("1", untyped(options));
    expect(running).toBeInstanceOf(Object);
    expect(await saidOf(() => running)).toContain(said);
  });

  it("in what is to be run", async () => {
    expect(await saidOf(() => sandbox.run(untyped(42)))).toBe("code: must be a string, not number");
    expect(await saidOf(() => sandbox.runProgram(untyped({})))).toContain("{ path }, { module }, { source }");
    expect(await saidOf(() => sandbox.call(untyped("len")))).toContain('"len" is no "module:name"');
    expect(await saidOf(() => sandbox.call("math:nope"))).toContain("there is no 'math:nope' here");
    const missing = await sandbox.run("import numpy");
    expect(missing.ok ? "" : missing.error.message).toBe("No module named 'numpy'");
    const handle = await sandbox.run("[{'h': open('/dev/null')}]");
    expect(handle.ok ? "" : handle.error.message).toContain("result[0].h: ");
  });

  it("in files: names and the like", async () => {
    expect(await saidOf(() => sandbox.files.read("nope.txt"))).toBe('ENOENT: cannot read: "nope.txt"');
    expect(await saidOf(() => sandbox.files.write("/usr/lib/x", "1"))).toContain("EROFS: cannot write");
    expect(await saidOf(() => sandbox.files.write("x", untyped(5)))).toContain("data: must be a string or");
  });

  it("in pools and functions", async () => {
    expect(await saidOf(() => new Pool(untyped({ sizes: 1 })))).toContain("did you mean size?");
    expect(await saidOf(() => new Pool(untyped(undefined)))).toBe(
      "options: must be an object, not undefined",
    );
    await using pool = new Pool({ size: 1, options: untyped({ limits: { ram: 1 } }) });
    expect(await saidOf(() => pool.run("1"))).toContain(
      "No sandbox starts: limits.ram: there is no such limit",
    );
    expect(await saidOf(() => defineFunction(untyped<FunctionOptions>({ handler: () => 1 })))).toContain(
      "parameters: must be a list of names",
    );
  });

  it("after the end", async () => {
    const closed = await Sandbox.create();
    await closed.close();
    expect(await saidOf(() => closed.run("1"))).toBe("The sandbox is closed: closed by its owner");
    expect(await saidOf(() => closed.snapshot())).toContain("closed by its owner");
  });
});
