/** Images that a setup prepared: what is in them, what every sandbox has anew, and files from a hostile hand. */
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EngineName } from "../../src/engine/engine.js";
import { memoryEnd } from "../../src/engine/guest/image.js";
import { MemoryFileSystem } from "../../src/fs/memory/memory.js";
import {
  directory,
  Image,
  ImageError,
  memory,
  OptionError,
  Pool,
  PythonError,
  proxy,
  Sandbox,
  Snapshot,
} from "../../src/index.js";
import { decodeData, encodeData } from "../../src/snapshot/data.js";
import { BACKGROUND, GOES_ON } from "../support/background.js";
import { ENGINES, onEachEngine } from "./engines.js";

const folder = mkdtempSync(join(tmpdir(), "sallyport-prepared-"));
const file = join(folder, "team.image");

const SETUP = `
import asyncio, os, random, re, sqlite3, tempfile, time, uuid
words = {f"word {n}": [n, str(n)] for n in range(20000)}
pattern = re.compile(r"(\\w+) (\\d+)")
database = sqlite3.connect(":memory:")
database.execute("create table t (a)")
database.executemany("insert into t values (?)", [(n,) for n in range(100)])
def greet(name):
    return f"{greeting}, {name}"
greeting = "hello"
os.environ["MODE"] = "prepared"
os.environ["GIVEN"] = "by the setup"
os.makedirs("/sandbox/work")
os.chdir("/sandbox/work")
open("note", "w").write("from the setup")
open("/data/more", "w").write("more")
held = open("note")
held.seek(5)
random.seed(1)
random.random(), uuid.uuid1(), tempfile.mktemp()
async def wait():
    await asyncio.sleep(0)
    return "done"
await wait()
${BACKGROUND}
began = time.monotonic()
`;

const LOOK = `
${GOES_ON}
(len(words), words["word 7"], pattern.match("a 12").groups(), database.execute("select sum(a) from t").fetchone()[0],
 greet("you"), os.environ["MODE"], os.getcwd(), held.read(), os.listdir("/sandbox/work"), sorted(os.listdir("/data")), await wait(),
 time.monotonic() >= began, len(ticks) > before, answered, re.compile(r"(\\w+) (\\d+)") is pattern, __name__, greet.__module__)
`;

const EXPECTED =
  "(20000, [7, '7'], ('a', '12'), 4950, 'hello, you', 'prepared', '/sandbox/work', 'the setup', ['note'], ['a', 'more'], 'done', True, True, b'HELLO\\n', True, '__main__', '__main__')";

