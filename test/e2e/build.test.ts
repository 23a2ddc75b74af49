import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Sandbox, wasi } from "../../src/index.js";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const cli = join(root, "dist/bundle/sallyport.js");
/** Where test/third-party/tools.sh put wasm2c, clang and ld.lld; in vain where the PATH has good ones. */
const tools = join(process.env["SALLYPORT_TOOLS"] ?? join(homedir(), ".cache/sallyport/tools"), "bin");
const env = { ...process.env, PATH: [tools, process.env["PATH"]].join(delimiter) };
const quickjs = join(root, "test/third-party/programs/quickjs.wasm");

describe("sallyport build", () => {
  let folder = "";
  let program = "";

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sallyport-build-"));
    program = join(folder, "qjs");
    await run(process.execPath, [cli, "build", quickjs, "-o", program], { env });
  }, 600_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("makes an executable that runs as the WebAssembly does", async () => {
    await using sandbox = await Sandbox.create({ guest: wasi(program) });
    const code = "let s = 0; for (let i = 0; i < 1e6; i++) s += i; console.log(s)";
    const result = await sandbox.exec(["-e", code]);
    expect(result).toMatchObject({ ok: true, stdout: "499999500000\n", stderr: "" });
    const { stdout } = await run(process.execPath, [cli, "exec", program, "-e", "console.log(6 * 7)"]);
    expect(stdout).toBe("42\n");
  });

  it("confines it: a seccomp filter, and no descriptor but its two", async () => {
    await using sandbox = await Sandbox.create({ guest: wasi(program) });
    const running = sandbox.exec(["-e", "console.log('up'); for (;;);"]);
    for await (const _ of running.stdout) break;
    const children = (await readFile(`/proc/self/task/${process.pid}/children`, "utf8")).trim().split(" ");
    const states = await Promise.all(
      children.map(async (pid) => readFile(`/proc/${pid}/status`, "utf8").catch(() => "")),
    );
    const own = states.filter((text) => /^Name:\s+qjs$/m.test(text));
    expect(own).toHaveLength(1);
    expect(own[0]).toMatch(/^Seccomp:\s+2$/m);
    running.kill();
    expect((await running).status).toBe("killed");
  });

  it("says what is wrong with a program, and which tool is missing", async () => {
    const failure = (args: readonly string[], path = env.PATH): Promise<{ code?: number; stderr?: string }> =>
      run(process.execPath, [cli, "build", ...args], { env: { ...env, PATH: path } }).then(
        () => ({}),
        (error: { code: number; stderr: string }) => error,
      );
    expect(await failure([join(root, "package.json")])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("exports _start"),
    });
    expect(await failure([quickjs, "-o", join(folder, "x")], "/nothing")).toMatchObject({
      code: 125,
      stderr: expect.stringContaining("wasm2c cannot be run: install wasm2c 1.0.36 or later"),
    });
  });
});
