/**
 * A long fuzz of the kernel behind its dialects: `npm run fuzz:kernel -- [seconds] [seed]`.
 *
 * A hostile guest asks for random operations with the arguments that break things: descriptors that are not open,
 * paths through links, loops and files, offsets at the ends of every range, flags of all kinds. Whatever it asks, it
 * must be answered with results or an errno, or be killed for a breach; no other error may come out, nothing may
 * wait after being interrupted, and what it holds must stay within its quotas.
 */

import { sallyportDialect } from "../src/dialects/sallyport.js";
import { wasiDialect } from "../src/dialects/wasi.js";
import { ProtocolError } from "../src/errors.js";
import type { FileSystem } from "../src/fs/filesystem.js";
import { memory } from "../src/fs/memory/memory.js";
import { overlay } from "../src/fs/overlay/overlay.js";
import { absentDriver } from "../src/kernel/absent-driver.js";
import { Exit } from "../src/kernel/ending.js";
import { Kernel } from "../src/kernel/kernel.js";
import { sink, source } from "../src/kernel/stdio.js";
import { Answer } from "../src/wire/answer.js";
import { argumentName } from "../src/wire/decode.js";
import { ERRNO } from "../src/wire/errno.js";
import { type OperationShape, sallyport } from "../src/wire/operations.js";
import { joinServers } from "../src/wire/serve.js";
import { wasi } from "../src/wire/wasi-functions.js";
import { encodeArguments, requestOf, type Value } from "../test/support/requests.js";
import { generator } from "./random.js";

const seconds = Number(process.argv[2] ?? 60);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31) >>> 0;
const { below, pick, chance } = generator(seed);

const STORAGE = 1 << 20;
const DESCRIPTORS = 32;
const FINAL = new Set(["exit", "proc_exit", "died", "proc_raise"]);
/** Asked seldom, so that there is something open. */
const CLOSING = new Set(["close", "fd_close", "fd_renumber", "dup2"]);
const RUNTIME = 16;

const operations: [string, OperationShape][] = [...Object.entries(sallyport), ...Object.entries(wasi)].filter(
  ([name, { number }]) => number >= RUNTIME && !FINAL.has(name),
);

const NAMES = [
  "a",
  "b",
  "d",
  "d/e",
  "link",
  "loop",
  "up",
  "/",
  ".",
  "..",
  "",
  "/tmp",
  "/dev/null",
  "/dev/zero",
];
const MORE = [
  "/proc/self/fd/1",
  "/dev/stdin",
  "/ro/x",
  "/cow/f",
  "a/",
  "d/..",
  "__proto__",
  "ä\u{1f600}",
  "\u202e",
  "~",
];
const path = (): string => {
  const parts = [pick(chance(3) ? MORE : NAMES)];
  while (chance(4)) parts.push(pick(chance(3) ? MORE : NAMES));
  const joined = parts.join("/");
  return chance(40) ? joined.repeat(1 + below(60)).slice(0, 4095) : joined.slice(0, 1000);
};

const NUMBERS = [
  0, 1, 2, 3, 4, 7, 8, 16, 63, 64, 65, 255, 256, 511, 0o777, 0o1000, 0o100000, 4095, 4096, 65_535, 65_536,
];
const EDGES = [
  0x7fffffff,
  0x80000000,
  0xfffffffe,
  0xffffffff,
  1 << 20,
  (1 << 20) - 1,
  0x4000,
  0x200000,
  0x80000,
];
const u32 = (): number => (chance(3) ? pick(EDGES) : chance(2) ? pick(NUMBERS) : below(2 ** 16));
const LONGS = [
  0n,
  1n,
  -1n,
  4096n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n,
  2n ** 53n - 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  10n ** 18n,
];
const i64 = (): bigint => (chance(2) ? pick(LONGS) : BigInt(below(100_000)) - 5n);

/** Flags of open(2) that make sense. */
const OPEN = [0, 1, 2, 0x42, 0x42, 0x241, 0x402, 0x442, 0xc2, 0x10000, 0x200000, 0x400002, 0x800];

const argument = (name: string, parameter: OperationShape["parameters"][string]): Value => {
  switch (parameter.kind) {
    case "i32":
      if (name === "at") return chance(3) ? below(12) : -100;
      return name === "fd" ? below(14) - 1 : u32() | 0;
    case "u32":
      if (name === "flags" && !chance(4)) return pick(OPEN);
      return name === "fd" ? below(14) : u32();
    case "i64":
      return i64();
    case "u64":
      return BigInt.asUintN(64, i64());
    case "bytes":
      if (parameter.overflow === "ENAMETOOLONG") return path();
      return Buffer.alloc(pick([0, 1, 2, 8, 16, 24, 110, 1000, 100_000]), below(256));
    case "gather":
      return Buffer.alloc(pick([0, 1, 5000, 70_000]), below(256));
    default:
      return pick([0, 1, 2, 7, 20, 24, 100, 4096, 70_000, 1 << 20]);
  }
};

