import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchAndRun } from "../../../src/cli/watch.js";

let directory = "";
let file = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-watching-"));
  file = join(directory, "program.py");
  writeFileSync(file, "");
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true, force: true });
});

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

test("a run that is still being started when something changes is begun anew", async () => {
  mkdirSync(join(directory, "mounted"));
  const mount = [{ host: join(directory, "mounted"), guest: "/mounted", mode: "ro" as const }];
  let runs = 0;
  const runOnce = async (signal: AbortSignal): Promise<number> => {
    runs++;
    if (runs >= 3) {
      setImmediate(() => process.emit("SIGINT"));
      return 7;
    }
    writeFileSync(runs === 1 ? file : join(directory, "mounted", "data"), "changed");
    return await aborted(signal);
  };
  expect(await watchAndRun(file, { mount, env: {} }, runOnce)).toBe(7);
  expect(runs).toBeGreaterThanOrEqual(3);
});
