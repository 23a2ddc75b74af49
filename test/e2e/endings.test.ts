import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { RunResult } from "../../src/index.js";
import { Sandbox } from "../../src/index.js";
import { onEachEngine } from "./engines.js";

/** What CPython 3.13 itself does with these programs on Linux, with addresses made equal. */
interface Ending {
  readonly source: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

const read = (): readonly (readonly [string, Ending])[] => {
  const endings: Record<string, Ending> = JSON.parse(
    readFileSync(new URL("../fixtures/endings.json", import.meta.url), "utf8"),
  );
  return Object.entries(endings);
};

const status = (result: RunResult<unknown>): number | string => {
  if (result.status === "ok") return 0;
  if (result.status === "exit") return result.code;
  return result.status === "error" ? 1 : result.status;
};

const anonymous = (text: string): string => text.replaceAll(/0x[0-9a-f]{6,}/g, "0xADDRESS");

onEachEngine("a program ends as it does under python", (engine) => {
  // All in one sandbox, one after the other: none leaves anything to the next.
  it("whatever it ends with", { timeout: 120_000 }, async () => {
    await using sandbox = await Sandbox.create({ engine });
    for (const [name, ending] of read()) {
      // It closes the descriptor for good.
      if (name === "closefd") continue;
      await sandbox.files.write("prog.py", ending.source);
      const result = await sandbox.runFile("prog.py", ["a1"]);
      const got = { stdout: result.stdout, stderr: anonymous(result.stderr), status: status(result) };
      expect({ name, ...got }).toEqual({
        name,
        stdout: ending.stdout,
        stderr: ending.stderr,
        status: ending.status,
      });
    }
  });

  describe("that closes its stdout", () => {
    for (const [name, ending] of read().filter(([each]) => each.startsWith("close"))) {
      it(name, async () => {
        await using sandbox = await Sandbox.create({ engine });
        await sandbox.files.write("prog.py", ending.source);
        const result = await sandbox.runFile("prog.py");
        expect({ stderr: result.stderr, status: status(result) }).toEqual({
          stderr: ending.stderr,
          status: ending.status,
        });
      });
    }
  });
});