const request = (shape: OperationShape): Buffer => {
  const values: Record<string, Value> = {};
  for (const [name, parameter] of Object.entries(shape.parameters)) {
    const key = argumentName(name, parameter);
    if (key !== undefined) values[key] = argument(name, parameter);
  }
  const records = below(4);
  for (const [name, parameter] of Object.entries(shape.parameters)) {
    if (parameter.kind !== "array" && parameter.kind !== "slots") continue;
    values[parameter.count] = records;
    const bytes = Buffer.alloc(records * parameter.size, below(3));
    values[argumentName(name, parameter) ?? name] = parameter.kind === "array" ? bytes : bytes.byteLength;
  }
  // A list of descriptors to wait for must be a whole number of entries, mostly.
  if ("fds" in shape.parameters && values["fds"] instanceof Uint8Array && !chance(8)) {
    const entries = Buffer.alloc(8 * below(5));
    for (let at = 0; at < entries.byteLength; at += 8)
      entries.set([below(14), 0, 0, 0, below(64), 0, 0, 0], at);
    values["fds"] = entries;
  }
  return encodeArguments(shape.parameters, values);
};

const known = new Set<number>([0, ...Object.values(ERRNO).flat()]);
const totals = { guests: 0, requests: 0, answered: 0, errnos: 0, interrupted: 0, breaches: 0 };

const fail = (what: string, error: unknown): never => {
  console.error(`${what} (seed ${seed}, guest ${totals.guests})`, error);
  process.exit(1);
};

/** One guest's life. */
const live = async (rounds: number): Promise<void> => {
  const kernel: Kernel = new Kernel({
    driver: absentDriver,
    stdio: {
      stdin: source(chance(2) ? Buffer.from("some input\n") : "", () => kernel.wake()),
      stdout: sink(() => undefined),
      stderr: sink(() => undefined),
    },
    storage: { bytes: STORAGE, inodes: 500 },
    descriptors: DESCRIPTORS,
    mounts: new Map<string, FileSystem>([
      ["/ro", memory({ x: "read me" })],
      [
        "/cow",
        overlay(memory({ f: "below", d: { g: "deep" } }), memory({}, { bytes: STORAGE, inodes: 100 })),
      ],
    ]),
    cwd: "/tmp",
    onFault: (error, operation) => fail(`${operation} failed by a bug`, error),
  });
  const serve = joinServers(sallyportDialect(kernel), await wasiDialect(kernel, [{ name: "/", path: "/" }]));
  let errno = -1;
  const answer = new Answer({
    send: (head) => {
      errno = Buffer.from(head).readUInt16LE(4);
    },
  });
  for (let round = 0; round < rounds; round++) {
    const [name, shape] = pick(operations);
    if (CLOSING.has(name) && !chance(8)) continue;
    totals.requests++;
    errno = -1;
    answer.begin();
    try {
      const promise = serve(requestOf(shape.number, request(shape)), answer);
      if (promise !== undefined) await finish(name, promise, kernel);
      if (!known.has(errno)) fail(`${name} was answered with errno ${errno}`, undefined);
      if (errno === 0) totals.answered++;
      else totals.errnos++;
    } catch (error) {
      if (error instanceof Exit) break;
      if (!(error instanceof ProtocolError)) fail(`${name} threw`, error);
      totals.breaches++;
      break;
    }
  }
  await kernel.close();
  totals.guests++;
};

/** Waits for an operation; one that waits for ever must end when it is interrupted. */
const finish = async (name: string, promise: Promise<void>, kernel: Kernel): Promise<void> => {
  let done = false;
  const watched = promise.finally(() => {
    done = true;
  });
  watched.catch(() => undefined);
  for (let turn = 0; !done && turn < 200; turn++) {
    await new Promise(setImmediate);
    if (turn >= 3 && !done && kernel.interrupt(2)) totals.interrupted++;
  }
  if (!done) {
    const late = setTimeout(() => fail(`${name} does not end`, undefined), 10_000);
    await watched.catch(() => undefined);
    clearTimeout(late);
  }
  await watched;
};

const begun = Date.now();
while (Date.now() - begun < seconds * 1000) await live(200 + below(2000));
console.log(totals);
console.log(`${Math.round((Date.now() - begun) / 1000)} s, seed ${seed}, no failure`);
