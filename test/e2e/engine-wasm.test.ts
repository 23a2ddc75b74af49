import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { End, GuestProcess } from "../../src/engine/engine.js";
import { wasmEngine } from "../../src/engine/wasm.js";
import { linuxErrno, wasiErrno } from "../../src/wire/errno.js";
import { sallyport } from "../../src/wire/operations.js";
import { createServer, joinServers, type Server } from "../../src/wire/serve.js";
import { wasi } from "../../src/wire/wasi-functions.js";
import { assemble, type ModuleParts, op } from "../support/modules.js";
import { noState, type SavedState, verbServer } from "../support/verbs.js";

const MEMORY = 16 * 65_536;
const WASI = "wasi_snapshot_preview1";
let directory = "";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-engine-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let files = 0;
const write = (parts: ModuleParts): string => {
  const file = join(directory, `${files++}.wasm`);
  writeFileSync(file, assemble(parts));
  return file;
};

const { proc_exit, sched_yield } = wasi;
const { clock } = sallyport;
const exits = createServer({ proc_exit }, { proc_exit: () => undefined }, { errno: wasiErrno });

const start = (parts: ModuleParts, kind: "command" | "boot", ...servers: Server[]): Promise<GuestProcess> =>
  wasmEngine().start({
    program: { kind, file: write(parts) },
    memory: MEMORY,
    serve: joinServers(exits, ...servers),
  });

const command = (code: readonly number[], extra: Partial<ModuleParts> = {}): ModuleParts => ({
  memory: [1],
  functions: [{ name: "_start", result: false, code }],
  ...extra,
});

const endOf = async (parts: ModuleParts, ...servers: Server[]): Promise<End> => {
  await using guest = await start(parts, "command", ...servers);
  return await guest.ended;
};

const FOREVER = [...op.loop, ...op.br(0), ...op.end];

test("a command runs to its end", async () => {
  expect(await endOf(command([]))).toEqual({ kind: "exit", status: 0 });
});

test("proc_exit ends it with its status", async () => {
  const imports = [{ module: WASI, name: "proc_exit", slots: "i", result: false }];
  expect(await endOf(command([...op.const(42), ...op.call(0)], { imports }))).toEqual({
    kind: "exit",
    status: 42,
  });
});

test.each([
  ["unreachable", op.unreachable],
  ["out of bounds", [...op.const(MEMORY), ...op.load, ...op.drop]],
  ["integer arithmetic", [...op.const(1), ...op.const(0), ...op.divide, ...op.drop]],
  ["stack overflow", [...op.call(0), ...op.unreachable]],
] as const)("a trap is reported: %s", async (reason, code) => {
  expect(await endOf(command(code))).toEqual({ kind: "died", reason, detail: 0n });
});

test("memory cannot grow beyond the limit", async () => {
  const imports = [{ module: WASI, name: "proc_exit", slots: "i", result: false }];
  const fits = [...op.const(15), ...op.grow, ...op.call(0)];
  const tooMuch = [...op.const(16), ...op.grow, ...op.call(0)];
  expect(await endOf(command(fits, { imports }))).toEqual({ kind: "exit", status: 1 });
  expect(await endOf(command(tooMuch, { imports }))).toMatchObject({ kind: "exit", status: 255 });
});

test("a guest that computes for ever is killed, and nothing is left", async () => {
  const guest = await start(command(FOREVER), "command");
  guest.kill("enough");
  expect(await guest.ended).toEqual({ kind: "killed", reason: "enough" });
  expect(() => process.kill(guest.pid, 0)).toThrow();
});

test("the limit of CPU time ends it without the controller", async () => {
  const file = write(command(FOREVER));
  const serve = joinServers(exits);
  const guest = await wasmEngine().start({
    program: { kind: "command", file },
    memory: MEMORY,
    cpu: 1,
    serve,
  });
  expect(await guest.ended).toEqual({ kind: "signal", signal: "SIGKILL" });
  expect(guest.cpuTime()).toBeGreaterThan(500_000_000n);
});

