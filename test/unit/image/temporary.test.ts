import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { sweep, temporaryDirectory } from "../../../src/image/temporary.js";

const place = mkdtempSync(join(tmpdir(), "sallyport-temporary-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** The name that a directory of ours would have if another process had made it. */
const ofAnother = (path: string, pid: number): string =>
  join(place, basename(path).replace(`-${process.pid}-`, `-${pid}-`));

describe("a directory for an image that has no place of its own", () => {
  it("is readable by its owner alone, and gone when it is removed", async () => {
    const { path, remove } = await temporaryDirectory(place);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    writeFileSync(join(path, "memory"), "x");
    await remove();
    expect(existsSync(path)).toBe(false);
  });

  it("is removed by others once its process is gone", async () => {
    // Elsewhere a name does not say on which machine its process was.
    if (process.platform !== "linux") return;
    const dead = spawnSync("true").pid;
    const ended = ofAnother((await temporaryDirectory(place)).path, dead);
    const linked = ofAnother((await temporaryDirectory(place)).path, dead);
    const elsewhere = join(place, "elsewhere");
    const own = (await temporaryDirectory(place)).path;
    const init = ofAnother((await temporaryDirectory(place)).path, 1);
    const machine = ended.replace(/-[0-9a-f]{16}-/, "-0123456789abcdef-");
    for (const directory of [ended, elsewhere, init, machine]) {
      mkdirSync(directory);
      writeFileSync(join(directory, "memory"), "x");
    }
    symlinkSync(elsewhere, linked);
    await sweep(place);
    expect(existsSync(ended)).toBe(false);
    for (const directory of [elsewhere, own, init, machine]) expect(existsSync(directory)).toBe(true);
    expect(existsSync(join(elsewhere, "memory"))).toBe(true);
  });
});
