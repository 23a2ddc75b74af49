/**
 * Around the whole run: collects what became of the guests of all test files, and shows it as a table.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Verdict } from "./guests.js";

const directory = mkdtempSync(join(tmpdir(), "sallyport-verdicts-"));
const file = join(directory, "verdicts.jsonl");

export const setup = (): void => {
  process.env["SALLYPORT_TEST_VERDICTS"] = file;
};

export const teardown = (): void => {
  const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  // The file is this run's own.
  const verdicts = lines.map((line): Verdict => JSON.parse(line));
  rmSync(directory, { recursive: true, force: true });
  const sums = new Map<string, { guests: number; operations: number; bytes: number }>();
  for (const { outcome, detail = "", engine, operations, bytes } of verdicts) {
    const why = outcome.startsWith("not ") ? `${outcome}: ${detail}` : outcome;
    const sum = sums.get(`${engine.padEnd(6)}  ${why}`) ?? { guests: 0, operations: 0, bytes: 0 };
    sums.set(`${engine.padEnd(6)}  ${why}`, {
      guests: sum.guests + 1,
      operations: sum.operations + operations,
      bytes: sum.bytes + bytes,
    });
  }
  const compared = verdicts.filter(({ outcome }) => !outcome.startsWith("not "));
  console.log(
    `\nguests of the tests: ${verdicts.length}; replayed from their traces alone: ${compared.length}`,
  );
  console.log("   guests  operations  bytes of output and results  engine  outcome");
  for (const [what, { guests, operations, bytes }] of [...sums].sort()) {
    console.log(
      `${String(guests).padStart(9)}  ${String(operations).padStart(10)}  ${String(bytes).padStart(27)}  ${what}`,
    );
  }
};
