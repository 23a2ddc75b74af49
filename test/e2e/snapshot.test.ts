import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { EngineName } from "../../src/engine/engine.js";
import { SnapshotError } from "../../src/errors.js";
import { directory } from "../../src/fs/directory/directory.js";
import { memory } from "../../src/fs/memory/memory.js";
import { proxy } from "../../src/functions/proxy.js";
import { Sandbox } from "../../src/sandbox.js";
import { Snapshot } from "../../src/snapshot/snapshot.js";
import { BACKGROUND, GOES_ON } from "../support/background.js";
import { ENGINES, onEachEngine } from "./engines.js";

const folder = mkdtempSync(join(tmpdir(), "sallyport-snapshot-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A state with something of everything that must come back. */
const PREPARE = `
import asyncio, os, random, re, socket, sqlite3, sys, time

numbers = [{"n": n, "s": str(n)} for n in range(2000)]
random.seed(20)
random.random()
database = sqlite3.connect(":memory:")
database.execute("create table t (a)")
database.executemany("insert into t values (?)", [(n,) for n in range(100)])
file = open("/tmp/file", "w+")
file.write("hello world")
file.flush()
file.seek(6)
gone = open("/tmp/gone", "w+")
gone.write("still here")
gone.flush()
gone.seek(0)
os.unlink("/tmp/gone")
reading, writing = os.pipe()
os.write(writing, b"in the pipe")
os.makedirs("/sandbox/work", exist_ok=True)
os.chdir("/sandbox/work")
os.umask(0o027)
pattern = re.compile(r"(\\w+) (\\w+)")
generator = (n * n for n in range(10))
next(generator)
began = time.monotonic()
${BACKGROUND}
left, right = socket.socketpair()
left.send(b"in the pair")
await asyncio.sleep(0.01)
`;

/** Looks at all of it. */
const LOOK = `
${GOES_ON}
(
    random.random(), sum(n["n"] for n in numbers), database.execute("select sum(a) from t").fetchone()[0],
    file.read(), gone.read(), os.read(reading, 100), os.getcwd(), os.umask(0o027), pattern.match("a b").groups(),
    re.compile(r"(\\w+) (\\w+)") is pattern, answered, right.recv(100),
    next(generator), time.monotonic() >= began, len(ticks) > before, sorted(os.listdir("/tmp")), __name__,
)
`;

const look = async (sandbox: Sandbox): Promise<string> => {
  const result = await sandbox.run<string>(LOOK, { result: "repr" });
  return result.status === "ok" ? result.value : `${result.status}: ${JSON.stringify(result)}`;
};

const EXPECTED =
  "(0.6862541570267026, 1999000, 4950, 'world', 'still here', b'in the pipe', '/sandbox/work', 23, ('a', 'b'), True, b'HELLO\\n', b'in the pair', 1, True, True, ['file'], '__main__')";

onEachEngine("a snapshot", (engine) => {
  test("is the whole state, restored any number of times", async () => {
    await using sandbox = await Sandbox.create({ engine });
    expect((await sandbox.run(PREPARE)).status).toBe("ok");
    const snapshot = await sandbox.snapshot();
    const file = join(folder, `${engine}.sally`);
    await snapshot.save(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const seen = [await look(sandbox)];
    for (const source of [snapshot, await Snapshot.load(file)]) {
      await using restored = await Sandbox.restore(source, { engine });
      seen.push(await look(restored));
    }
    expect(seen[0]?.replace(/^\([^,]*/, "(…")).toBe(EXPECTED.replace(/^\([^,]*/, "(…"));
    expect(new Set(seen).size).toBe(1);
  });

  test("of a sandbox that has run nothing yet is one, too", async () => {
    await using sandbox = await Sandbox.create({ engine, env: { A: "1" } });
    const snapshot = await sandbox.snapshot();
    expect(snapshot.size).toBeLessThan(1 << 20);
    await using restored = await Sandbox.restore(snapshot, { engine, env: { A: "2" } });
    expect(await restored.run("import os; os.environ['A']")).toMatchObject({ status: "ok", value: "2" });
  });

  test("forks go their own ways, with the host's functions", async () => {
    const calls: unknown[] = [];
    const tell = (value: unknown) => {
      calls.push(value);
      return calls.length;
    };
    await using sandbox = await Sandbox.create({
      engine,
      functions: { tell },
      mounts: { "/data": memory({ a: "1" }) },
    });
    await sandbox.run("x = [1]; tell('before')");
    const copies = await sandbox.fork(2);
    for (const [index, copy] of copies.entries()) {
      const ran = await copy.run(
        `x.append(${index}); tell(x); open('/data/a', 'a').write('${index}'); open('/data/a').read()`,
      );
      expect(ran).toMatchObject({ status: "ok", value: `1${index}` });
    }
    await Promise.all(copies.map((copy) => copy.close()));
    expect(calls).toEqual(["before", [1, 0], [1, 1]]);
    expect(await sandbox.run("x, open('/data/a').read()", { result: "repr" })).toMatchObject({
      value: "([1], '1')",
    });
  });
});

describe.runIf(ENGINES.length === 2)("a snapshot of one engine goes on in the other", () => {
  test.each<[EngineName, EngineName]>([
    ["native", "wasm"],
    ["wasm", "native"],
  ])("%s, then %s", async (from, to) => {
    await using sandbox = await Sandbox.create({ engine: from });
    await sandbox.run(PREPARE);
    const bytes = await (await sandbox.snapshot()).bytes();
    const before = await look(sandbox);
    await using restored = await Sandbox.restore(await Snapshot.decode(bytes), { engine: to });
    expect(await look(restored)).toBe(before);
  });
});

describe("a hundred megabytes of objects", () => {
  /** Reads all of it, and changes some. */
  const READ = `
import hashlib
digest = hashlib.sha256()
for at in range(0, len(data), 1000):
    digest.update(repr(data[at]).encode())
seen = (len(data), sum(one["id"] for one in data), sum(len(one["list"]) for one in data), data[5]["list"] is shared, digest.hexdigest())
data[4000] = {"id": 1, "list": shared}
seen`;

  test("go from one engine to the other and back", { timeout: 120_000 }, async () => {
    const limits = { memory: "512MiB" } as const;
    const sandboxes = [await Sandbox.create({ limits, ...engineOf(0) })];
    try {
      await sandboxes[0]?.run(`
        shared = [0] * 10
        data = [{"id": n, "name": f"name {n}", "list": shared if n % 5 == 0 else [n] * 10} for n in range(500_000)]`);
      const seen: unknown[] = [];
      for (let turn = 1; turn <= 2; turn++) {
        const before = sandboxes[turn - 1];
        const snapshot = await before?.snapshot();
        if (before === undefined || snapshot === undefined) throw new Error("no sandbox");
        expect(snapshot.size).toBeGreaterThan(100 * 2 ** 20);
        const bytes = await snapshot.bytes();
        seen.push(await before.run(READ, { result: "repr" }).value());
        const after = await Sandbox.restore(await Snapshot.decode(bytes), { limits, ...engineOf(turn) });
        sandboxes.push(after);
        seen.push(await after.run(READ, { result: "repr" }).value());
      }
      expect(seen[0]).toBe(seen[1]);
      expect(seen[2]).toBe(seen[3]);
      expect(seen[2]).not.toBe(seen[0]);
    } finally {
      await Promise.all(sandboxes.map((sandbox) => sandbox.close()));
    }
  });

  test("are shared by forks, whose snapshots and forks are whole all the same", {
    timeout: 120_000,
  }, async () => {
    const limits = { memory: "512MiB" } as const;
    const before = openFiles();
    const others = new Set(leftFiles());
    await using sandbox = await Sandbox.create({ limits, ...engineOf(0) });
    await sandbox.run("data = [[n, str(n)] for n in range(200_000)]; first = data[0]");
    const copies = await sandbox.fork(3);
    try {
      await Promise.all(
        copies.map((copy, index) => copy.run(`data[7] = "copy ${index}"; data[-1].append(${index})`)),
      );
      const [copy] = copies;
      const [again] = (await copy?.fork()) ?? [];
      if (copy === undefined || again === undefined) throw new Error("no copy");
      copies.push(again);
      const bytes = await (await again.snapshot()).bytes();
      const look =
        "(len(data), data[7], data[-1], data[0] is first, sum(n[0] for n in data if n != data[7]), len({n[1] for n in data}))";
      const expected = "(200000, 'copy 0', [199999, '199999', 0], True, 19999899993, 200000)";
      for (const engine of ENGINES) {
        await using restored = await Sandbox.restore(await Snapshot.decode(bytes), { limits, engine });
        expect(await restored.run(look, { result: "repr" }).value()).toBe(expected);
      }
      expect(await again.run(look, { result: "repr" }).value()).toBe(expected);
      expect(await copies[2]?.run("data[7], data[-1]", { result: "repr" }).value()).toBe(
        "('copy 2', [199999, '199999', 2])",
      );
      expect(await sandbox.run("data[7], data[-1]", { result: "repr" }).value()).toBe(
        "([7, '7'], [199999, '199999'])",
      );
    } finally {
      await Promise.all(copies.map((copy) => copy.close()));
    }
    expect(openFiles()).toBeLessThanOrEqual(before + 8);
    // Other processes may have theirs at the same time; one of ours would stay.
    const left = leftFiles().filter((path) => !others.has(path));
    await expect.poll(() => left.filter((path) => existsSync(path)), { timeout: 20_000 }).toEqual([]);
  });

  /** Files of memory that this process has open, and those that have a name. */
  const openFiles = (): number => (existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : 0);
  const leftFiles = (): readonly string[] =>
    ["/dev/shm", tmpdir()]
      .filter((place) => existsSync(place))
      .flatMap((place) => readdirSync(place).map((name) => join(place, name)))
      .filter((path) => path.includes("sallyport-image-") && existsSync(join(path, "memory")));

  const engineOf = (turn: number): { readonly engine?: EngineName } => {
    const engine = ENGINES[turn % ENGINES.length];
    return engine === undefined ? {} : { engine };
  };
});

describe("what no snapshot can keep is refused by name", () => {
  test("connections of the loopback", async () => {
    await using sandbox = await Sandbox.create();
    await sandbox.run(`
      import socket
      server = socket.create_server(("127.0.0.1", 8000))
      client = socket.create_connection(("127.0.0.1", 8000))
      accepted, _ = server.accept()`);
    await expect(sandbox.snapshot()).rejects.toThrow(
      /descriptor \d+ is a socket that is connected to 127\.0\.0\.1:8000: it cannot be saved/,
    );
    await expect(sandbox.snapshot()).rejects.toBeInstanceOf(SnapshotError);
    await sandbox.run("client.close(); accepted.close()");
    expect((await sandbox.snapshot()).size).toBeGreaterThan(0);
  });

  test("objects of the host's", async () => {
    await using sandbox = await Sandbox.create({
      functions: { give: () => proxy({ hello: () => 1 }, { methods: ["hello"] }) },
    });
    await sandbox.run("kept = give()");
    await expect(sandbox.snapshot()).rejects.toThrow(
      /objects of the host's, which no snapshot can keep: object/,
    );
    await sandbox.run("del kept; import gc; gc.collect()");
    await sandbox.run("pass");
    await expect(sandbox.snapshot()).resolves.toBeInstanceOf(Snapshot);
  });

  test("mounts that are elsewhere have to be given again", async () => {
    await using sandbox = await Sandbox.create({ mounts: { "/host": directory(folder) } });
    const snapshot = await sandbox.snapshot();
    await expect(Sandbox.restore(snapshot)).rejects.toThrow(/needs a mount of kind "directory" at "\/host"/);
    const other = Sandbox.restore(snapshot, { mounts: { "/host": memory() } });
    await expect(other).rejects.toThrow(/at "\/host", not memory/);
    await using restored = await Sandbox.restore(snapshot, { mounts: { "/host": directory(folder) } });
    expect((await restored.run("1")).status).toBe("ok");
  });
});
