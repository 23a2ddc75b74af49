import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Watch } from "../../../src/limits/watch.js";

const NONE = Number.POSITIVE_INFINITY;

describe("Watch", () => {
  let cpu = 0;
  const log: string[] = [];
  const make = (limits: { cpu?: number; wall?: number }, grace = 1000): Watch =>
    new Watch({
      limits: { cpu: limits.cpu ?? NONE, wall: limits.wall ?? NONE },
      grace,
      cpuTime: () => cpu,
      stop: (reason) => log.push(`stop ${reason}`),
      kill: (reason) => log.push(`kill ${reason}`),
    });

  beforeEach(() => {
    vi.useFakeTimers();
    cpu = 100;
    log.length = 0;
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("stops at the wall limit, and kills after the grace period", () => {
    const watch = make({ wall: 500 }, 120);
    vi.advanceTimersByTime(499);
    expect(log).toEqual([]);
    vi.advanceTimersByTime(1);
    expect([log, watch.stopped]).toEqual([["stop wall"], "wall"]);
    vi.advanceTimersByTime(119);
    expect(log).toEqual(["stop wall"]);
    vi.advanceTimersByTime(1);
    expect(log.at(-1)).toBe("kill wall");
    expect(watch.killed).toBe(true);
    vi.advanceTimersByTime(10_000);
    expect(log).toHaveLength(2);
  });

  it("counts CPU time from its beginning, with one timer for what remains", () => {
    const watch = make({ cpu: 1000 });
    cpu = 700;
    vi.advanceTimersByTime(1000);
    expect(log).toEqual([]);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(399);
    cpu = 1100;
    expect(log).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(log).toEqual(["stop cpu"]);
    watch[Symbol.dispose]();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("takes time on the clock for CPU time where the system does not tell that", () => {
    const unknown = { grace: 1000, cpuTime: () => undefined, kill: () => undefined };
    const stop = (reason: string) => void log.push(`stop ${reason}`);
    using _watch = new Watch({ ...unknown, limits: { cpu: 500, wall: NONE }, stop });
    using held = new Watch({ ...unknown, limits: { cpu: 24 * 3600e3, wall: NONE }, stop, held: true });
    held.start(100);
    vi.advanceTimersByTime(499);
    expect(log).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(log).toEqual(["stop cpu"]);
    vi.advanceTimersByTime(24 * 3600e3 - 600);
    expect(log).toEqual(["stop cpu", "stop cpu"]);
  });

  it("does not look all the time when nearly everything is used up", () => {
    const reads = vi.fn(() => cpu);
    using _watch = new Watch({
      limits: { cpu: 100, wall: NONE },
      grace: 10,
      cpuTime: reads,
      stop: () => undefined,
      kill: () => undefined,
    });
    cpu = 199.999;
    vi.advanceTimersByTime(1000);
    expect(reads.mock.calls.length).toBeLessThan(200);
  });

  it("keeps the first reason, and does nothing once disposed", () => {
    const watch = make({ wall: 10 });
    watch.stop("output");
    vi.advanceTimersByTime(20);
    watch.stop("cpu");
    expect(watch.stopped).toBe("output");
    watch[Symbol.dispose]();
    vi.advanceTimersByTime(5000);
    expect(log).toEqual(["stop output"]);
    watch.stop("aborted");
    expect(watch.stopped).toBe("output");
  });
});
