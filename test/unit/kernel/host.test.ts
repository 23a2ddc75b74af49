import { describe, expect, it } from "vitest";
import { Host } from "../../../src/kernel/host.js";
import { bytes, errno, now, text } from "./harness.js";

interface Pending {
  readonly request: string;
  readonly signal: AbortSignal;
  readonly answer: (text: string) => void;
  readonly fail: (error: Error) => void;
}

const session = (limits = {}) => {
  const reports: [number, string][] = [];
  const calls: Pending[] = [];
  let wakes = 0;
  const host = new Host(
    {
      command: () => bytes("the command"),
      report: (kind, message) => {
        reports.push([kind, text(message)]);
      },
      call: (request, signal) =>
        text(request) === "quick"
          ? bytes("at once")
          : new Promise((resolve, reject) => {
              const answer = (of: string): void => resolve(bytes(of));
              calls.push({ request: text(request), signal, answer, fail: reject });
            }),
      withoutRoom: (answer, limit) => bytes(`no room for ${text(answer)} beside ${limit}`),
    },
    () => {
      wakes += 1;
    },
    limits,
  );
  const call = (request: string, capacity = 100, last = 1) =>
    host.call({ last, request: bytes(request), capacity });
  return { host, reports, calls, call, wakes: () => wakes };
};

describe("host calls", () => {
  it("give the command from any offset", async () => {
    const { host } = session();
    const command = (offset: number, capacity: number) => host.command({ offset, capacity });
    expect(text(now(command(0, 3)).data)).toBe("the");
    expect(text(now(command(4, 100)).data)).toBe("command");
    expect(now(command(11, 100))).toEqual({ data: bytes(""), length: 11 });
    expect(await errno(() => command(12, 1))).toBe("EINVAL");
  });

  it("put reports together", async () => {
    const { host, reports } = session({ message: 10 });
    now(host.report({ kind: 1, last: 0, data: bytes("one ") }));
    now(host.report({ kind: 1, last: 0, data: bytes("") }));
    now(host.report({ kind: 1, last: 1, data: bytes("two") }));
    now(host.report({ kind: 2, last: 1, data: bytes("") }));
    expect(reports).toEqual([
      [1, "one two"],
      [2, ""],
    ]);
    expect(await errno(() => host.report({ kind: 1, last: 0, data: bytes("12345678901") }))).toBe("E2BIG");
    expect(await errno(() => host.report({ kind: 1, last: 2, data: bytes("") }))).toBe("EINVAL");
  });

  it("answer at once, or later, in parts", async () => {
    const { host, call, calls } = session();
    expect(text(now(call("quick")).data)).toBe("at once");
    expect(now(call("sl", 100, 0)).length).toBe(0);
    const slow = call("ow", 4);
    expect(calls.map(({ request }) => request)).toEqual(["slow"]);
    calls[0]?.answer("a long answer");
    const first = await slow;
    expect([text(first.data), first.length]).toEqual(["a lo", 13]);
    expect(text(now(host.answer({ call: 0, offset: 4, capacity: 100 })).data)).toBe("ng answer");
  });

  it("can be waited for again after an interrupt, or given up", async () => {
    const { host, call, calls } = session();
    void call("slow");
    const again = call("");
    calls[0]?.answer("there");
    expect(text((await again).data)).toBe("there");
    host.giveUp();
    expect(await errno(() => call(""))).toBe("EINVAL");
    void call("first");
    void call("second");
    expect(calls[1]?.signal.aborted).toBe(true);
    expect(calls[2]?.signal.aborted).toBe(false);
  });

  it("that were answered while the guest was told of an interrupt are answered again", async () => {
    const { call, calls } = session();
    const interrupted = call("slow");
    calls[0]?.answer("there");
    await interrupted;
    expect(text(now(call("")).data)).toBe("there");
  });

  it("can be started, and tell when they are done", async () => {
    const { host, calls, wakes } = session({ calls: 2 });
    const start = (request: string) => host.start({ last: 1, request: bytes(request) });
    const completions = host.completions();
    const read = (): number[] => {
      const into = new Uint8Array(64);
      const length = now(completions.read(into, 0));
      return [...new Uint32Array(into.buffer, 0, length / 4)];
    };
    expect([now(start("one")).call, now(start("two")).call]).toEqual([1, 2]);
    expect(await errno(() => start("three"))).toBe("EAGAIN");
    expect(completions.readable?.()).toBe(false);
    expect(await errno(() => host.answer({ call: 2, offset: 0, capacity: 9 }))).toBe("EAGAIN");
    calls[1]?.answer("done");
    await new Promise(setImmediate);
    expect([completions.readable?.(), wakes()]).toEqual([true, 1]);
    expect(read()).toEqual([2]);
    expect(text(now(host.answer({ call: 2, offset: 0, capacity: 2 })).data)).toBe("do");
    expect(text(now(host.answer({ call: 2, offset: 2, capacity: 9 })).data)).toBe("ne");
    expect(await errno(() => host.answer({ call: 2, offset: 0, capacity: 9 }))).toBe("EINVAL");
    expect(now(start("quick")).call).toBe(3);
    expect(read()).toEqual([3]);
    expect(text(now(host.answer({ call: 3, offset: 0, capacity: 99 })).data)).toBe("at once");
    host.abort();
    expect(calls[0]?.signal.aborted).toBe(true);
  });

  it("that were given up go on, and are so many at most", async () => {
    const { host, call, calls } = session({ calls: 2 });
    for (const request of ["one", "two"]) void Promise.resolve(call(request)).catch(() => undefined);
    expect(await errno(() => call("three"))).toBe("EAGAIN");
    expect(calls.map(({ request, signal }) => [request, signal.aborted])).toEqual([
      ["one", true],
      ["two", true],
    ]);
    calls[0]?.answer("late");
    calls[1]?.fail(new Error("late"));
    await new Promise(setImmediate);
    void call("four");
    calls[2]?.answer("there");
    expect(text((await call("")).data)).toBe("there");
    host.giveUp();
  });

  it("leave nothing behind where their answers are read without asking which have come", () => {
    const { host } = session();
    const completions = host.completions();
    for (let count = 0; count < 3; count++) {
      const { call } = now(host.start({ last: 1, request: bytes("quick") }));
      now(host.answer({ call, offset: 0, capacity: 99 }));
    }
    expect(completions.readable?.()).toBe(false);
  });

  it("keep of answers that wait to be read what there is room for, and one of any size", async () => {
    const { host, calls } = session({ answers: 12 });
    const read = (call: number): string => text(now(host.answer({ call, offset: 0, capacity: 99 })).data);
    for (const request of ["one", "two", "three", "four"]) host.start({ last: 1, request: bytes(request) });
    for (const [index, answer] of ["longer than all", "second", "third"].entries())
      calls[index]?.answer(answer);
    await new Promise(setImmediate);
    expect([1, 2, 3].map(read)).toEqual([
      "longer than all",
      "no room for second beside 12",
      "no room for third beside 12",
    ]);
    calls[3]?.answer("fourth");
    await new Promise(setImmediate);
    expect(read(4)).toBe("fourth");
  });

  it("that fail in the session end the sandbox, not the controller", async () => {
    const { host, call, calls } = session();
    const failed = expect(call("bad")).rejects.toThrow("broken");
    calls[0]?.fail(new Error("broken"));
    await failed;
    now(host.start({ last: 1, request: bytes("bad") }));
    calls[1]?.fail(new Error("broken too"));
    await new Promise(setImmediate);
    expect(() => host.answer({ call: 1, offset: 0, capacity: 1 })).toThrow("broken too");
  });
});