test.runIf(process.platform === "linux")(
  "its process has no environment, and no descriptors of ours",
  async () => {
    const opened = readFileSync("/proc/self/status");
    expect(opened.byteLength).toBeGreaterThan(0);
    await using guest = await start(command(FOREVER), "command");
    expect(readFileSync(`/proc/${guest.pid}/environ`, "utf8")).toBe("");
    const links = readdirSync(`/proc/${guest.pid}/fd`).map((fd) =>
      readlinkSync(`/proc/${guest.pid}/fd/${fd}`),
    );
    const sockets = links.filter((link) => link.startsWith("socket:"));
    expect(sockets).toHaveLength(3);
    expect(links.filter((link) => link.startsWith("/") && !link.startsWith("/dev/"))).toEqual([]);
  },
);

test("a signal reaches code that computes, by the interrupt words", async () => {
  // Six words at 64: marks from 256 on, 8 apart; is_tripped at 512; eval_breaker at 516, bit 4; 65 signals.
  const words = Buffer.alloc(24);
  for (const [index, value] of [256, 8, 512, 516, 4, 65].entries()) words.writeUInt32LE(value, 4 * index);
  const waiting = [...op.loop, ...op.const(516), ...op.load, ...op.equalsZero, ...op.brIf(0), ...op.end];
  const imports = [{ module: WASI, name: "proc_exit", slots: "i", result: false }];
  const parts = command([...waiting, ...op.const(256 + 8 * 2), ...op.load, ...op.call(0)], {
    imports,
    data: [{ at: 64, bytes: words }],
  });
  const functions = [...parts.functions, { name: "interrupt_words", result: true, code: op.const(64) }];
  await using guest = await start({ ...parts, functions }, "command");
  const repeat = setInterval(() => guest.signal("SIGINT"), 20);
  try {
    expect(await guest.ended).toEqual({ kind: "exit", status: 1 });
  } finally {
    clearInterval(repeat);
  }
});

test("an answer's signal is marked before the operation returns", async () => {
  const words = Buffer.alloc(24);
  for (const [index, value] of [256, 8, 512, 516, 4, 65].entries()) words.writeUInt32LE(value, 4 * index);
  const imports = [
    { module: WASI, name: "proc_exit", slots: "i", result: false },
    { module: WASI, name: "sched_yield", slots: "", result: true },
  ];
  const parts = command([...op.call(1), ...op.drop, ...op.const(256 + 8 * 15), ...op.load, ...op.call(0)], {
    imports,
    data: [{ at: 64, bytes: words }],
  });
  const functions = [...parts.functions, { name: "interrupt_words", result: true, code: op.const(64) }];
  const yields = createServer(
    { sched_yield },
    { sched_yield: () => undefined },
    { errno: wasiErrno, takeSignal: () => 15 },
  );
  expect(await endOf({ ...parts, functions }, yields)).toEqual({ kind: "exit", status: 1 });
});

