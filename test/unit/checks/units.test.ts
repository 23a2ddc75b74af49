import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, formatSize, parseDuration, parseSize } from "../../../src/checks/units.js";
import { OptionError } from "../../../src/errors.js";
import {
  forOneRun,
  hardCpuSeconds,
  type Limits,
  lowerLimits,
  parseLimits,
} from "../../../src/options/limits.js";
import { checkSandboxOptions } from "../../../src/options/sandbox.js";

const ANY = { min: 0, max: Number.MAX_SAFE_INTEGER };

describe("sizes and durations", () => {
  it.each([
    ["256 MiB", 268435456],
    ["256M", 268435456],
    ["1.5GiB", 1610612736],
    ["10 MB", 10_000_000],
    ["7", 7],
    [4096, 4096],
  ])("reads the size %s", (text, bytes) => {
    expect(parseSize(text, "memory", ANY)).toBe(bytes);
  });

  it.each([
    ["5 s", 5000],
    ["250ms", 250],
    ["2 min", 120_000],
    ["1h", 3_600_000],
    [17, 17],
  ])("reads the duration %s", (text, milliseconds) => {
    expect(parseDuration(text, "cpu", ANY)).toBe(milliseconds);
  });

  it.each(["", "MiB", "12 parsecs", "-1", "1e9", "5 MiB s", null, undefined, {}, Number.NaN, -5])(
    "refuses %j, naming the option",
    (value) => {
      expect(() => parseSize(value, "limits.memory", ANY)).toThrow(
        expect.objectContaining({ code: "ERR_OPTION", option: "limits.memory" }),
      );
      expect(() => parseDuration(value, "limits.cpu", ANY)).toThrow(OptionError);
    },
  );

  it("says what the range is", () => {
    expect(() => parseSize("1 KiB", "memory", { min: 2 ** 20, max: 2 ** 30 })).toThrow(
      'memory: "1 KiB" is out of range: from 1 MiB to 1 GiB',
    );
  });

  it("reads what it formats", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (value) => {
        const bytes = parseSize(formatSize(value), "x", ANY);
        expect(Math.abs(bytes - value) / value).toBeLessThan(0.01);
        const milliseconds = parseDuration(formatDuration(value), "x", ANY);
        expect(Math.abs(milliseconds - value) / value).toBeLessThan(0.01);
      }),
    );
  });
});

describe("limits", () => {
  it("of a sandbox for one run bound the guest's whole life by what the run may have", () => {
    const hard = (limits: Limits): number => hardCpuSeconds(parseLimits(forOneRun(limits)));
    expect(hard({ cpu: "5 s" })).toBe(5 + 1 + 10);
    expect(hard({ cpu: "5 s", totalCpu: "1 min", grace: 0 })).toBe(60 + 5);
    expect(hard({})).toBe(24 * 3600 + 1 + 5);
  });

  it("of CPU time leave to a guest what those before it have left", () => {
    const limits = parseLimits({ totalCpu: "1 min", grace: 0 });
    expect([0, 50_000, 70_000].map((used) => hardCpuSeconds(limits, used))).toEqual([65, 15, 5]);
  });

  it("fills in defaults and rounds memory up to whole pages", () => {
    expect(parseLimits({ memory: 64 * 2 ** 20 + 1 })).toMatchObject({
      memory: 65 * 2 ** 20 - 2 ** 20 + 65536,
      cpu: Number.POSITIVE_INFINITY,
      grace: 1000,
    });
  });

  it("names a limit that is not there", () => {
    expect(() => parseLimits(JSON.parse('{"ram":1}'))).toThrow("limits.ram: there is no such limit");
  });

  it("lets a run lower a limit, and never raise it", () => {
    const own = parseLimits({ cpu: "2 s", output: 1000 });
    expect(lowerLimits({ cpu: "1 s", output: 5000, wall: 10 }, own)).toMatchObject({
      cpu: 1000,
      output: 1000,
      wall: 10,
    });
  });
});

describe("sandbox options", () => {
  it.each([
    ['{"mount":{}}', "mount"],
    ['{"mounts":{"data":{}}}', 'mounts["data"]'],
    ['{"mounts":{"/a/../b":{}}}', 'mounts["/a/../b"]'],
    ['{"cwd":"sandbox"}', "cwd"],
    ['{"env":{"A=B":"x"}}', 'env["A=B"]'],
    ['{"env":{"A":1}}', 'env["A"]'],
    ['{"engine":"jit"}', "engine"],
  ])("finds what is wrong with %s", (json, option) => {
    expect(() => checkSandboxOptions(JSON.parse(json))).toThrow(expect.objectContaining({ option }));
  });
});
