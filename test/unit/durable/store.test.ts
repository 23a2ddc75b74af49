import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Lock } from "../../../src/durable/lock.js";
import { Store } from "../../../src/durable/store.js";

const top = mkdtempSync(join(tmpdir(), "sallyport-store-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));
let count = 0;
const fresh = (): string => mkdtempSync(join(top, `${count++}-`));

const OPTIONS = { limit: 1 << 20, fsync: "never" } as const;
const failing = (reason: string, text: RegExp) =>
  expect.objectContaining({ code: "ERR_DURABLE", reason, message: expect.stringMatching(text) });

describe("a lock", () => {
  it("keeps others out until it is let go", () => {
    const directory = fresh();
    {
      using _lock = Lock.take(directory);
      expect(() => Lock.take(directory)).toThrow(failing("locked", new RegExp(`process ${process.pid}`)));
    }
    using _again = Lock.take(directory);
    expect(readdirSync(directory)).toEqual(["lock"]);
  });

  it("of another process that lives is respected", () => {
    const directory = fresh();
    const began = readFileSync("/proc/1/stat", "latin1").split(") ")[1]?.split(" ")[19] ?? "";
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    writeFileSync(join(directory, "lock"), `1 ${boot} ${began}\n`);
    expect(() => Lock.take(directory)).toThrow(failing("locked", /process 1/));
  });

  it.each([
    ["has ended", (): string => `${spawnSync("true").pid} somewhere 1\n`],
    ["has another's number by now", (): string => `${process.pid} another-boot 1\n`],
    ["was never written", (): string => ""],
    ["is rubbish", (): string => "../../etc/passwd\n"],
  ])("of a process that %s is taken over", (_what, text) => {
    const directory = fresh();
    writeFileSync(join(directory, "lock"), text());
    using _lock = Lock.take(directory);
    expect(readFileSync(join(directory, "lock"), "latin1").split(" ")[0]).toBe(String(process.pid));
  });
});

describe("a store", () => {
  it("is made where there is nothing, and found again", () => {
    const path = join(fresh(), "deep", "er");
    {
      using store = Store.open(path, { program: "a" }, OPTIONS);
      expect(store.snapshot()).toBeUndefined();
    }
    using again = Store.open(path, { program: "a" }, OPTIONS);
    expect(again.journal.length).toBeGreaterThan(0);
  });

  it("names all that is not the same", () => {
    const path = fresh();
    Store.open(path, { program: "a", args: "[]", seed: "1" }, OPTIONS)[Symbol.dispose]();
    expect(() => Store.open(path, { program: "b", args: "[]", clock: "x" }, OPTIONS)).toThrow(
      failing("different", /program \("a", now "b"\); seed \("1", now none\); clock \(none, now "x"\)/),
    );
    expect(existsSync(join(path, "lock"))).toBe(false);
  });

  it("leaves alone what is another's", () => {
    const path = fresh();
    writeFileSync(join(path, "thesis.txt"), "precious");
    expect(() => Store.open(path, {}, OPTIONS)).toThrow(failing("state", /thesis\.txt/));
    expect(readdirSync(path)).toEqual(["thesis.txt"]);
  });

  it("begins anew where it had only begun to begin", () => {
    const path = fresh();
    writeFileSync(join(path, "journal-0"), "half a jour");
    writeFileSync(join(path, "manifest.json.00000000-0000-0000-0000-000000000000"), "{");
    using _store = Store.open(path, {}, OPTIONS);
    expect(readdirSync(path).sort()).toEqual(["journal-0", "lock", "manifest.json"]);
  });

  it("goes on from a snapshot, which is checked", () => {
    const path = fresh();
    {
      using store = Store.open(path, {}, OPTIONS);
      store.renew(Buffer.from("a state"), { operations: 7, calls: 2, stdout: 5, stderr: 0 }, [
        Buffer.from("run"),
      ]);
      expect(readdirSync(path).sort()).toEqual(["journal-1", "lock", "manifest.json", "snapshot-1"]);
    }
    {
      using again = Store.open(path, {}, OPTIONS);
      expect(Buffer.from(again.snapshot() ?? []).toString()).toBe("a state");
      expect(again.journal.header).toMatchObject({ operations: 7, calls: 2, stdout: 5 });
      expect([...again.journal.entries()].map(({ kind }) => kind)).toEqual(["run"]);
    }
    writeFileSync(join(path, "snapshot-1"), "a stale");
    using damaged = Store.open(path, {}, OPTIONS);
    expect(() => damaged.snapshot()).toThrow(failing("damaged", /hash/));
  });

  it("refuses a manifest that was changed", () => {
    const path = fresh();
    Store.open(path, { a: "1" }, OPTIONS)[Symbol.dispose]();
    const file = join(path, "manifest.json");
    writeFileSync(file, readFileSync(file, "utf8").replace('"1"', '"2"'));
    expect(() => Store.open(path, { a: "2" }, OPTIONS)).toThrow(failing("damaged", /hash/));
  });
});
