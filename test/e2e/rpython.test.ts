import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { marshal } from "../../src/dialects/rpython/marshal.js";
import { type RpythonEnd, RpythonProcess } from "../../src/dialects/rpython/process.js";
import { memory } from "../../src/fs/memory/memory.js";
import { absentDriver } from "../../src/kernel/absent-driver.js";
import { Kernel } from "../../src/kernel/kernel.js";
import { sink, source } from "../../src/kernel/stdio.js";

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

interface Ran {
  readonly end: RpythonEnd;
  readonly stdout: string;
  readonly stderr: string;
  readonly unknown: readonly string[];
}

/** Runs a child that is a Node script, against a deterministic kernel with /tmp in memory. */
async function run(script: string, ...args: string[]): Promise<Ran> {
  let stdout = "";
  const unknown: string[] = [];
  const text = (chunk: Uint8Array) => {
    stdout += Buffer.from(chunk).toString("utf8");
  };
  const kernel: Kernel = new Kernel({
    driver: absentDriver,
    mounts: new Map([["/tmp", memory()]]),
    cwd: "/tmp",
    env: new Map([["LANG", "C"]]),
    clock: { mode: "frozen" },
    random: { seed: 1 },
    usage: () => ({ user: 1_500_000_000n, system: 250_000_000n, peak: 0 }),
    stdio: { stdin: source("typed\n", () => kernel.wake()), stdout: sink(text), stderr: sink(text) },
  });
  const child = new RpythonProcess({
    launcher: undefined,
    executable: process.execPath,
    argv0: "/bin/pypy-c",
    args: [script, ...args],
    version: "auto",
    addressSpace: undefined,
    cpuSeconds: undefined,
    calls: kernel.operations,
    unknown: (name) => unknown.push(name),
  });
  const end = await child.ended;
  return { end, stdout, stderr: child.stderr, unknown };
}

/** The steps of a child's output; the times of /tmp, which is older than the frozen clock, left out. */
const steps = (stdout: string): unknown[] =>
  stdout
    .trim()
    .split("\n")
    .map((line): { name: string; result?: unknown } => JSON.parse(line))
    .map((step) =>
      ["stat", "lstat"].includes(step.name) && Array.isArray(step.result)
        ? { ...step, result: step.result.slice(0, 7) }
        : step,
    );

describe("version 1", () => {
  it("answers every function with the type that a translated child insists on", async () => {
    const ran = await run(fixture("rpython-every.mjs"));
    expect(ran.stderr).toBe("");
    expect(ran.end).toEqual({ kind: "exit", status: 7 });
    expect(ran.unknown).toEqual(["ll_os.ll_os_no_such_function"]);
    expect(steps(ran.stdout)).toMatchSnapshot();
  });
});

describe("version 2", () => {
  it("answers C-level calls by reading and writing the child's memory", async () => {
    const ran = await run(fixture("rpython-v2.mjs"));
    expect(ran.stderr).toBe("");
    expect(ran.end).toEqual({ kind: "exit", status: 5 });
    expect(steps(ran.stdout)).toMatchSnapshot();
  });

  it.each([
    ["unknown", /fork\(\)i is not allowed/],
    ["garbage", /malformed signature/],
    ["null", /null pointer/],
  ])("ends a child that asks for %s", async (what, message) => {
    const { end } = await run(fixture("rpython-v2.mjs"), what);
    expect(end.kind).toBe("protocol");
    if (end.kind === "protocol") expect(end.error.message).toMatch(message);
  });
});

describe("hostile children", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sallyport-rpython-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** A child that writes these bytes in these pieces, then waits for its end. */
  async function send(...pieces: readonly Uint8Array[]): Promise<RpythonEnd> {
    const script = join(folder, "child.mjs");
    const list = JSON.stringify(pieces.map((piece) => Buffer.from(piece).toString("base64")));
    writeFileSync(
      script,
      `for (const piece of ${list}) { process.stdout.write(Buffer.from(piece, "base64")); await new Promise((go) => setTimeout(go, 5)); }
       setTimeout(() => process.exit(9), 3000);`,
    );
    return (await run(script)).end;
  }

  const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
  const request = Buffer.concat([marshal(bytes("ll_os.ll_os_getpid")), marshal({ tuple: [] })]);

  it.each<[string, Uint8Array, RegExp]>([
    ["an unknown type code", bytes("s\x01\0\0\0at"), /unknown type code 0x74 at offset 6/],
    ["a negative length", bytes("s\xff\xff\xff\xff"), /negative length -1 at offset 1/],
    ["a name that is none", marshal(bytes("ll os\n")), /no function name/],
    ["arguments that are no tuple", Buffer.concat([marshal(bytes("x")), marshal(5n)]), /no tuple/],
    ["two requests at once", Buffer.concat([request, request]), /before the answer to the last one/],
    ["an endless tuple", Buffer.concat([marshal(bytes("x")), bytes("(\xff\xff\xff\x7f")]), /items/],
  ])("kills one that sends %s", async (_, data, message) => {
    const end = await send(data);
    expect(end.kind).toBe("protocol");
    if (end.kind === "protocol") expect(end.error.message).toMatch(message);
  });

  it("kills one that asks again before it has taken its answer", async () => {
    const script = join(folder, "deaf.mjs");
    const ask = Buffer.concat([marshal(bytes("ll_os.ll_os_urandom")), marshal({ tuple: [262_144n] })]);
    // It never reads; answers of 256 KiB do not fit the pipe.
    writeFileSync(
      script,
      `const ask = Buffer.from("${ask.toString("base64")}", "base64");
       for (let at = 0; at < 20; at += 1) {
         process.stdout.write(ask);
         await new Promise((go) => setTimeout(go, 50));
       }
       process.exit(9);`,
    );
    const { end } = await run(script);
    expect(end.kind).toBe("protocol");
    if (end.kind === "protocol")
      expect(end.error.message).toContain("the child went on before it took the last answer");
  });

  it("takes a request in any pieces", async () => {
    const leave = Buffer.concat([marshal(bytes("ll_os.ll_os__exit")), marshal({ tuple: [5n] })]);
    const pieces = [...leave].map((byte) => Uint8Array.of(byte));
    expect(await send(...pieces)).toEqual({ kind: "exit", status: 5 });
  });

  it("never fails otherwise, whatever comes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 40 }), async (data) => {
        const end = await send(Buffer.concat([Uint8Array.of(115), data]));
        expect(["protocol", "exit"]).toContain(end.kind);
      }),
      { numRuns: 5 },
    );
  }, 60_000);

  it("tells a child's memory error and other fatal ends apart", async () => {
    const script = join(folder, "fatal.mjs");
    writeFileSync(script, `console.error("Fatal RPython error: MemoryError"); process.abort();`);
    expect((await run(script)).end).toEqual({ kind: "memory", message: "Fatal RPython error: MemoryError" });
    writeFileSync(script, `console.error("Fatal RPython error: OSError"); process.abort();`);
    expect((await run(script)).end.kind).toBe("fatal");
  });
});
