import { expect, it } from "vitest";
import { OptionError, Sandbox } from "../../../src/index.js";
import { onEachEngine } from "../engines.js";

onEachEngine("the limit of messages", (engine) => {
  it("bounds values that come from the guest, which is told", async () => {
    await using sandbox = await Sandbox.create({ engine, limits: { message: "1 MiB" } });
    const large = await sandbox.run("'x' * 2**20");
    expect(large.ok).toBe(false);
    expect(JSON.stringify(large)).toContain(String(2 ** 20 - 4096));
    expect(await sandbox.run("'x' * (2**20 - 5000)")).toMatchObject({ ok: true });
    // What goes in is the host's own, and may be larger.
    const variables = { text: "y".repeat(2 ** 21) };
    expect(await sandbox.run("len(text)", { variables })).toMatchObject({ ok: true, value: 2 ** 21 });
  });

  it("bounds how much can be decoded of them", async () => {
    await using sandbox = await Sandbox.create({ engine, limits: { message: "64 KiB" } });
    expect(await sandbox.run("[None] * 8000")).toMatchObject({ ok: true });
    const many = await sandbox.run("[None] * 9000");
    expect(many).toMatchObject({ ok: false, status: "error" });
    expect(JSON.stringify(many)).toContain("more items than may travel");
    expect(await sandbox.run("1 + 1")).toMatchObject({ ok: true, value: 2 });
  });

  it("bounds what calls that are being made hold together", async () => {
    let making = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    await using sandbox = await Sandbox.create({
      engine,
      limits: { message: "4 MiB" },
      functions: {
        slow: async (data: Uint8Array) => {
          making += 1;
          most = Math.max(most, making);
          await new Promise<void>((resolve) => waiting.push(resolve));
          making -= 1;
          return data.length;
        },
        release: () => {
          for (const go of waiting.splice(0)) go();
        },
      },
    });
    const result = await sandbox.run(`
import asyncio, errno
tasks, refused = [], set()
for _ in range(20):
    try:
        tasks.append(slow(b"x" * 2**20))
    except OSError as error:
        refused.add(errno.errorcode[error.errno])
release()
[await asyncio.gather(*tasks), list(refused)]`);
    expect(result).toMatchObject({ ok: true, value: [[2 ** 20, 2 ** 20, 2 ** 20], ["E2BIG"]] });
    expect(most).toBe(3);
    const again = await sandbox.run(`
task = slow(b"x" * 2**20)
release()
await task`);
    expect(again).toMatchObject({ ok: true, value: 2 ** 20 });
  });

  it("is from 64 KiB to 256 MiB, and the sandbox's, not a run's", async () => {
    for (const message of ["1 KiB", "257 MiB"] as const) {
      await expect(Sandbox.create({ engine, limits: { message } })).rejects.toThrow(OptionError);
    }
    await using sandbox = await Sandbox.create({ engine });
    const limits = { message: "1 MiB", operations: 1000 } as const;
    await expect(sandbox.run("1", { limits })).rejects.toThrow("limits.message");
  });
});
