import { expect, it } from "vitest";
import { sleeping } from "./sleeping.js";

it("a hundred sessions sleep, and know everything when they wake", { timeout: 120_000 }, async () => {
  const { sessions, woken, wrong, bytes } = await sleeping({ sessions: 100, wake: 40 });
  expect({ sessions, woken, wrong }).toEqual({ sessions: 100, woken: 40, wrong: 0 });
  expect(bytes.most).toBeLessThan(256 * 1024);
});
