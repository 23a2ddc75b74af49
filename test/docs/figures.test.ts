import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Figures, figuresOf, PAGES, withFigures } from "../../scripts/docs/figures.js";
import { ROOT } from "../e2e/cli/cli.js";

const times = { clock: 9.4567e-6, read: 4.1e9, write: 3.3e9, stat: 1 };
const rates = { runs: 2423.315, calls: 15804.62, toGuest: 1.08e8, fromGuest: 7.6e7 };
const alternative = { version: "1.2.3", another: 0.0067, idle: 858_993, snapshot: undefined };
const small = { right: 178, perSecond: 300 };

/** As bench/run.ts writes it, and more. */
const REPORT = {
  date: "2026-01-02T03:04:05.678Z",
  machine: { processor: "Some | one", cores: 2, memory: 1, kernel: "6", node: "v20.1.0", python: "3.13.1" },
  start: {
    alone: { guest: 0.00125, native: 0.00635 },
    live: { sallyport: 0.00666, "python3 -I": 0.0105, "python3 -I -S": 0.008 },
    cold: {
      "sallyport run": 0.1749,
      "python3 -I": 0.01095,
      "bubblewrap + python3": 0.013,
      Pyodide: 2.04,
      "Pyodide, memory snapshot": 0.51,
      Monty: 0.09,
    },
  },
  cpu: {
    mean: 1.0123456,
    worst: { program: "hashing", ratio: 1.61 },
    rows: [
      { program: "fib", native: 0.01, guest: 0.01, pyodide: 0.04, monty: 0.1 },
      { program: "sqlite", native: 0.01, guest: 0.011, pyodide: 0.01 },
    ],
  },
  operations: {
    raw: { exchange: 4.5e-6, rate: 2e9 },
    rows: { "mounted directory": times, memory: times, "native python3": times },
  },
  memory: {
    rows: [
      { live: 1, each: 300_000 },
      { live: 1000, each: 283_115 },
    ],
  },
  session: { rows: { sallyport: rates, Pyodide: rates, Monty: rates }, checkout: 0.00147 },
  small: {
    programs: 178,
    rows: {
      "sallyport, a pool, each in a sandbox of its own": small,
      "Pyodide, one interpreter for all": { right: 176, perSecond: 99 },
      "Monty, in this process": { right: 41, perSecond: 999 },
    },
  },
  alternatives: {
    rows: {
      Sallyport: { ...alternative, snapshot: { take: 0.002, restore: 0.005, bytes: 30_000 } },
      "bubblewrap + Python": { ...alternative, version: "0.8.0, Python 3.13.1" },
      Pyodide: alternative,
      Monty: { ...alternative, another: 5.2e-6, snapshot: { take: 1.2e-6, restore: 6.3e-6, bytes: 73 } },
    },
  },
};

describe("figures", () => {
  it("are what of a report is shown, with four digits", () => {
    const figures = figuresOf(REPORT);
    expect(figures.session.rows.sallyport.runs).toBe(2423);
    expect(figures.cpu.mean).toBe(1.012);
    expect(figuresOf(figures)).toEqual(figures);
    expect(() => figuresOf({ ...REPORT, cpu: undefined })).toThrow(
      /the report lacks cpu .* whole npm run bench/,
    );
  });

  it("stand between the marks of the pages, which keep all else", () => {
    const figures = figuresOf(REPORT);
    for (const [path, text] of PAGES) {
      const page = readFileSync(join(ROOT, path), "utf8");
      const shown = withFigures(page, text(figures));
      expect(withFigures(shown, text(figures))).toBe(shown);
      expect(shown.split("<!-- figures")[0]).toBe(page.split("<!-- figures")[0]);
      expect(shown.split("/figures -->")[1]).toBe(page.split("/figures -->")[1]);
      for (const part of ["2026-01-02", "178", "1.01 ×", "@pydantic/monty 1.2.3"])
        expect(shown).toContain(part);
      // A table has as many cells in each line as in its head.
      const lines = shown.split("\n").filter((line) => line.startsWith("| ") && line.includes("1.01 ×"));
      expect(lines.map((line) => line.split(" | ").length)).toEqual([5]);
    }
    expect(PAGES.get("docs/comparison.md")?.(figures)).toContain(
      "| 2.0 ms, 5.0 ms, 29.3 KiB | — | 1.2 µs, 6.3 µs, 73 B | none |",
    );
  });

  it("in the pages are those of docs/figures.json (npm run figures)", () => {
    const kept = join(ROOT, "docs/figures.json");
    const figures: Figures | undefined = existsSync(kept)
      ? figuresOf(JSON.parse(readFileSync(kept, "utf8")))
      : undefined;
    for (const [path, text] of PAGES) {
      const page = readFileSync(join(ROOT, path), "utf8");
      if (figures !== undefined) expect(page).toBe(withFigures(page, text(figures)));
    }
  });
});
