import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { OptionError } from "../../src/errors.js";
import { Sessions } from "../../src/sleeping/sessions.js";
import { directoryStore } from "../../src/sleeping/store.js";

const folder = mkdtempSync(join(tmpdir(), "sallyport-sessions-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const count = "n = globals().get('n', 0) + 1\nn";

const run = (sessions: Sessions, id: string, code = count): Promise<unknown> =>
  sessions.use(id, async (sandbox) => {
    const result = await sandbox.run(code);
    return result.status === "ok" ? result.value : result.status;
  });

test("sessions sleep when others are used, and wake where they were", async () => {
  const store = directoryStore(join(folder, "a"));
  await using sessions = new Sessions({ store, awake: 2 });
  const ids = ["one", "two", "three", "four"];
  for (const round of [1, 2, 3]) {
    for (const id of ids) expect(await run(sessions, id)).toBe(round);
  }
  for (const id of ids) await sessions.sleep(id);
  expect(sessions.awake).toEqual([]);
  expect(await store.list()).toEqual([...ids].sort());
  expect(statSync(join(folder, "a", "one.sally")).mode & 0o777).toBe(0o600);
});

test("uses of one session take turns, also while it falls asleep", async () => {
  await using sessions = new Sessions({ store: directoryStore(join(folder, "b")), awake: 0 });
  const values = await Promise.all(Array.from({ length: 6 }, () => run(sessions, "same")));
  expect(values).toEqual([1, 2, 3, 4, 5, 6]);
});

test("they outlive the process that had them, and idle ones sleep by themselves", async () => {
  const store = directoryStore(join(folder, "c"));
  {
    await using sessions = new Sessions({ store, idle: 20 });
    await run(sessions, "idle");
    while (sessions.awake.length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await run(sessions, "other");
  }
  await using later = new Sessions({ store });
  expect([await run(later, "idle"), await run(later, "other")]).toEqual([2, 2]);
});

test("a session that ends begins again from its last sleep, and one that is removed from nothing", async () => {
  await using sessions = new Sessions({ store: directoryStore(join(folder, "d")) });
  await run(sessions, "x");
  await sessions.sleep("x");
  await run(sessions, "x");
  expect(await run(sessions, "x", "import os; os._exit(3)")).toBe("exit");
  expect(await run(sessions, "x")).toBe(2);
  await sessions.remove("x");
  expect(await run(sessions, "x")).toBe(1);
});

test("what cannot be told is an error: names, options, damaged files", async () => {
  const store = directoryStore(join(folder, "e"));
  await using sessions = new Sessions({ store });
  for (const id of ["", "../x", "a/b", ".hidden", "a\0b", "x".repeat(129)]) {
    await expect(run(sessions, id)).rejects.toBeInstanceOf(OptionError);
  }
  expect(() => new Sessions({ store, idle: 0 })).toThrow(OptionError);
  await run(sessions, "bad");
  await sessions.sleep("bad");
  writeFileSync(join(folder, "e", "bad.sally"), "damaged");
  await expect(run(sessions, "bad")).rejects.toMatchObject({ code: "ERR_SNAPSHOT" });
  expect(readdirSync(join(folder, "e"))).toEqual(["bad.sally"]);
});
