/**
 * Checks the runtime with small programs, on the flavours given: what operations do with good and bad arguments,
 * how traps, limits and a bad controller end the guest, and that it is confined.
 *
 * Usage: check.ts DIRECTORY…     each with the programs as build.sh made them
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { argv } from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { type Child, serve, start, startOnPipes } from "./controller.js";

const MEMORY = ["--memory", String(8 << 20)];
const NUMBERS = `unknown 52
count 2
size 14
args 0
one
two words
random 0
wrong 0
write 0
written 1048576
read 0
got 10000
first 6
behind 7
third 6
fault 21
fault 21
fault 21
fault 21
fault 21
vectors 28
path 37
path 52
`;

const DIGESTS = "different 0\nsha256 3128432319\nsha256 4060091821\nsha1 2845392438\nsha1 2630932637\n";
const STRINGS = "different 0\nbeyond 1\nbeyond 1\n";
/** Where the processor does the digests; elsewhere a program's own code reads within its limit. */
const HAS_SHA = /^flags\s*:.*\bsha_ni\b/m.test(readFileSync("/proc/cpuinfo", "latin1"));

let checks = 0;
const check = async (name: string, body: () => Promise<void>): Promise<void> => {
  try {
    await body();
    checks++;
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
};

type Start = typeof start;
/** On what a guest may be started. */
const STARTS: readonly (readonly [string, Start])[] = [
  ["sockets", start],
  ["pipes", startOnPipes],
];

const run = (file: string, changed?: (operation: number) => Buffer | undefined, how: Start = start) =>
  serve(how(file, MEMORY), changed);

const frame = (length: number, errno: number, signal: number, zero: number, body = ""): Buffer => {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(length, 0);
  header.writeUInt16LE(errno, 4);
  header.writeUInt8(signal, 6);
  header.writeUInt8(zero, 7);
  return Buffer.concat([header, Buffer.from(body, "latin1")]);
};

/** Answers to args_sizes_get (257: two numbers) that end the guest with status 71. */
const BAD_ANSWERS: readonly (readonly [string, Buffer])[] = [
  ["too long", frame(1 << 30, 0, 0, 0)],
  ["an errno with a payload", frame(8, 5, 0, 0, "12345678")],
  ["no such signal", frame(8, 0, 64, 0, "12345678")],
  ["a byte that must be zero", frame(8, 0, 0, 1, "12345678")],
  ["too short", frame(4, 0, 0, 0, "1234")],
  ["too much", frame(12, 0, 0, 0, "123456789012")],
  ["more than it says", frame(8, 0, 0, 0, "123456789")],
];

const isGone = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/stat`, "latin1").includes(") Z ");
  } catch {
    return true;
  }
};

/** Waits until a guest is confined; gives its process id. */
const confinement = async ({ process: { pid = 0 } }: Child): Promise<number> => {
  while (!readFileSync(`/proc/${pid}/status`, "latin1").includes("Seccomp:\t2")) await pause(5);
  return pid;
};

/** Descriptor 2 of a guest on pipes is the pipe that descriptor 0 is, open without waiting, and only where it is of use. */
const looking = async (directory: string): Promise<void> => {
  const spin = join(directory, "spin");
  for (const [alone, child] of [
    [availableParallelism() === 1, startOnPipes(spin, MEMORY)],
    [true, startOnPipes("taskset", ["-c", firstProcessor(), spin, ...MEMORY])],
  ] as const) {
    const end = serve(child);
    const pid = await confinement(child);
    const open = (fd: number): string => readlinkSync(`/proc/${pid}/fd/${fd}`);
    assert.deepEqual(readdirSync(`/proc/${pid}/fd`).sort(), alone ? ["0", "1"] : ["0", "1", "2"]);
    if (!alone) {
      assert.equal(open(2), open(0));
      assert.notEqual(open(2), open(1));
      // O_RDONLY | O_NONBLOCK | O_LARGEFILE, or without the last.
      assert.match(readFileSync(`/proc/${pid}/fdinfo/2`, "latin1"), /^flags:\t0(10)?4000$/m);
    }
    process.kill(pid, "SIGKILL");
    await end;
  }
};

const firstProcessor = (): string =>
  /^Cpus_allowed_list:\t(\d+)/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1] ?? "0";

const confined = async (directory: string): Promise<void> => {
  const child = start(join(directory, "spin"), MEMORY);
  const end = serve(child);
  const pid = await confinement(child);
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  assert.match(status, /NoNewPrivs:\t1/);
  assert.match(status, /Threads:\t1\n/);
  assert.deepEqual(readdirSync(`/proc/${pid}/fd`).sort(), ["0", "1"]);
  const limits = readFileSync(`/proc/${pid}/limits`, "latin1");
  assert.match(limits, /Max core file size +0 +0/);
  assert.match(limits, /Max open files +0 +0/);
  assert.equal(readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", ""), "");
  process.kill(pid, "SIGKILL");
  assert.equal((await end).signal, "SIGKILL");
};

/** System calls from seccomp on, as strace sees them. */
const traced = async (directory: string, how: Start): Promise<void> => {
  const log = join(directory, "strace.log");
  const child = how("strace", ["-o", log, "-f", join(directory, "io"), ...MEMORY]);
  const { output } = await serve(child);
  assert.equal(output, NUMBERS);
  const lines = readFileSync(log, "latin1").split("\n");
  const at = lines.findIndex((line) => line.includes("SECCOMP_MODE_FILTER"));
  assert.ok(at > 0);
  const names = new Set(lines.slice(at + 1).flatMap((line) => /^\d+ +(\w+)\(/.exec(line)?.[1] ?? []));
  assert.deepEqual([...names].sort(), ["exit", "read", "write"]);
  for (const line of lines.slice(at + 1)) assert.match(line, /^$|^\d+ +(\+\+\+|exit|read\([02],|write\(1,)/);
  rmSync(log);
};

/** What the filter does with a system call: the status the program leaves with, or the signal that ends it. */
const filtered = (directory: string, number: number, argument: number): string => {
  const { status, signal } = spawnSync(join(directory, "filter"), [String(number), String(argument)], {
    input: "",
  });
  return signal ?? String(status);
};

const READ = 0;
const WRITE = 1;
const EXIT = 60;
/** exit; rt_sigreturn; and the two of user-space probes, which newer kernels serve before any filter, to no effect. */
const PASSED = new Set([EXIT, 15, 335, 336]);

/** A controller that is killed takes a spinning guest with it. */
const orphaned = async (directory: string): Promise<void> => {
  const controller = spawn(
    process.execPath,
    ["--import", "tsx", join(import.meta.dirname, "spinning.ts"), join(directory, "spin"), ...MEMORY],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const pid = await new Promise<number>((resolve) =>
    controller.stdout.once("data", (text: Buffer) => resolve(Number(text))),
  );
  while (!readFileSync(`/proc/${pid}/status`, "latin1").includes("Seccomp:\t2")) await pause(5);
  controller.kill("SIGKILL");
  for (let i = 0; i < 600 && !isGone(pid); i++) await pause(50);
  assert.ok(isGone(pid));
};

for (const directory of argv.slice(2)) {
  for (const [kind, how] of STARTS) {
    await check(`operations by ${kind}`, async () => {
      const { output, status } = await run(join(directory, "io"), undefined, how);
      assert.equal(output, NUMBERS);
      assert.equal(status, 42);
    });
  }
  await check("memory", async () => {
    const { output, status } = await run(join(directory, "memory"));
    assert.equal(output, "pages 128\nsize 128\nnonzero 0\nmoved wrongly 0\n");
    assert.equal(status, 0);
  });
  for (const trap of [1, 2, 3, 4, 5]) {
    await check(`trap ${trap}`, async () => {
      assert.deepEqual(await run(join(directory, `trap${trap}`)), {
        output: "before\n",
        status: 70,
        signal: null,
        died: trap,
      });
    });
  }
  for (const [program, wanted] of [
    ["digests", DIGESTS],
    ["digests-portable", DIGESTS],
    ["strings", STRINGS],
    ["strings-portable", STRINGS],
  ] as const) {
    await check(program, async () => {
      const { output, status } = await run(join(directory, program));
      assert.equal(output, wanted);
      assert.equal(status, 0);
    });
  }
  for (const beyond of [1, 2, 3, 4]) {
    await check(`a search beyond memory ${beyond}`, async () => {
      assert.deepEqual(await run(join(directory, `strings-beyond${beyond}`)), {
        output: STRINGS,
        status: 70,
        signal: null,
        died: 2,
      });
    });
  }
  for (const beyond of HAS_SHA ? [1, 2, 3, 4] : []) {
    await check(`a digest beyond memory ${beyond}`, async () => {
      assert.deepEqual(await run(join(directory, `beyond${beyond}`)), {
        output: DIGESTS,
        status: 70,
        signal: null,
        died: 2,
      });
    });
  }
  for (const [what, bytes] of BAD_ANSWERS) {
    for (const [kind, how] of STARTS) {
      await check(`an answer by ${kind} that is ${what}`, async () => {
        const bad = (operation: number): Buffer | undefined => (operation === 257 ? bytes : undefined);
        assert.equal((await run(join(directory, "io"), bad, how)).status, 71);
      });
    }
  }
  for (const [kind, how] of STARTS) {
    await check(`a controller that goes, by ${kind}`, async () => {
      const child = how(join(directory, "io"), MEMORY);
      const end = serve(child, () => {
        child.stdin.end();
        return Buffer.alloc(0);
      });
      assert.equal((await end).status, 72);
    });
  }
  await check("the hard CPU limit", async () => {
    const { signal } = await serve(start(join(directory, "spin"), [...MEMORY, "--cpu", "1"]));
    assert.equal(signal, "SIGKILL");
  });
  await check("confinement", () => confined(directory));
  await check("looking", () => looking(directory));
  await check("the filter", async () => {
    assert.equal(filtered(directory, READ, 0), "42");
    assert.equal(filtered(directory, READ, 2), "42");
    assert.equal(filtered(directory, WRITE, 1), "42");
    assert.equal(filtered(directory, EXIT, 7), "7");
    for (const [number, argument] of [
      [READ, 1],
      [READ, 3],
      [READ, -1],
      [WRITE, 0],
      [WRITE, 2],
      [WRITE, -1],
    ] as const)
      assert.equal(filtered(directory, number, argument), "SIGSYS");
    // Every other call there is, the other ways to leave and read among them, and numbers of another architecture's.
    for (let number = 2; number < 480; number++)
      if (!PASSED.has(number))
        assert.equal(filtered(directory, number, 0), "SIGSYS", `system call ${number}`);
    for (const number of [0x40000000, 0x40000001, 1000, 2 ** 32])
      assert.equal(filtered(directory, number, 0), number === 2 ** 32 ? "42" : "SIGSYS");
  });
  await check("orphans", () => orphaned(directory));
  await check("bad arguments", async () => {
    for (const bad of [
      [],
      ["--memory"],
      ["--memory", "1x"],
      ["--what", "1"],
      [...MEMORY, ...MEMORY],
      ["--memory", "65536"],
    ]) {
      const { status, stderr } = spawnSync(join(directory, "io"), bad, { encoding: "utf8", input: "" });
      assert.equal(status, 64);
      assert.match(stderr, /^sallyport guest: .*\n$/);
    }
    assert.equal(spawnSync(join(directory, "io"), [...MEMORY, "--parent", "1"], { input: "" }).status, 72);
    assert.match(
      spawnSync(join(directory, "io"), ["--probe"], { encoding: "utf8" }).stdout,
      /^\{"version":1,.*\}\n$/,
    );
  });
  if (existsSync("/usr/bin/strace")) {
    for (const [kind, how] of STARTS) await check(`system calls by ${kind}`, () => traced(directory, how));
  }
}
console.log(`${checks} passed, 0 failed`);
