import { readdirSync, statSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { nativeSupported } from "../../src/engine/native.js";
import { ARTIFACTS, findPrebuilt } from "../../src/engine/prebuilt.js";
import { transferTime } from "../../src/limits/transfer.js";
import { Sandbox } from "../../src/sandbox.js";
import { Sessions } from "../../src/sleeping/sessions.js";
import { beHostile } from "./hostile.js";

beHostile();

vi.mock(import("../../src/limits/transfer.js"), { spy: true });
/** Guests have so many milliseconds to hand over their memory, or to take it. */
const allow = (time: number): void => void vi.mocked(transferTime).mockReturnValue(time);
const PLENTY = 60_000;

/** How often the image is open here. */
const images = (): number => {
  const { ino } = statSync(findPrebuilt().artifact(ARTIFACTS.image).path);
  const open = readdirSync("/proc/self/fd").map((fd) =>
    statSync(`/proc/self/fd/${fd}`, { throwIfNoEntry: false }),
  );
  return open.filter((file) => file?.ino === ino).length;
};

describe.runIf(nativeSupported())("a guest that has been taken over", () => {
  test.each(["keeps silent at a snapshot", "does other things at a snapshot"])(
    "that %s is killed",
    async (behaviour) => {
      await using sandbox = await Sandbox.create({ engine: "native" });
      expect(await sandbox.run(`# ${behaviour}`)).toMatchObject({ status: "ok" });
      allow(300);
      const late = expect.stringMatching(/did not hand over its memory within 300 ms/);
      const snapshot = sandbox.snapshot();
      const after = sandbox.run("1");
      await expect(snapshot).rejects.toMatchObject({ code: "ERR_SNAPSHOT", message: late });
      expect(sandbox.closed).toEqual(late);
      await expect(after).rejects.toMatchObject({ code: "ERR_CLOSED", reason: late });
      await expect(sandbox.fork()).rejects.toMatchObject({ code: "ERR_CLOSED", reason: late });
      expect(images()).toBe(0);
    },
  );

  test("that keeps silent when its session is put to sleep is killed, and the session begins anew", async () => {
    const kept = new Map<string, Uint8Array>();
    await using sessions = new Sessions({
      store: {
        read: async (id) => kept.get(id),
        write: async (id, bytes) => void kept.set(id, bytes),
        remove: async (id) => void kept.delete(id),
        list: async () => [...kept.keys()],
      },
      sandbox: () => ({ engine: "native" }),
    });
    allow(300);
    const first = await sessions.use("a", async (sandbox) => {
      await sandbox.run("# keeps silent at a snapshot");
      return sandbox.pid;
    });
    await expect(sessions.sleep("a")).rejects.toMatchObject({ code: "ERR_SNAPSHOT" });
    expect(await sessions.use("a", async (sandbox) => sandbox.pid)).not.toBe(first);
    allow(PLENTY);
  });

  test("that hands over no memory is killed", async () => {
    await using sandbox = await Sandbox.create({ engine: "native" });
    await sandbox.run("# hands over no memory");
    allow(PLENTY);
    await expect(sandbox.snapshot()).rejects.toMatchObject({ code: "ERR_PROTOCOL" });
    expect(sandbox.closed).toMatch(/broke the protocol: .* a snapshot without its end/);
  });

  test.each(["keeps silent at a restore", "takes memory without end"])(
    "that %s is killed",
    async (behaviour) => {
      await using sandbox = await Sandbox.create({ engine: "native" });
      await sandbox.run(`# ${behaviour}`);
      allow(PLENTY);
      const snapshot = await sandbox.snapshot();
      allow(300);
      await expect(Sandbox.restore(snapshot, { engine: "native" })).rejects.toMatchObject({
        code: "ERR_SNAPSHOT",
        message: expect.stringMatching(/did not take its memory within 300 ms/),
      });
      await expect(sandbox.fork(2)).rejects.toMatchObject({ code: "ERR_SNAPSHOT" });
      expect(images()).toBe(0);
    },
  );
});
