import { spawnSync } from "node:child_process";
import {
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { OutputFile } from "../../src/durable/outputs.js";
import { Store } from "../../src/durable/store.js";
import { Sandbox } from "../../src/sandbox.js";

const top = mkdtempSync(join(tmpdir(), "sallyport-hostile-directory-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());
const fresh = (): string => mkdtempSync(join(top, "d-"));

const OPTIONS = { limit: 1 << 20, fsync: "never" } as const;
const open = (path: string): void => Store.open(path, { program: "a" }, OPTIONS)[Symbol.dispose]();
const failing = (reason: string, text: string) =>
  expect.objectContaining({ code: "ERR_DURABLE", reason, message: expect.stringContaining(text) });

describe("a directory for a durable run that somebody else prepared", () => {
  it("has no output written to, or read from, what its names lead to", async () => {
    const [state, victim] = [fresh(), join(fresh(), "victim")];
    const durable = { directory: state, fsync: "never" } as const;
    writeFileSync(victim, "of somebody else's");
    {
      await using sandbox = await Sandbox.create({ durable });
      await sandbox.run("print('one')", { id: "one" });
    }
    rmSync(join(state, "stdout"));
    symlinkSync(victim, join(state, "stdout"));
    await expect(Sandbox.create({ durable })).rejects.toThrow(failing("damaged", "it is a link"));
    rmSync(join(state, "stdout"));
    linkSync(victim, join(state, "stdout"));
    await expect(Sandbox.create({ durable })).rejects.toThrow(failing("damaged", "another name"));
    expect(readFileSync(victim, "utf8")).toBe("of somebody else's");
  });

  it.each(["manifest.json", "journal-0", "lock"])("is not waited for where its %s is a pipe", (name) => {
    const state = fresh();
    open(state);
    rmSync(join(state, name), { force: true });
    expect(spawnSync("mkfifo", [join(state, name)]).status).toBe(0);
    if (name === "lock") open(state);
    else expect(() => open(state)).toThrow(failing("damaged", "it is no file"));
  });

  it.each(["manifest.json", "journal-0"])("is not used where its %s is a link", (name) => {
    const state = fresh();
    open(state);
    const moved = join(fresh(), "moved");
    renameSync(join(state, name), moved);
    symlinkSync(moved, join(state, name));
    const before = readFileSync(moved);
    expect(() => open(state)).toThrow(failing("damaged", "it is a link"));
    expect(readFileSync(moved)).toEqual(before);
  });

  it("is not used where it belongs to another user", () => {
    const state = join(fresh(), "state");
    mkdirSync(state);
    const { uid } = lstatSync(state);
    // Only root can give a directory away.
    if (uid === 0) chownSync(state, 4242, 4242);
    vi.spyOn(process, "geteuid").mockReturnValue(uid === 0 ? 1000 : uid + 1);
    expect(() => open(state)).toThrow(failing("state", "belongs to another user"));
  });

  it("has no memory set aside for output that is not there", () => {
    using output = new OutputFile(join(fresh(), "stdout"), 0);
    expect(() => output.read(0, 2 ** 52)).toThrow(failing("damaged", "shorter than it was"));
  });
});
