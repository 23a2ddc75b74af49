import { describe, expect, test } from "vitest";
import { nativeSupported } from "../../src/engine/native.js";
import { Sandbox } from "../../src/sandbox.js";
import { beHostile } from "./hostile.js";

beHostile();

const limits = { wall: "20s", output: "4MiB", storage: "16MiB", descriptors: 64, grace: "300ms" } as const;

const result = async (behaviour: string, runLimits = {}) => {
  await using sandbox = await Sandbox.create({ engine: "native", limits: { ...limits, ...runLimits } });
  const ended = await sandbox.run(`# ${behaviour}`);
  return { ...ended, closed: sandbox.closed };
};

describe.runIf(nativeSupported())("a driver that has been taken over", () => {
  test.each([
    "reports garbage",
    "reports nothing",
    "reports another kind",
    "reports twice",
    "ends without a result",
    "reports endless depth",
    "reports giant arrays",
    "reports giant text",
    "reports an error of escapes",
    "displays garbage",
    "calls garbage",
    "starts garbage",
    "saves unasked",
    "restores unasked",
  ])("that %s is a breach of protocol, which closes the sandbox", async (behaviour) => {
    const ended = await result(behaviour);
    expect([ended.status, ended.ok, typeof ended.closed]).toEqual(["protocol", false, "string"]);
  });

  test.each([
    ["reports a prototype", "ok"],
    ["starts a hundred thousand calls", "ok"],
    ["reads answers that are not there", "ok"],
    ["opens without end", "ok"],
    ["fills the disk", "ok"],
    ["makes files without end", "ok"],
    ["prints without end", "output"],
    ["leaves in the middle", "exit"],
    ["dies in the middle", "killed"],
  ])("that %s ends as %s, within its limits", async (behaviour, status) => {
    const ended = await result(behaviour);
    expect(ended.status).toBe(status);
    expect(ended.usage.operations["open"] ?? 0).toBeLessThan(100);
    expect(ended.usage.operations["start"] ?? 0).toBeLessThan(10_000);
    // Until it is killed: as many as it manages.
    if (status !== "output") expect(ended.usage.operations["write"] ?? 0).toBeLessThan(100);
  });

  test("that sends messages without end is stopped at the most that messages may have", async () => {
    for (const behaviour of ["reports without end", "calls without end"]) {
      const { report = 0, call = 0 } = (await result(behaviour)).usage.operations;
      expect(report + call).toBeGreaterThan(60);
      expect(report + call).toBeLessThan(64 + 10);
    }
  });

  test("that sends parts of all kinds of messages has them held together within the limit, however many do so", async () => {
    const all = await Promise.all(
      Array.from({ length: 6 }, () => result("sends parts of everything without end", { message: "3 MiB" })),
    );
    for (const { usage } of all) {
      const { report = 0, call = 0, start = 0 } = usage.operations;
      // Twelve parts of 256 KiB are 3 MiB; what is refused lets go of its kind, a third at a time.
      expect(report + call + start).toBeGreaterThan(12);
      expect(report + call + start).toBeLessThan(12 + 4 + 8 + 10);
    }
  });

  test("that ignores its limits is killed", async () => {
    const ended = await result("ignores its limits", { wall: "500ms" });
    expect(ended).toMatchObject({ status: "timeout", limit: "wall" });
    expect(ended.closed).toBeTypeOf("string");
  });

  test("troubles no other sandbox", async () => {
    await using sound = await Sandbox.create({ engine: "wasm", limits });
    const hostile = ["reports garbage", "prints without end", "fills the disk", "saves unasked"].map((name) =>
      result(name),
    );
    const values: unknown[] = [];
    for (let round = 0; round < 10; round++) {
      const ended = await sound.run<number>(`x = ${round}\nx * x`);
      values.push(ended.status === "ok" ? Number(ended.value) : ended.status);
    }
    await Promise.all(hostile);
    expect(values).toEqual([0, 1, 4, 9, 16, 25, 36, 49, 64, 81]);
  });
});
