/** Images that a setup prepared: what is in them, and what every sandbox has anew. */
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EngineName } from "../../src/engine/engine.js";
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
