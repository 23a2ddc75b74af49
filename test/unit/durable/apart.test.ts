import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { doApart, isApart } from "../../../src/durable/apart.js";

const [one, other] = [{}, {}];
const now = (): [boolean, boolean] => [isApart(one), isApart(other)];

test("what is done apart from one session is no less a part of another", async () => {
  expect(now()).toEqual([false, false]);
  await doApart(one, async () => {
    expect(now()).toEqual([true, false]);
    await wait(1);
    expect(now()).toEqual([true, false]);
    await doApart(other, async () => {
      await doApart(one, async () => expect(now()).toEqual([true, true]));
      await wait(1);
      expect(now()).toEqual([true, true]);
    });
    expect(now()).toEqual([true, false]);
  });
  expect(now()).toEqual([false, false]);
});

test("what goes on meanwhile is not apart", async () => {
  const seen: boolean[] = [];
  const meanwhile = (async () => {
    for (let times = 0; times < 5; times++) {
      await wait(1);
      seen.push(isApart(one));
    }
  })();
  await doApart(one, () => meanwhile);
  expect(seen).toEqual([false, false, false, false, false]);
});
