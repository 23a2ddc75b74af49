import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { ROOT } from "./cli/cli.js";

const run = promisify(execFile);

it("the program that tries other runtimes passes in this one", async () => {
  const { stdout } = await run(process.execPath, [join(ROOT, "scripts/smoke.mjs")]);
  expect(stdout).toContain("wasm works");
  expect(stdout).toContain("pools work");
}, 120_000);
