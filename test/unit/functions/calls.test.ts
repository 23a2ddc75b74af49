import { describe, expect, it } from "vitest";
import { type Call, Calls } from "../../../src/functions/calls.js";
import type { CallAnswer, CallRequest, Outcome } from "../../../src/protocol/messages.js";

const EMPTY = new Uint8Array();
const request = (name: string): CallRequest => ({
  kind: "call",
  target: { name },
  args: EMPTY,
  kwargs: EMPTY,
  dropped: [],
});
const reply = (ask: number, outcome: Outcome): CallRequest => ({ kind: "reply", ask, outcome, dropped: [] });
const invoke = { kind: "invoke", reference: 1, args: EMPTY, kwargs: EMPTY } as const;
const ok = (byte: number): Outcome => ({ status: "ok", value: Uint8Array.of(byte) });
const value = (byte: number): CallAnswer => ({ kind: "value", value: Uint8Array.of(byte) });
const never = new AbortController().signal;

/** Calls whose handler asks the guest as often as it is told, adds up the answers, and gives the sum. */
const make = (asks: number, busy = true) => {
  const seen: (Call | undefined)[] = [];
  const calls: Calls = new Calls(
    async () => {
      let sum = 0;
      for (let n = 0; n < asks; n++) {
        const call = calls.current();
        seen.push(call);
        const outcome = await call?.ask(invoke);
        if (outcome?.status === "ok") sum += outcome.value[0] ?? 0;
      }
      return value(sum);
    },
    () => busy,
  );
  return { calls, seen };
};

describe("Calls", () => {
  it("answers with what the handler gives", async () => {
    const { calls } = make(0);
    expect(await calls.request(request("f"), never, false)).toEqual(value(0));
    expect(calls.current()).toBeUndefined();
  });

  it("asks, waits for the reply, and asks again", async () => {
    const { calls } = make(2);
    const first = await calls.request(request("f"), never, false);
    if (first.kind !== "ask") throw new Error("expected an ask");
    const second = await calls.request(reply(first.ask, ok(20)), never, false);
    if (second.kind !== "ask") throw new Error("expected an ask");
    expect(second.ask).not.toBe(first.ask);
    expect(await calls.request(reply(second.ask, ok(22)), never, false)).toEqual(value(42));
  });

  it("asks through its own call, however many are open", async () => {
    const { calls } = make(1);
    const [a, b] = await Promise.all([
      calls.request(request("a"), never, false),
      calls.request(request("b"), never, true),
    ]);
    if (a.kind !== "ask" || b.kind !== "ask") throw new Error("expected asks");
    expect(await calls.request(reply(a.ask, ok(1)), never, false)).toEqual(value(1));
    expect(await calls.request(reply(b.ask, ok(2)), never, true)).toEqual(value(2));
  });

  it("does not ask through a started call while the guest is idle", async () => {
    const { calls, seen } = make(1, false);
    expect(await calls.request(request("f"), never, true)).toEqual(value(0));
    expect(seen).toEqual([undefined]);
  });

  it("fails what is asked when the call is given up, and when the guest is gone", async () => {
    for (const how of ["given up", "gone"]) {
      const controller = new AbortController();
      let failure: unknown;
      const calls: Calls = new Calls(
        async () => {
          try {
            await calls.current()?.ask(invoke);
          } catch (error) {
            failure = error;
          }
          return value(0);
        },
        () => true,
      );
      await calls.request(request("f"), controller.signal, false);
      if (how === "gone") calls.end(new Error("the guest is gone"));
      else {
        const again = await calls.request(request("g"), controller.signal, false);
        expect(again.kind).toBe("ask");
        controller.abort();
      }
      await new Promise(setImmediate);
      if (how === "gone") expect(failure).toMatchObject({ message: "the guest is gone" });
      expect(calls.current()?.ask(invoke)).toBeUndefined();
    }
  });

  it("refuses a reply to nothing", async () => {
    const { calls } = make(0);
    expect(await calls.request(reply(7, ok(1)), never, false)).toMatchObject({
      kind: "error",
      error: { type: "SystemError" },
    });
  });
});
