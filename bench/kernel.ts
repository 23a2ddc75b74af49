/**
 * What the kernel itself costs per operation, without a pipe: `npx tsx bench/kernel.ts`.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { sallyportDialect } from "../src/dialects/sallyport.js";
import { memory } from "../src/fs/memory/memory.js";
import { absentDriver } from "../src/kernel/absent-driver.js";
import { AT_FDCWD, O_CREAT, O_DIRECTORY, O_RDWR } from "../src/kernel/flags.js";
import { Kernel, type KernelOptions } from "../src/kernel/kernel.js";
import { sink, source } from "../src/kernel/stdio.js";
import { Recording } from "../src/trace/recording.js";
import { TraceWriter } from "../src/trace/writer.js";
import { Answer } from "../src/wire/answer.js";
import { HEADER_SIZE } from "../src/wire/frame.js";
import { sallyport } from "../src/wire/operations.js";
import { joinServers } from "../src/wire/serve.js";
import type { Awaitable } from "../src/wire/types.js";

const at = AT_FDCWD;

const kernelWith = (tree: Parameters<typeof memory>[0], options: Partial<KernelOptions> = {}): Kernel => {
  const kernel: Kernel = new Kernel({
    driver: absentDriver,
    mounts: new Map([["/", memory(tree)]]),
    stdio: { stdin: source("", () => kernel.wake()), stdout: sink(() => {}), stderr: sink(() => {}) },
    ...options,
  });
  return kernel;
};

const now = <T>(value: Awaitable<T>): T => {
  if (typeof value === "object" && value !== null && "then" in value) throw new Error("it had to wait");
  return value;
};

const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
};

/** CPU nanoseconds of one call, the best of several rounds: other programs of the machine do not count. */
const measure = (calls: number, act: () => void): number => {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 7; round += 1) {
    const start = cpu();
    for (let call = 0; call < calls; call += 1) act();
    best = Math.min(best, (cpu() - start) / calls);
  }
  return best;
};

const report = (what: string, nanoseconds: number, unit = "ns"): void => {
  const value = unit === "ms" ? (nanoseconds / 1e6).toFixed(1) : nanoseconds.toFixed(0);
  console.log(`${what.padEnd(52)} ${value.padStart(8)} ${unit}`);
};

const small = kernelWith({ usr: { lib: { python: { "os.py": "x".repeat(4000) } } } });
const { operations: ops } = small;
report(
  "clock",
  measure(200_000, () => void ops.clock({ id: 1 })),
);
report(
  "random, 16 bytes",
  measure(100_000, () => void ops.random({ capacity: 16 })),
);
report(
  "stat /usr",
  measure(100_000, () => void ops.stat({ at, path: "/usr", flags: 0 })),
);
report(
  "stat /usr/lib/python/os.py",
  measure(100_000, () => void ops.stat({ at, path: "/usr/lib/python/os.py", flags: 0 })),
);
report(
  "stat of what is not there",
  measure(50_000, () => {
    try {
      now(ops.stat({ at, path: "/usr/lib/python/none.py", flags: 0 }));
    } catch {
      // ENOENT, as it should be.
    }
  }),
);
report(
  "open, read 4000 bytes, close",
  measure(30_000, () => {
    const { fd } = now(ops.open({ at, path: "/usr/lib/python/os.py", flags: 0, mode: 0 }));
    now(ops.read({ fd, capacity: 65_536 }));
    now(ops.close({ fd }));
  }),
);
const { fd: file } = now(ops.open({ at, path: "/data", flags: O_CREAT | O_RDWR, mode: 0o600 }));
const page = new Uint8Array(4096);
report(
  "pwrite of 4096 bytes",
  measure(50_000, () => void ops.pwrite({ fd: file, data: page, offset: 0n })),
);
report(
  "pread of 4096 bytes",
  measure(50_000, () => void ops.pread({ fd: file, capacity: 4096, offset: 0n })),
);

const serve = joinServers(sallyportDialect(small));
const answer = new Answer({ send: () => {} });
const frame = Buffer.alloc(HEADER_SIZE + 4);
frame.writeUInt32LE(1, HEADER_SIZE);
const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
const request = {
  number: sallyport.clock.number,
  bytes: frame,
  view,
  start: HEADER_SIZE,
  end: HEADER_SIZE + 4,
};
report(
  "clock, from frame to frame",
  measure(200_000, () => {
    answer.begin();
    void serve(request, answer);
  }),
);

const traceFile = join(mkdtempSync(join(tmpdir(), "sallyport-bench-")), "trace");
const writer = new TraceWriter(traceFile, {
  program: "python",
  memory: 0,
  image: "",
  code: "",
  engine: "native",
});
const recorded = new Recording(writer).serve(serve);
report(
  "clock, from frame to frame, recorded in a trace",
  measure(200_000, () => {
    answer.begin();
    void recorded(request, answer);
  }),
);
writer.close();
rmSync(dirname(traceFile), { recursive: true });

const intercepted = kernelWith(
  { usr: { lib: {} } },
  { intercept: { "*": (_op, next) => next() } },
).operations;
report(
  "clock, with an interceptor",
  measure(100_000, () => void intercepted.clock({ id: 1 })),
);
report(
  "stat /usr/lib, with an interceptor",
  measure(50_000, () => void intercepted.stat({ at, path: "/usr/lib", flags: 0 })),
);
const ruled = kernelWith(
  { usr: { lib: { x: "" } } },
  { files: { deny: ["/**/.env"], readonly: ["/usr"] } },
).operations;
report(
  "stat /usr/lib/x, with rules",
  measure(50_000, () => void ruled.stat({ at, path: "/usr/lib/x", flags: 0 })),
);

const tree: Record<string, string> = {};
for (let i = 0; i < 10_000; i += 1) tree[`d${i % 100}/e${i % 10}/file-${i}`] = "";
const wide = kernelWith(tree).operations;

/** Visits every file as os.walk and os.stat do. */
const walk = (path: string): number => {
  const { fd } = now(wide.open({ at, path, flags: O_DIRECTORY, mode: 0 }));
  let seen = 0;
  for (let cookie = 0n; ; ) {
    const { entries } = now(wide.readdir({ fd, cookie, capacity: 32_768 }));
    if (entries.length === 0) break;
    const buffer = Buffer.from(entries.buffer, entries.byteOffset, entries.length);
    for (let offset = 0; offset < buffer.length; ) {
      cookie = buffer.readBigUInt64LE(offset);
      const length = buffer.readUInt16LE(offset + 18);
      const name = buffer.toString("utf8", offset + 20, offset + 20 + length);
      offset += 20 + length;
      if (name === "." || name === ".." || name === "dev") continue;
      const child = path === "/" ? `/${name}` : `${path}/${name}`;
      const { stat } = now(wide.stat({ at, path: child, flags: 0 }));
      seen += (stat.mode & 0o170000) === 0o040000 ? walk(child) : 1;
    }
  }
  now(wide.close({ fd }));
  return seen;
};
report(
  "walk of 10,000 files in 1,100 directories",
  measure(1, () => {
    if (walk("/") !== 10_000) throw new Error("files are missing");
  }),
  "ms",
);
