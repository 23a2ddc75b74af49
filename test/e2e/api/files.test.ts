import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { directory, FileError, memory, Sandbox, unwrap } from "../../../src/index.js";
import { onEachEngine } from "../engines.js";

onEachEngine("files", (engine) => {
  it("hands files in and out", async () => {
    await using sandbox = await Sandbox.create({
      engine,
      mounts: { "/data": memory({ a: "1", b: { c: "2" } }) },
    });
    await sandbox.files.write("in/numbers.txt", "1\n2\n3\n");
    const code =
      "total = sum(map(int, open('in/numbers.txt')))\nopen('out.bin', 'wb').write(bytes([total, 255]))\ntotal";
    expect(unwrap(await sandbox.run(code))).toBe(6);
    expect(await sandbox.files.read("out.bin")).toEqual(Uint8Array.of(6, 255));
    expect((await sandbox.files.list("/data")).map(({ name, type }) => [name, type])).toEqual([
      ["a", "file"],
      ["b", "directory"],
    ]);
    expect(unwrap(await sandbox.run("open('/data/b/c').read()"))).toBe("2");
    await sandbox.files.remove("in");
    expect(unwrap(await sandbox.run("import os; os.path.exists('in')"))).toBe(false);
    await expect(sandbox.files.read("in/numbers.txt")).rejects.toThrow(FileError);
  });

  it("lets the guest write into what the host made, and the other way round", async () => {
    await using sandbox = await Sandbox.create({ engine });
    await sandbox.files.write("shared.txt", "host ");
    await sandbox.run("with open('shared.txt', 'a') as f: f.write('guest')");
    expect(await sandbox.files.readText("shared.txt")).toBe("host guest");
    await sandbox.run(
      "import os; os.mkdir('d', 0o700); open('d/secret', 'w').write('x'); os.chmod('d/secret', 0)",
    );
    expect(await sandbox.files.readText("d/secret")).toBe("x");
  });

  it("watches what the guest makes", async () => {
    await using sandbox = await Sandbox.create({ engine });
    const controller = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { kind, file } of sandbox.files.watch(".", { signal: controller.signal })) {
        seen.push(`${kind} ${file.path}`);
        if (seen.length === 2) controller.abort();
      }
    })();
    await sandbox.run("import os; os.mkdir('made'); open('made/f', 'w').write('x')");
    await watching;
    expect(seen.sort()).toEqual(["created /sandbox/made", "created /sandbox/made/f"]);
  });

  it("watches until the sandbox is closed, changes and removals included", async () => {
    const sandbox = await Sandbox.create({ engine });
    await sandbox.files.write("there", "1");
    await sandbox.files.write("goes", "1");
    const seen: string[] = [];
    let looked = (): void => undefined;
    const first = new Promise<void>((resolve) => {
      looked = resolve;
    });
    const watching = (async () => {
      for await (const { kind, file } of sandbox.files.watch()) {
        seen.push(`${kind} ${file.name}`);
        looked();
      }
    })();
    await sandbox.run("import os; open('there', 'a').write('2'); os.remove('goes')");
    await first;
    await sandbox.run("open('last', 'w').close()");
    await sandbox.close();
    await watching;
    expect(seen.sort()).toEqual(["changed there", "created last", "removed goes"]);
    expect(await sandbox.files.readText("there")).toBe("12");
  });

  it("mounts real directories read-only unless told otherwise", async () => {
    const path = mkdtempSync(join(tmpdir(), "sallyport-test-"));
    try {
      writeFileSync(join(path, "a.txt"), "hello");
      await using sandbox = await Sandbox.create({
        engine,
        mounts: { "/ro": directory(path), "/rw": directory(path, { mode: "rw" }) },
      });
      expect(unwrap(await sandbox.run("open('/ro/a.txt').read()"))).toBe("hello");
      expect(await sandbox.run("open('/ro/b.txt', 'w')")).toMatchObject({ error: { type: "OSError" } });
      expect(await sandbox.run("open('/rw/b.txt', 'w').write('there')")).toMatchObject({ ok: true });
      expect(readFileSync(join(path, "b.txt"), "utf8")).toBe("there");
      expect(await sandbox.run("open('/ro/../../etc/hostname.real')")).toMatchObject({ ok: false });
    } finally {
      rmSync(path, { recursive: true });
    }
  });

  it("applies rules to files, interceptors to operations, and tells observers", async () => {
    const seen: string[] = [];
    await using sandbox = await Sandbox.create({
      engine,
      mounts: { "/data": memory({ "open.txt": "o", "secret.key": "s" }) },
      files: { deny: ["**/*.key"], readonly: ["/data/**"] },
      intercept: {
        mkdir: (operation, next) => {
          seen.push(operation.path);
          return next();
        },
      },
    });
    expect(unwrap(await sandbox.run("open('/data/open.txt').read()"))).toBe("o");
    expect(await sandbox.run("open('/data/secret.key')")).toMatchObject({
      error: { type: "PermissionError" },
    });
    expect(await sandbox.run("open('/data/new', 'w')")).toMatchObject({ error: { type: "OSError" } });
    await sandbox.run("import os; os.mkdir('d')");
    expect(seen).toEqual(["/sandbox/d"]);
  });

  it("is the same in every run, on request", async () => {
    const code =
      "import random, time, uuid, os\n[random.random(), time.time(), str(uuid.uuid4()), os.urandom(8)]";
    const once = async () => unwrap(await Sandbox.run(code, { engine, deterministic: true }));
    expect(await once()).toEqual(await once());
    const free = async () => unwrap(await Sandbox.run(code, { engine }));
    expect(await free()).not.toEqual(await free());
  });
});
