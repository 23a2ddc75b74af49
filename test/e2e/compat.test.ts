import { expect, it } from "vitest";
import { expected, packedSuite, runModules } from "../compat/run.js";
import { onEachEngine } from "./engines.js";

/** What is run on the slower engine, too. */
const FEW = ["test_bool", "test_dict", "test_float", "test_json", "test_struct", "test_textwrap"];

/** Tests that fail by right, as docs/compatibility.md says. */
const DIFFERENT: ReadonlySet<string> = new Set([
  // The clock of the only thread is that of "this thread".
  "test.test_time.TimeTestCase.test_pthread_getcpuclockid",
]);

onEachEngine("CPython's own test suite", (engine) => {
  const modules = engine === "native" ? [...expected().keys()] : FEW;

  it(`passes in ${modules.length} modules, each in a sandbox of its own`, async () => {
    const counts = expected();
    const results = await runModules(modules, await packedSuite(), { engine });
    const wrong = results.filter(
      ({ module, status, passed = 0, failed = {} }) =>
        (status !== "passed" && status !== "failed") ||
        Object.keys(failed).some((test) => !DIFFERENT.has(test)) ||
        passed < (counts.get(module) ?? 1),
    );
    expect(wrong).toEqual([]);
    expect(results).toHaveLength(modules.length);
  }, 600_000);
});
