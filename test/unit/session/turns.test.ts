import { expect, it } from "vitest";
import { Turns } from "../../../src/session/turns.js";

it("turns are taken in order; who gives up waiting lets nobody pass before their time", async () => {
  const turns = new Turns();
  const log: string[] = [];
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const first = turns.take(async () => {
    log.push("first");
    await held;
    log.push("first is done");
  });
  const controller = new AbortController();
  const second = turns.take(async () => {
    log.push("second");
  }, controller.signal);
  const third = turns.take(async () => {
    log.push("third");
  });
  controller.abort(new Error("enough"));
  await expect(second).rejects.toThrow("enough");
  expect([log, turns.taken]).toEqual([["first"], true]);
  release();
  await Promise.all([first, third]);
  expect([log, turns.taken]).toEqual([["first", "first is done", "third"], false]);
  await expect(turns.take(async () => 1, AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
  expect(await turns.take(async () => 2, controller.signal).catch(() => "aborted")).toBe("aborted");
});
