import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Pacing } from "../../src/wire/pacing.js";

/** Milliseconds; it goes on from test to test, as pacings know of each other. */
let time = 0;
const pass = (milliseconds: number): void => {
  time += milliseconds;
};
beforeEach(() => {
  vi.spyOn(performance, "now").mockImplementation(() => time);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A pacing whose turn has just begun, with nobody else about. */
const begun = (): Pacing => {
  const pacing = new Pacing();
  pass(1000);
  pacing.beginTurn();
  return pacing;
};

test("the wait for the next request is the longer, the more the guest has to take", () => {
  const pacing = begun();
  const small = pacing.afterAnswer(0) - time;
  const large = pacing.afterAnswer(1024 * 1024) - time;
  expect(small).toBeGreaterThan(0);
  expect(large).toBeGreaterThan(2 * small);
  expect(large).toBeLessThan(1);
});

test("who sends a request in pieces without end is waited for no longer than a turn", () => {
  const pacing = begun();
  let waits = 0;
  while (pacing.amidRequest() > 0) {
    expect(pacing.amidRequest() - time).toBeLessThan(0.1);
    waits++;
    pass(0.05);
  }
  expect(waits).toBeGreaterThan(1);
  expect(waits).toBeLessThan(100);
  expect(pacing.afterAnswer(0)).toBe(0);
});

test("after waiting in vain again and again it is tried rarely, and again once it would have been of use", () => {
  const pacing = begun();
  for (let i = 0; i < 20; i++) pacing.waited(false);
  pass(1000);
  let turns = 0;
  for (; turns < 1000; turns++) {
    pacing.beginTurn();
    if (pacing.amidRequest() > 0) break;
    pass(1000);
  }
  expect(turns).toBeGreaterThan(10);
  expect(turns).toBeLessThan(100);
  pacing.waited(false);
  pacing.afterAnswer(0);
  pacing.beginTurn();
  expect(pacing.amidRequest()).toBeGreaterThan(0);
});

test("nobody is waited for while two guests are served in turn", () => {
  const [one, other] = [begun(), new Pacing()];
  one.afterAnswer(0);
  other.beginTurn();
  expect(other.afterAnswer(0)).toBe(0);
  expect(other.amidRequest()).toBe(0);
});