test("state is saved, and restored in another process", async () => {
  // run() counts in a global, and keeps the count in memory, a page of its own beyond the first.
  const bump = [...op.getGlobal(0), ...op.const(1), ...op.add, ...op.setGlobal(0)];
  const keep = [...op.const(3 * 65_536), ...op.getGlobal(0), ...op.store];
  const report = [...op.const(3 * 65_536), ...op.load, ...op.const(0), ...op.call(0), ...op.drop];
  const parts: ModuleParts = {
    memory: [1],
    globals: [100],
    imports: [{ module: "sallyport", name: "clock", slots: "ii", result: true }],
    functions: [
      { name: "boot", result: true, code: [...op.const(3), ...op.grow, ...op.drop, ...op.const(0)] },
      { name: "run", result: true, code: [...bump, ...keep, ...report, ...op.const(0)] },
    ],
  };
  const session = (verbs: number[], state: SavedState) => {
    const reported: number[] = [];
    const clocks = createServer(
      { clock },
      {
        clock: ({ id }) => {
          reported.push(id);
          return { time: 0n };
        },
      },
      { errno: linuxErrno },
    );
    return { reported, servers: [clocks, verbServer(verbs, state)] };
  };
  const state = noState();
  const first = session([1, 1, 2, 1, 0], state);
  await using one = await start(parts, "boot", ...first.servers);
  expect(await one.ended).toEqual({ kind: "exit", status: 0 });
  expect(first.reported).toEqual([101, 102, 103]);
  expect(state.size).toBe(4);
  expect(state.pages.map(([address, bytes]) => [address, bytes.byteLength])).toEqual([[3n * 65_536n, 4096]]);
  const second = session([1, 1, 1, 1, 3, 1, 0], state);
  await using two = await start(parts, "boot", ...second.servers);
  expect(await two.ended).toEqual({ kind: "exit", status: 0 });
  expect(second.reported).toEqual([101, 102, 103, 104, 103]);
});

test("what cannot start says why", async () => {
  const big = command([], { memory: [17] });
  await expect(start(big, "command")).rejects.toMatchObject({
    code: "ERR_ENGINE_START",
    message: /1114112 bytes/,
  });
  const file = join(directory, "broken.wasm");
  writeFileSync(file, "no module");
  const serve = joinServers(exits);
  const broken = wasmEngine().start({ program: { kind: "command", file }, memory: MEMORY, serve });
  await expect(broken).rejects.toMatchObject({ message: /not a WebAssembly module/ });
  const missing = wasmEngine().start({
    program: { kind: "command", file: "/nowhere" },
    memory: MEMORY,
    serve,
  });
  await expect(missing).rejects.toMatchObject({ code: "ERR_ENGINE_MISSING" });
  const node = wasmEngine({ node: "/nowhere/node" }).start({
    program: { kind: "command", file },
    memory: MEMORY,
    serve,
  });
  await expect(node).rejects.toMatchObject({ code: "ERR_ENGINE_MISSING" });
});

test("a module that computes before it is asked to is given up", async () => {
  const file = write({ ...command(FOREVER), start: 0 });
  const serve = joinServers(exits);
  const program = { kind: "command", file } as const;
  const started = wasmEngine().start({ program, memory: MEMORY, serve, timeout: 3000 });
  await expect(started).rejects.toMatchObject({ code: "ERR_ENGINE_START", message: /hello within 3000 ms/ });
});

test("a module that traps while it is instantiated does not start", async () => {
  const started = start({ ...command([...op.unreachable]), start: 0 }, "command");
  await expect(started).rejects.toMatchObject({ code: "ERR_ENGINE_START" });
});

test("many small operations in a row are all served", async () => {
  // for (n = 20000; n != 0; n--) sched_yield();
  const imports = [{ module: WASI, name: "sched_yield", slots: "", result: true }];
  const count = [...op.getGlobal(0), ...op.const(-1), ...op.add, ...op.setGlobal(0)];
  const body = [
    ...op.loop,
    ...op.call(0),
    ...op.drop,
    ...count,
    ...op.getGlobal(0),
    ...op.brIf(0),
    ...op.end,
  ];
  const yields = createServer({ sched_yield }, { sched_yield: () => undefined }, { errno: wasiErrno });
  await using guest = await start(command(body, { imports, globals: [20_000] }), "command", yields);
  expect(await guest.ended).toEqual({ kind: "exit", status: 0 });
  expect(guest.requests).toBe(20_002);
});

test("starting can be aborted", async () => {
  const file = write(command(FOREVER));
  const reason = new Error("never mind");
  const started = wasmEngine().start({
    program: { kind: "command", file },
    memory: MEMORY,
    serve: joinServers(exits),
    signal: AbortSignal.abort(reason),
  });
  await expect(started).rejects.toBe(reason);
});
