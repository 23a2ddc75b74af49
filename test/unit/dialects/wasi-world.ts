import { wasiDialect } from "../../../src/dialects/wasi.js";
import type { FileSystem } from "../../../src/fs/filesystem.js";
import { memory } from "../../../src/fs/memory/memory.js";
import { TreeDirectory, TreeFile, TreeLink } from "../../../src/fs/tree.js";
import { absentDriver } from "../../../src/kernel/absent-driver.js";
import { EPOCH } from "../../../src/kernel/clock.js";
import { Kernel, type KernelOptions } from "../../../src/kernel/kernel.js";
import { sink, source } from "../../../src/kernel/stdio.js";
import { joinServers, type Serve } from "../../../src/wire/serve.js";
import { type WasiFunctionName, wasi } from "../../../src/wire/wasi-functions.js";
import { Frames, type Reply, type Values } from "./frames.js";

export const ALL = (1n << 30n) - 1n;
export const READ = 1n << 1n;
export const WRITE = 1n << 6n;

/** What is open, in every world, from the start. */
export const FD = {
  stdin: 0,
  stdout: 1,
  stderr: 2,
  root: 3,
  /** "/file", all rights. */
  file: 4,
  /** "/file", to read only. */
  reads: 5,
  /** "/file", to write only. */
  writes: 6,
  /** "/file" and "/dir", without rights. */
  bare: 7,
  bareDirectory: 8,
  /** "/dir". */
  dir: 9,
  /** "/ro" and a file in it. */
  ro: 10,
  roFile: 11,
  null: 12,
  /** Two stream sockets, connected; two of packets. */
  socket: 13,
  peer: 14,
  packets: 15,
  packetsPeer: 16,
  pipeRead: 17,
  pipeWrite: 18,
  /** An append-only "/log". */
  log: 19,
  closed: 99,
} as const;

export interface WasiWorld {
  readonly kernel: Kernel;
  readonly serve: Serve;
  readonly call: (name: WasiFunctionName, args: Values) => Promise<Reply>;
  readonly output: () => string;
  readonly exits: number[];
}

const fileSystems = (): ReadonlyMap<string, FileSystem> => {
  const root = memory({
    file: "hello world",
    empty: "",
    log: "",
    dir: { inner: "in", sub: {} },
    full: { entry: "x" },
    locked: new TreeFile("secret", { mode: 0o000 }),
    lockedDir: new TreeDirectory({ x: "" }, { mode: 0o000 }),
    frozen: new TreeDirectory({ x: "" }, { mode: 0o555 }),
    link: new TreeLink("file"),
    dirLink: new TreeLink("dir"),
    dangling: new TreeLink("nowhere"),
    loop: new TreeLink("loop"),
    absolute: new TreeLink("/file"),
    "dir/up": new TreeLink("../file"),
    "dir/away": new TreeLink("/file"),
  });
  const ro = memory({ file: "read me", dir: {}, link: new TreeLink("file") });
  const small = memory({}, { bytes: 4096, inodes: 2 });
  return new Map<string, FileSystem>([
    ["/", root],
    ["/ro", { kind: "memory", readOnly: true, root: () => ro.root() }],
    ["/small", small],
  ]);
};

/** A world to try every function in, always the same. */
export const wasiWorld = async (
  options: Partial<KernelOptions> = {},
  more: ReadonlyMap<string, FileSystem> = new Map(),
  wrap: (fs: FileSystem) => FileSystem = (fs) => fs,
): Promise<WasiWorld> => {
  let output = "";
  const exits: number[] = [];
  const kernel: Kernel = new Kernel({
    driver: absentDriver,
    mounts: new Map([...[...fileSystems()].map(([path, fs]) => [path, wrap(fs)] as const), ...more]),
    stdio: {
      stdin: source("typed", () => kernel.wake()),
      stdout: sink((chunk) => {
        output += Buffer.from(chunk).toString();
      }),
      stderr: sink(() => {}),
    },
    args: ["program", "one", "two words"],
    env: new Map([
      ["A", "1"],
      ["EMPTY", ""],
    ]),
    clock: { mode: "frozen", at: EPOCH },
    random: { seed: 1 },
    onExit: (status) => exits.push(status),
    ...options,
  });
  const serve = joinServers(await wasiDialect(kernel));
  const frames = new Frames(serve, 1);
  const call = (name: WasiFunctionName, args: Values): Promise<Reply> => frames.call(wasi[name], args);
  const open = async (path: string, base: bigint, oflags = 0, fdflags = 0): Promise<void> => {
    const opened = await call("path_open", { fd: FD.root, path, base, inheriting: base, oflags, fdflags });
    if (opened.errno !== "ok") throw new Error(`opening ${path}: ${opened.errno}`);
  };
  await open("file", ALL);
  await open("file", READ);
  await open("file", WRITE);
  await open("file", 0n);
  await open("dir", 0n, 2);
  await open("dir", ALL & ~WRITE & ~(1n << 8n) & ~(1n << 22n), 2);
  await open("ro", ALL & ~WRITE & ~(1n << 8n) & ~(1n << 22n), 2);
  await open("ro/file", READ | (1n << 2n) | (1n << 21n) | (1n << 23n));
  await open("dev/null", READ | WRITE);
  const ops = kernel.operations;
  await ops.socketpair({ domain: 1, type: 1, protocol: 0 });
  await ops.socketpair({ domain: 1, type: 5, protocol: 0 });
  await ops.pipe({ flags: 0 });
  await open("log", ALL & ~READ, 0, 1);
  return { kernel, serve, call, output: () => output, exits };
};
