import { expect, test } from "vitest";
import { transferTime } from "../../../src/limits/transfer.js";

test("memory has half a minute to travel, and a second more for each 32 MiB", () => {
  expect([0, 64, 512, 4096].map((size) => transferTime(size * 2 ** 20))).toEqual([
    30_000, 32_000, 46_000, 158_000,
  ]);
});
