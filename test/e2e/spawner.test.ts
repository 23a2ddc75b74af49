import { execFile, spawn } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nativeEngine, nativeSupported } from "../../src/engine/native.js";
import { ARTIFACTS, findPrebuilt, Prebuilt } from "../../src/engine/prebuilt.js";
import { Sandbox } from "../../src/index.js";

const statusOf = (pid: number, field: string): string => {
  const text = fs.readFileSync(`/proc/${pid}/status`, "utf8");
  return new RegExp(`^${field}:\\s+(.*)$`, "m").exec(text)?.[1] ?? "";
};

const parentOf = (pid: number): number => Number(statusOf(pid, "PPid"));
const descriptorsOf = (pid: number | "self"): number => fs.readdirSync(`/proc/${pid}/fd`).length;
const childrenOf = (pid: number): string =>
  fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();

/** Whether a process has ended, though its parent may not know of it yet. */
const isGone = (pid: number): boolean => {
  try {
    return statusOf(pid, "State").startsWith("Z");
  } catch {
    return true;
  }
};

const soon = async (check: () => boolean): Promise<void> => {
  for (let i = 0; i < 1000 && !check(); i++) await new Promise((go) => setTimeout(go, 20));
  expect(check()).toBe(true);
};

const create = (): Promise<Sandbox> => Sandbox.create({ engine: "native" });

/** How many bytes a pipe that nobody reads takes. */
const roomOf = (fd: number): number => {
  const piece = Buffer.alloc(4096);
  for (let room = 0; ; room += piece.byteLength) {
    try {
      fs.writeSync(fd, piece);
    } catch {
      return room;
    }
  }
};

