import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { directory } from "../../../src/fs/directory/directory.js";
import { Sandbox } from "../../../src/sandbox.js";
import { Crash } from "./crash.js";

const top = mkdtempSync(join(tmpdir(), "sallyport-changes-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));
let count = 0;
const fresh = (): string => {
  const path = join(top, String(count++));
  mkdirSync(path);
  return path;
};

/** Every change that there is, with what a program sees of each. */
const PROGRAM = `
import os, time
os.chdir("/data")
seen = []
with open("a", "w") as file:
    file.write("first")
log = open("log", "a")
for number in range(3):
    log.write(f"line {number}\\n")
    log.flush()
    seen.append(os.fstat(log.fileno()).st_size)
places = open("places", "w+b", buffering=0)
places.write(b"0123456789")
os.pwrite(places.fileno(), b"abc", 3)
places.truncate(8)
os.posix_fallocate(places.fileno(), 0, 12)
os.mkdir("d")
os.mkdir("d/e", 0o700)
os.rename("a", "d/b")
os.rename("d", "f")
with open("c", "w") as file:
    file.write("second")
os.replace("c", "f/b")
os.symlink("f/b", "link")
os.link("log", "hard")
seen.append(os.stat("log").st_nlink)
os.chmod("f/b", 0o640)
os.utime("f/b", ns=(10**18, 10**18))
os.unlink("hard")
os.rmdir("f/e")
with open("f/b", "r+") as file:
    file.truncate(3)
open("log", "w").close()
log.write("after")
log.flush()
os.rename("log", "f/log")
log.write("moved")
log.flush()
places.seek(0)
seen.append(places.read())
seen.append(open("f/log").read())
seen.append(os.readlink("link"))
seen.append(sorted(os.listdir()))
repr(seen)
`;

const listing = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true, recursive: true })
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const name = file.slice(path.length + 1);
      if (entry.isSymbolicLink()) return `${name} -> ${readlinkSync(file)}`;
      const { mode, nlink, mtimeMs } = statSync(file);
      const common = `${name} ${mode.toString(8)}`;
      return entry.isDirectory()
        ? common
        : `${common} ${nlink} ${readFileSync(file, "latin1")} ${mtimeMs === 1e12 ? "dated" : ""}`;
    })
    .sort();

const run = async (data: string, durable: string, crash?: Crash) => {
  const mount = directory(data, { mode: "rw" });
  const sandbox = await Sandbox.create({
    mounts: { "/data": crash?.around(mount) ?? mount },
    durable: { directory: durable, same: { kind: "changes" } },
  });
  return { sandbox, running: sandbox.run(PROGRAM, { result: "value" }) };
};

describe("a change that the controller ended in", () => {
  it("is made once, whenever it ended", async () => {
    const without = { data: fresh(), durable: fresh() };
    const counting = new Crash(0, "before");
    const whole = await run(without.data, without.durable, counting);
    const value = await whole.running.value();
    await whole.sandbox.close();
    const files = listing(without.data);
    const { changes } = counting;
    expect(changes.length).toBeGreaterThan(25);

    for (const when of ["before", "after", "half"] as const) {
      for (let at = 1; at <= changes.length; at += 1) {
        if (when === "half" && !["write", "append"].includes(changes[at - 1] ?? "")) continue;
        const data = fresh();
        const durable = fresh();
        const crash = new Crash(at, when);
        const first = await run(data, durable, crash);
        const ended = first.running.catch(() => undefined);
        const what = await crash.happened;
        // What a killed controller leaves: the journal as it is now.
        const left = `${durable}-left`;
        cpSync(durable, left, { recursive: true });
        rmSync(join(left, "lock"));
        first.sandbox.kill();
        await ended;
        await first.sandbox.close();
        const second = await run(data, left);
        const label = `${what}, change ${at}, ${when}`;
        expect(await second.running.value(), label).toBe(value);
        await second.sandbox.close();
        expect(listing(data), label).toEqual(files);
      }
    }
  });
});