beforeAll(async () => {
  await using image = await Image.build({
    setup: SETUP,
    mounts: { "/data": memory({ a: "1" }, { mode: 0o777 }) },
  });
  await image.save(file);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every source of what must not repeat. */
const RANDOM = `
import secrets
[os.urandom(16).hex(), random.random(), random.SystemRandom().random(), random.Random().random(), secrets.token_hex(8),
 str(uuid.uuid4()), str(uuid.uuid1()), tempfile.mktemp()]`;

onEachEngine("sandboxes from a prepared image", (engine) => {
  it("go on where the setup ended, each for itself", async () => {
    await using a = await Sandbox.create({ image: file, engine });
    await using b = await Sandbox.create({ image: file, engine });
    for (const sandbox of [a, b]) expect(await sandbox.run(LOOK, { result: "repr" }).value()).toBe(EXPECTED);
    await a.run(
      "words.clear(); greeting = 'bye'; open('note', 'a').write('!'); database.execute('delete from t')",
    );
    expect(await b.run("len(words), greet('me'), open('note').read()", { result: "repr" }).value()).toBe(
      "(20000, 'hello, me', 'from the setup')",
    );
    await using c = await Sandbox.create({ image: file, engine });
    expect(await c.run(LOOK, { result: "repr" }).value()).toBe(EXPECTED);
  });

  it("draw random numbers of their own, from every source", async () => {
    const image = await Image.load(file);
    await using a = await Sandbox.create({ image, engine });
    await using b = await Sandbox.create({ image, engine });
    const both = await Promise.all([a, b].map((each) => each.run<readonly unknown[]>(RANDOM).value()));
    const [one, other] = both.map((values) => values ?? []);
    expect(one).toHaveLength(8);
    expect(one?.filter((value, index) => value === other?.[index])).toEqual([]);
    const seeded = { image, engine, seed: "same" };
    const same = await Promise.all(
      [1, 2].map(() => Sandbox.run("random.random(), os.urandom(4).hex()", { ...seeded, result: "repr" })),
    );
    expect(same[0]?.ok && same[0].value).toBe(same[1]?.ok && same[1].value);
  });

  it("are given what is theirs: environment, directory, mounts, functions, arguments", async () => {
    await using sandbox = await Sandbox.create({
      image: file,
      engine,
      env: { GIVEN: "now" },
      cwd: "/tmp",
      argv: ["me"],
      mounts: { "/data/": memory({ mine: "2" }), "/more": memory({ b: "3" }) },
      functions: { double: (x: number) => x * 2 },
    });
    const seen = await sandbox
      .run(
        "import sys; [os.environ['GIVEN'], os.environ['MODE'], os.getcwd(), sys.argv, os.listdir('/data'), os.listdir('/more'), double(4)]",
      )
      .value();
    expect(seen).toEqual(["now", "prepared", "/tmp", ["me"], ["mine"], ["b"], 8]);
  });

  it("are saved, restored and forked, and their snapshots name the image", async () => {
    await using sandbox = await Sandbox.create({ image: file, engine });
    await sandbox.run("words['mine'] = 1; open('/tmp/mine', 'w').write('x')");
    const snapshot = await sandbox.snapshot();
    const image = await Image.load(file);
    expect(snapshot.image).toBe(image.hash);
    expect(snapshot.size).toBeLessThan(image.changed);
    const bytes = await snapshot.bytes();
    for (const other of ENGINES) {
      await using restored = await Sandbox.restore(await Snapshot.decode(bytes), {
        image: file,
        engine: other,
      });
      expect(await restored.run("len(words), open('/tmp/mine').read()", { result: "repr" }).value()).toBe(
        "(20001, 'x')",
      );
    }
    await expect(Sandbox.restore(snapshot, { engine })).rejects.toThrow(/belongs to image .*option "image"/);
    // Enough to be mapped rather than sent.
    await sandbox.run("more = [[n, str(n)] for n in range(90_000)]");
    const [copy] = await sandbox.fork();
    const look = "words['mine'], len(words), len(more), more[-1], len({n[1] for n in more})";
    expect(await copy?.run(look, { result: "repr" }).value()).toBe(
      "(1, 20001, 90000, [89999, '89999'], 90000)",
    );
    const large = await copy?.snapshot();
    expect(large?.size).toBeGreaterThan(8 << 20);
    await copy?.close();
  });
});

describe.runIf(ENGINES.length === 2)("a prepared image of one engine serves the other", () => {
  it.each<[EngineName, EngineName]>([
    ["native", "wasm"],
    ["wasm", "native"],
  ])("%s, then %s", async (from, to) => {
    const setup =
      "data = {n: [n] for n in range(30_000)}\nasync def twice(x): return 2 * x\nassert await twice(2) == 4";
    await using image = await Image.build({ setup, engine: from });
    const result = await Sandbox.run("len(data), data[7], await twice(4)", {
      image,
      engine: to,
      result: "repr",
    });
    expect(result).toMatchObject({ status: "ok", value: "(30000, [7], 8)" });
  });
});

describe("a prepared image", () => {
  it("is made from another one, and tells what is in it", async () => {
    const base = await Image.load(file);
    await using image = await Image.build({
      image: base,
      setup: "greeting = 'good day'; os.environ['MODE'] = 'twice'",
    });
    const info = {
      setup: createHash("sha256").update("greeting = 'good day'; os.environ['MODE'] = 'twice'").digest("hex"),
    };
    expect(image).toMatchObject({
      ...info,
      origin: { ...base.origin, base: base.hash },
      python: base.python,
    });
    expect(image.env).toEqual(expect.arrayContaining(["MODE", "GIVEN"]));
    expect(image.mounts).toContainEqual({ path: "/data", kind: "memory", kept: true });
    expect(image.changed).toBeLessThan(base.changed);
    const result = await Sandbox.run("greet('sir'), os.environ['MODE'], len(words)", {
      image,
      result: "repr",
    });
    expect(result).toMatchObject({ value: "('good day, sir', 'twice', 20000)" });
  });

  it("gives sandboxes that begin with nothing used", async () => {
    await using image = await Image.build({
      setup: "import time\nwhile time.process_time() < 0.6: sum(range(100_000))\nspent = time.process_time()",
    });
    const result = await Sandbox.run("import time; time.process_time() < spent", { image });
    expect(result).toMatchObject({ status: "ok", value: true });
    expect(result.usage.operations).not.toHaveProperty("open");
  });

  it("serves a pool", async () => {
    await using pool = new Pool({ size: 2, options: { image: file } });
    const runs = await Promise.all([1, 2, 3].map((n) => pool.run(`greeting += '${n}'; greet('you')`)));
    expect(runs.map((run) => run.ok && run.value)).toEqual(["hello1, you", "hello2, you", "hello3, you"]);
  });

  it("keeps modules of a mounted directory, which need not be there again", async () => {
    const packages = mkdtempSync(join(folder, "packages-"));
    writeFileSync(join(packages, "ours.py"), "def answer():\n    return 42\n");
    const site = "/usr/lib/python3.13/site-packages";
    await using image = await Image.build({ setup: "import ours", mounts: { [site]: directory(packages) } });
    const result = await Sandbox.run("import ours; ours.answer()", { image });
    expect(result).toMatchObject({ status: "ok", value: 42 });
  });

  it("frees nothing of the setup's by default, and all of it when told so", async () => {
    const setup = "class A:\n    def __del__(self): print('freed', flush=True)\na = A()";
    for (const [settle, stdout] of [
      [true, ""],
      [false, "freed\n"],
    ] as const) {
      await using image = await Image.build({ setup, settle });
      expect(await Sandbox.run("del a", { image })).toMatchObject({ status: "ok", stdout });
    }
  });

  it("is not made where the setup fails, or leaves open what cannot be kept", async () => {
    await expect(Image.build({ setup: "1/0" })).rejects.toBeInstanceOf(PythonError);
    await expect(Image.build({ setup: "while True: pass", limits: { cpu: "100ms" } })).rejects.toThrow(
      /CPU time/,
    );
    const functions = { give: () => proxy({ hello: () => 1 }, { methods: ["hello"] }) };
    const holding = Image.build({ setup: "kept = give()", functions });
    await expect(holding).rejects.toThrow(/setup cannot be kept: .*objects of the host's.*: object/);
    await expect(holding).rejects.toBeInstanceOf(ImageError);
  });

  it("needs as much memory as it has", async () => {
    await using image = await Image.build({ setup: "data = bytearray(100 << 20)" });
    await expect(Sandbox.create({ image, limits: { memory: "64MiB" } })).rejects.toBeInstanceOf(OptionError);
    await using sandbox = await Sandbox.create({ image, limits: { memory: image.memory } });
    expect(await sandbox.run("len(data)").value()).toBe(100 << 20);
  });

  it("is refused where its file was changed since, and read anew where it is given by its path", async () => {
    const path = join(folder, "changing.image");
    copyFileSync(file, path);
    const image = await Image.load(path);
    expect(await Sandbox.run("greeting", { image: path })).toMatchObject({ value: "hello" });
    await using next = await Image.build({ setup: "greeting = 'other'" });
    await next.save(path);
    await expect(Sandbox.create({ image })).rejects.toThrow(/has changed since/);
    expect(await Sandbox.run("greeting", { image: path })).toMatchObject({ value: "other" });
    rmSync(path);
    await expect(Sandbox.create({ image: path })).rejects.toThrow(/cannot be read/);
  });
});

describe("a prepared image from a hostile hand", () => {
  const FOOTER = 64;
  const hostile = join(folder, "hostile.image");
  const write = (bytes: Buffer): void => writeFileSync(hostile, bytes);

  /** As an attacker would: with the right hash. */
  const sealed = (bytes: Buffer): Buffer => {
    const footer = bytes.length - FOOTER;
    const hash = createHash("sha256")
      .update(bytes.subarray(0, footer + 32))
      .digest();
    bytes.set(hash, footer + 32);
    return bytes;
  };

  const withPart = (change: (part: Record<string, unknown>) => unknown): Buffer => {
    const bytes = readFileSync(file);
    const end = memoryEnd(bytes.readUInt32LE(12));
    const part = decodeData(bytes.subarray(end, bytes.length - FOOTER));
    if (typeof part !== "object" || part === null) throw new Error("no part");
    const changed = Buffer.concat(encodeData(change({ ...part })));
    const footer = Buffer.from(bytes.subarray(bytes.length - FOOTER));
    footer.writeBigUInt64LE(BigInt(changed.length), 16);
    return sealed(Buffer.concat([bytes.subarray(0, end), changed, footer]));
  };

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ["cut", (bytes) => bytes.subarray(0, bytes.length - 5)],
    ["empty", () => Buffer.alloc(0)],
    ["something else", () => Buffer.from("nothing of the kind".repeat(1000))],
    ["changed in its memory", (bytes) => Buffer.from(bytes.fill(1, 20_000_000, 20_000_001))],
    ["changed in the kernel's part", (bytes) => bytes.fill(1, bytes.length - 100, bytes.length - 99)],
    ["of another guest", (bytes) => sealed(bytes.fill(1, 24, 56))],
    ["of more pages than it has", (bytes) => sealed(bytes.fill(0xff, 12, 14))],
    ["of another number of globals", (bytes) => sealed(bytes.fill(2, 16, 17))],
    ["of no image's version", (bytes) => sealed(bytes.fill(9, 8, 9))],
    [
      "of a later version",
      (bytes) => sealed(bytes.fill(9, bytes.length - FOOTER + 8, bytes.length - FOOTER + 9)),
    ],
  ])("that is %s is refused", async (_what, change) => {
    write(change(readFileSync(file)));
    await expect(Image.load(hostile)).rejects.toBeInstanceOf(ImageError);
  });

  it.each<[string, (part: Record<string, unknown>) => unknown]>([
    ["no part", () => 1],
    ["another library", (part) => ({ ...part, library: new Uint8Array(32) })],
    ["a variable that cannot be", (part) => ({ ...part, env: [["A=B", "c"]] })],
    ["more than there is", (part) => ({ ...part, more: 1 })],
  ])("with %s is refused", async (_what, change) => {
    write(withPart(change));
    await expect(Image.load(hostile)).rejects.toBeInstanceOf(ImageError);
  });

  it.each<[string, (part: Record<string, unknown>) => unknown]>([
    ["a kernel's state that cannot be", (part) => ({ ...part, kernel: { version: 1 } })],
    [
      "files that cannot be",
      (part) => ({ ...part, mounts: [{ path: "/", kind: "memory", contents: { version: 1 } }] }),
    ],
    [
      "a mount twice",
      ({ mounts, ...part }) => ({ ...part, mounts: Array.isArray(mounts) ? [...mounts, ...mounts] : [] }),
    ],
    [
      "contents for what is not mounted",
      (part) => ({ ...part, mounts: [{ path: "/x", kind: "overlay", contents: 1 }] }),
    ],
  ])("with %s gives no sandbox", async (_what, change) => {
    write(withPart(change));
    await expect(Sandbox.create({ image: hostile })).rejects.toBeInstanceOf(ImageError);
  });

  it("with many mounts has no more storage than with one", async () => {
    const contents = new MemoryFileSystem().save();
    const places = Array.from({ length: 50 }, (_, index) => `/many/${index}`);
    write(
      withPart(({ mounts, ...part }) => ({
        ...part,
        mounts: [
          ...(Array.isArray(mounts) ? mounts : []),
          ...places.map((path) => ({ path, kind: "memory", contents })),
        ],
      })),
    );
    await using sandbox = await Sandbox.create({ image: hostile, limits: { storage: "4 MiB" } });
    const taken = await sandbox
      .run<number>(`
import errno
taken = 0
for place in range(50):
    try:
        with open(f"/many/{place}/file", "wb", buffering=0) as file:
            for _ in range(10):
                taken += file.write(bytes(1 << 20))
    except OSError as error:
        assert error.errno == errno.ENOSPC
taken`)
      .value();
    expect(taken).toBeGreaterThan(3 * 2 ** 20);
    expect(taken).toBeLessThanOrEqual(4 * 2 ** 20);
  });

  it("with memory that makes no sense is at worst a guest that crashes", async () => {
    for (const engine of ENGINES) {
      for (const byte of [0, 0xff]) {
        const bytes = readFileSync(file);
        write(sealed(bytes.fill(byte, 4096 + (17 << 20), memoryEnd(bytes.readUInt32LE(12)))));
        const limits = { wall: "5s", grace: "500ms" } as const;
        await using sandbox = await Sandbox.create({ image: hostile, engine, limits });
        const result = await sandbox.run("1 + 1");
        expect(["killed", "protocol", "timeout", "exit", "error", "memory"]).toContain(result.status);
      }
    }
  });

  it("that is cut while sandboxes have it ends those, and nothing else", async () => {
    copyFileSync(file, hostile);
    await using sandbox = await Sandbox.create({ image: hostile, engine: ENGINES[0] ?? "wasm" });
    truncateSync(hostile, 4096 + (17 << 20));
    const result = await sandbox.run("sum(len(text) for text in words)");
    expect(["ok", "killed"]).toContain(result.status);
    await using sound = await Sandbox.create({ image: file });
    expect(await sound.run("greet('you')").value()).toBe("hello, you");
  });
});