describe.runIf(nativeSupported())("the spawner", () => {
  it("widens pipes, and leaves alone what is none", async () => {
    const folder = fs.mkdtempSync(join(tmpdir(), "sallyport-widen-"));
    const spawner = spawn(findPrebuilt().artifact(ARTIFACTS.spawner).path, [String(process.pid)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const descriptors: number[] = [];
    const open = (path: string, flags: number): number => {
      const fd = fs.openSync(path, flags);
      descriptors.push(fd);
      return fd;
    };
    const pipe = async (name: string): Promise<number> => {
      await promisify(execFile)("mkfifo", [join(folder, name)]);
      return open(join(folder, name), fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
    };
    const widen = (descriptor: number, size: number): void => {
      const command = Buffer.alloc(12);
      command.writeUInt32LE(4, 0);
      command.writeUInt32LE(descriptor, 4);
      command.writeUInt32LE(size, 8);
      spawner.stdin.write(command);
    };
    try {
      const [wide, narrow, untouched] = [await pipe("wide"), await pipe("narrow"), await pipe("untouched")];
      widen(wide, 256 * 1024);
      widen(narrow, 4096);
      widen(open(folder, fs.constants.O_RDONLY), 256 * 1024);
      widen(0xffff_ffff, 256 * 1024);
      widen(99_999, 256 * 1024);
      spawner.stdin.end();
      const status = await new Promise((resolve) => spawner.once("exit", resolve));
      expect(status).toBe(0);
      expect([wide, narrow, untouched].map(roomOf)).toEqual([256 * 1024, 64 * 1024, 64 * 1024]);
    } finally {
      for (const fd of descriptors) fs.closeSync(fd);
      fs.rmSync(folder, { recursive: true });
    }
  });
});

describe.runIf(nativeSupported())("native guests", () => {
  it("are started by the spawner, which this process has started", async () => {
    await using sandbox = await create();
    const spawner = parentOf(sandbox.pid);
    expect(statusOf(spawner, "Name")).toBe(ARTIFACTS.spawner.slice(0, 15));
    expect(parentOf(spawner)).toBe(process.pid);
    await using other = await create();
    expect(parentOf(other.pid)).toBe(spawner);
    expect(await other.run("1 + 1")).toMatchObject({ ok: true, value: 2 });
  });

  it("leave nothing behind: no descriptor, no process that nobody has reaped", async () => {
    await using first = await create();
    const spawner = parentOf(first.pid);
    const [ours, its] = [descriptorsOf("self"), descriptorsOf(spawner)];
    for (let round = 0; round < 3; round++) {
      const all = await Promise.all(Array.from({ length: 8 }, create));
      const values = await Promise.all(all.map((sandbox, i) => sandbox.run(`${i} * 2`)));
      expect(values.map((result) => (result.ok ? result.value : result.status))).toEqual([
        0, 2, 4, 6, 8, 10, 12, 14,
      ]);
      await Promise.all(all.map((sandbox) => sandbox.close()));
    }
    await soon(() => childrenOf(spawner) === String(first.pid));
    // It may not have let go of the ends of the first one's pipes when they were counted.
    await soon(() => descriptorsOf(spawner) <= its);
    await soon(() => descriptorsOf("self") <= ours);
  });

  it("that are killed by others are told apart", async () => {
    await using sandbox = await create();
    process.kill(sandbox.pid, "SIGKILL");
    expect(await sandbox.ended).toContain("SIGKILL");
    await soon(() => !fs.existsSync(`/proc/${sandbox.pid}`));
  });

  it("end with the spawner; others come by another", async () => {
    await using sandbox = await create();
    const spawner = parentOf(sandbox.pid);
    const running = sandbox.run("while True: pass");
    const starting = create();
    process.kill(spawner, "SIGKILL");
    expect((await running).ok).toBe(false);
    await soon(() => isGone(sandbox.pid));
    await using meanwhile = await starting.catch(create);
    await using next = await create();
    expect(await meanwhile.run("'still'")).toMatchObject({ ok: true, value: "still" });
    expect(await next.run("'there'")).toMatchObject({ ok: true, value: "there" });
    expect(parentOf(next.pid)).not.toBe(spawner);
  });

  it("that cannot be started, for want of descriptors, are refused one by one", async () => {
    const index = join(import.meta.dirname, "../../dist/index.js");
    const code = `const { Sandbox } = await import(${JSON.stringify(index)});
      const started = await Promise.allSettled(Array.from({ length: 100 }, () => Sandbox.create({ engine: "native" })));
      const [up, not] = ["fulfilled", "rejected"].map((status) => started.filter((one) => one.status === status));
      for (const { value } of up) await value.close();
      console.log(up.length > 0, not.length > 0, not.every(({ reason }) => reason.code === "ERR_ENGINE_START"));
      console.log((await Sandbox.run("6 * 7", { engine: "native" })).value);`;
    const shell = `ulimit -n 150 && exec "$@"`;
    const args = ["-c", shell, "sh", process.execPath, "--input-type=module", "-e", code];
    expect((await promisify(execFile)("/bin/sh", args)).stdout).toBe("true true true\n42\n");
  });

  it("do not keep a controller that is done", async () => {
    const index = join(import.meta.dirname, "../../src/index.ts");
    const code = `const { Sandbox } = await import(${JSON.stringify(index)});
      console.log((await Sandbox.run("6 * 7", { engine: "native" })).value);`;
    const args = ["--import", "tsx", "--input-type=module", "-e", code];
    expect((await promisify(execFile)(process.execPath, args)).stdout).toBe("42\n");
  });
});

describe.runIf(nativeSupported())("a native guest that does not come up", () => {
  let directory = "";
  beforeAll(() => {
    const real = findPrebuilt().directory;
    directory = fs.mkdtempSync(join(tmpdir(), "sallyport-spawner-"));
    const manifest = JSON.parse(fs.readFileSync(join(real, "manifest.json"), "utf8"));
    for (const name of Object.keys(manifest.files)) {
      if (name !== ARTIFACTS.native) fs.symlinkSync(join(real, name), join(directory, name));
    }
    const script = "#!/bin/sh\necho no luck >&2\nexit 3\n";
    fs.writeFileSync(join(directory, ARTIFACTS.native), script, { mode: 0o755 });
    manifest.files[ARTIFACTS.native].size = script.length;
    fs.writeFileSync(join(directory, "manifest.json"), JSON.stringify(manifest));
  });
  afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

  it("is heard, though the spawner has no ear for it", async () => {
    const engine = nativeEngine({ prebuilt: Prebuilt.open(directory) });
    const started = engine.start({ memory: 64 * 2 ** 20, serve: () => undefined });
    await expect(started).rejects.toThrow("it left with status 3: no luck");
  });

  it("is said to be no executable, if it is none", async () => {
    fs.chmodSync(join(directory, ARTIFACTS.native), 0o644);
    const engine = nativeEngine({ prebuilt: Prebuilt.open(directory) });
    const started = engine.start({ memory: 64 * 2 ** 20, serve: () => undefined });
    await expect(started).rejects.toThrow("the guest cannot be executed");
  });
});
