import { describe, expect, it } from "vitest";
import { clock, EPOCH } from "../../../src/kernel/clock.js";
import { seededRandom, systemRandom } from "../../../src/kernel/random.js";
import { errno, now, setting } from "./harness.js";

const MS = 1_000_000n;

describe("clocks", () => {
  it("move in steps of a millisecond, and tell so", () => {
    const at = setting();
    const { time } = now(at.ops.clock({ id: 0 }));
    expect(time % MS).toBe(0n);
    expect(now(at.ops.clock({ id: 1 })).time % MS).toBe(0n);
    expect(now(at.ops.clock({ id: 2 })).time % MS).toBe(0n);
    expect(now(at.ops.resolution({ id: 1 })).time).toBe(MS);
    const real = BigInt(Date.now()) * MS;
    expect(real - time).toBeLessThan(60_000n * MS);
  });

  it("of the processor move in the same steps, by whatever operation they are read", () => {
    const used = { user: 7n * MS + 654_321n, system: 2n * MS + 999_999n, peak: 0 };
    const at = setting({ usage: () => used });
    expect(now(at.ops.clock({ id: 2 })).time).toBe(10n * MS);
    const { usage } = now(at.ops.usage({}));
    const view = new DataView(usage.buffer, usage.byteOffset);
    expect([view.getBigUint64(0, true), view.getBigUint64(8, true)]).toEqual([7n * MS, 2n * MS]);
  });

  it("have moved by at least the time slept, steps or not", async () => {
    const at = setting();
    for (const span of [1n, 300_000n, MS, 2_500_000n]) {
      const before = now(at.ops.clock({ id: 1 })).time;
      await at.ops.sleep({ id: 1, until: span, flags: 0 });
      expect(now(at.ops.clock({ id: 1 })).time - before).toBeGreaterThanOrEqual(span);
    }
    const until = now(at.ops.clock({ id: 0 })).time + 5n * MS;
    await at.ops.sleep({ id: 0, until, flags: 1 });
    expect(now(at.ops.clock({ id: 0 })).time).toBeGreaterThanOrEqual(until);
  });

  it("refuse what is no clock and no time", async () => {
    const at = setting();
    for (const id of [4, 5, 0x10000, 0xffff_ffff]) {
      expect(await errno(() => at.ops.clock({ id }))).toBe("EINVAL");
      expect(await errno(() => at.ops.resolution({ id }))).toBe("EINVAL");
    }
    expect(await errno(() => at.ops.sleep({ id: 1, until: -1n, flags: 0 }))).toBe("EINVAL");
    expect(await errno(() => at.ops.sleep({ id: 2, until: 1n, flags: 0 }))).toBe("EINVAL");
    expect(await errno(() => at.ops.sleep({ id: 1, until: 1n, flags: 2 }))).toBe("EINVAL");
    expect(await errno(() => at.ops.sleep({ id: 1, until: -5n, flags: 1 })), "has passed").toBe("ok");
  });

  it("can be offset, scaled and fine", () => {
    const offset = clock({ mode: "real", offset: 3600n * 1000n * MS });
    expect(offset.realtime() - BigInt(Date.now()) * MS).toBeGreaterThan(3_500_000n * MS);
    const fine = clock({ mode: "real", resolution: 1n });
    const times = Array.from({ length: 100 }, () => fine.monotonic());
    expect(new Set(times).size).toBeGreaterThan(50);
    const fast = clock({ mode: "real", scale: 1000, resolution: 1n });
    expect(fast.pass(1_000_000n)).toBe(1000n);
  });

  it("can stand still but for waiting, which is skipped", async () => {
    const at = setting({ clock: { mode: "frozen", at: EPOCH } });
    expect(now(at.ops.clock({ id: 0 })).time).toBe(EPOCH);
    now(at.ops.sleep({ id: 1, until: 3_600_000_000_000n, flags: 0 }));
    expect(now(at.ops.clock({ id: 0 })).time).toBe(EPOCH + 3_600_000_000_000n);
    expect(now(at.ops.clock({ id: 1 })).time).toBe(3_600_000_000_000n);
    const [reader] = now(at.ops.pipe({ flags: 0 })).fds;
    const fds = new Uint8Array(8);
    new DataView(fds.buffer).setInt32(0, reader, true);
    now(at.ops.poll({ fds, timeout: 5n, capacity: 2 }));
    expect(now(at.ops.clock({ id: 1 })).time).toBe(3_600_000_000_005n);
  });

  it("can step at each call, but not for time stamps of files", () => {
    const stepping = clock({ mode: "stepping", at: 0n, step: 10n });
    expect([stepping.monotonic(), stepping.realtime(), stepping.peek(), stepping.monotonic()]).toEqual([
      10n,
      20n,
      20n,
      30n,
    ]);
  });

  it("refuse settings that cannot be", () => {
    expect(() => clock({ mode: "real", resolution: 0n })).toThrow(RangeError);
    expect(() => clock({ mode: "real", scale: 0 })).toThrow(RangeError);
    expect(() => clock({ mode: "real", scale: Number.NaN })).toThrow(RangeError);
    expect(() => clock({ mode: "frozen", at: 2n ** 63n })).toThrow(RangeError);
    expect(() => clock({ mode: "stepping", step: -1n })).toThrow(RangeError);
  });

  it("never go beyond 64 bits, however long one waits", () => {
    const at = setting({ clock: { mode: "frozen" } });
    for (let i = 0; i < 10; i += 1) now(at.ops.sleep({ id: 1, until: 2n ** 62n, flags: 0 }));
    expect(now(at.ops.clock({ id: 0 })).time).toBeLessThan(2n ** 63n);
  });
});

describe("randomness", () => {
  const draw = (random: (into: Uint8Array) => void, length: number): string => {
    const into = new Uint8Array(length);
    random(into);
    return Buffer.from(into).toString("hex");
  };

  it("from a seed is the same everywhere, however it is drawn", () => {
    const one = seededRandom(42);
    const two = seededRandom("42");
    const whole = draw(one, 100);
    expect(draw(two, 33) + draw(two, 0) + draw(two, 67)).toBe(whole);
    expect(whole.slice(0, 32)).toBe("000cd3143f4dd49317664198909b9a18");
    expect(draw(seededRandom(43), 100)).not.toBe(whole);
  });

  it("of the system does not repeat", () => {
    const random = systemRandom();
    const drawn = new Set(Array.from({ length: 2000 }, () => draw(random, 16)));
    expect(drawn.size).toBe(2000);
    expect(draw(random, 5000)).toHaveLength(10_000);
    expect(draw(random, 0)).toBe("");
  });
});

describe("a deterministic kernel", () => {
  it("tells the same in every run", async () => {
    const told = async (): Promise<unknown> => {
      const { ops } = setting({ deterministic: true });
      const files: unknown[] = [];
      now(ops.mkdir({ at: -100, path: "/d", mode: 0o755 }));
      files.push(now(ops.stat({ at: -100, path: "/d", flags: 0 })));
      return [
        now(ops.clock({ id: 0 })),
        now(ops.clock({ id: 2 })),
        Buffer.from(now(ops.random({ capacity: 32 })).data).toString("hex"),
        now(ops.usage({})),
        now(ops.uname({ capacity: 999 })),
        now(ops.user({ capacity: 999 })),
        files,
      ];
    };
    expect(await told()).toEqual(await told());
  });
});
