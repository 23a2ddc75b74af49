import { describe, expect, it } from "vitest";
import { SIGALRM } from "../../../src/kernel/alarm.js";
import { errno, now, type Setting, setting } from "./harness.js";

const MS = 1_000_000n;

const timer = ({ ops }: Setting, value: bigint, interval = 0n): { left: bigint; again: bigint } => {
  const { old } = now(ops.timer({ value, interval }));
  const view = new DataView(old.buffer, old.byteOffset, old.byteLength);
  return { left: view.getBigInt64(0, true), again: view.getBigInt64(8, true) };
};

describe("the interval timer", () => {
  it("interrupts an operation that waits, with its signal", async () => {
    const at = setting();
    timer(at, 5n * MS);
    expect(await errno(() => at.ops.sleep({ id: 1, until: 3600n * 1000n * MS, flags: 0 }))).toBe("EINTR");
    expect(at.kernel.takeSignal()).toBe(SIGALRM);
    expect(timer(at, -1n)).toEqual({ left: 0n, again: 0n });
  });

  it("goes off again and again, until it is stopped", async () => {
    const at = setting();
    timer(at, MS, 2n * MS);
    for (let count = 0; count < 3; count++) {
      expect(await errno(() => at.ops.sleep({ id: 1, until: 3600n * 1000n * MS, flags: 0 }))).toBe("EINTR");
      expect(at.kernel.takeSignal()).toBe(SIGALRM);
    }
    expect(timer(at, 0n).again).toBe(2n * MS);
    expect(await errno(() => at.ops.sleep({ id: 1, until: 20n * MS, flags: 0 }))).toBe("ok");
  });

  it("has the process signalled where no operation waits", async () => {
    const signalled = await new Promise<string>((resolve) => {
      timer(setting({ onAlarm: () => resolve("signalled") }), MS);
    });
    expect(signalled).toBe("signalled");
  });

  it("tells what is left, and refuses negative times", async () => {
    const at = setting();
    timer(at, 1000n * 1000n * MS, 5n * MS);
    const { left, again } = timer(at, 0n);
    expect(left).toBeGreaterThan(900n * 1000n * MS);
    expect(again).toBe(5n * MS);
    expect(await errno(() => at.ops.timer({ value: -2n, interval: 0n }))).toBe("EINVAL");
    expect(await errno(() => at.ops.timer({ value: 1n, interval: -1n }))).toBe("EINVAL");
  });

  it("follows a clock that is not real, the same way each time", async () => {
    const at = setting({ clock: { mode: "frozen" } });
    timer(at, 1000n * MS);
    await at.ops.sleep({ id: 1, until: 999n * MS, flags: 0 });
    expect(at.kernel.takeSignal()).toBe(0);
    await at.ops.sleep({ id: 1, until: 2n * MS, flags: 0 });
    expect(at.kernel.takeSignal()).toBe(SIGALRM);
  });
});
