/**
 * After each test file: every guest that its tests started is replayed from its trace alone, and has to say the same.
 */
import { appendFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, expect } from "vitest";
import { recorded, unrecorded, type Verdict } from "./guests.js";

afterAll(async () => {
  if (recorded.length + unrecorded.length === 0) return;
  // Most test files start no guest: they need not wait for what replays one.
  const { judge } = await import("./judge.js");
  const verdicts: Verdict[] = [];
  for (const guest of recorded) verdicts.push(await judge(guest));
  for (const { why, ...guest } of unrecorded) {
    verdicts.push({ ...guest, operations: 0, bytes: 0, outcome: "not recorded", detail: why });
  }
  for (const directory of new Set(recorded.map(({ file }) => dirname(file)))) {
    rmSync(directory, { recursive: true, force: true });
  }
  recorded.length = 0;
  unrecorded.length = 0;
  const to = process.env["SALLYPORT_TEST_VERDICTS"];
  if (to !== undefined) {
    for (const verdict of verdicts) appendFileSync(to, `${JSON.stringify(verdict)}\n`);
  }
  expect(verdicts.filter(({ outcome }) => outcome === "different")).toEqual([]);
}, 600_000);
