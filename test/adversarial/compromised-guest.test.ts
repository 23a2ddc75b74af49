import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test, vi } from "vitest";
import type { End } from "../../src/engine/engine.js";
import { children, compromised, descriptors, WAYS } from "./guests.js";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** Bytes that buffers hold after a collection of garbage. */
const collected = (): number => {
  collect();
  return process.memoryUsage().arrayBuffers;
};

const breach = async (
  behaviour: string,
  argument = "",
  how = WAYS[0],
): Promise<{ message: string; calls: readonly string[] }> => {
  const { started, seen } = compromised(behaviour, argument, {}, how);
  await using guest = await started;
  const end: End = await guest.ended;
  expect(end.kind).toBe("breach");
  return { message: end.kind === "breach" ? end.error.message : "", calls: seen.calls };
};

describe.each(WAYS)("by %s:", (how) => {
  test.each([
    ["greets twice", /hello a second time/],
    ["sets what must be zero", /a header with 1 where zero must be/],
    ["announces a giant frame", /a frame of 4294967295 payload bytes, at most 1114112/],
    ["announces a frame just too large", /a frame of 1114113 payload bytes/],
    ["sends half a header and leaves", /an end in the middle of a frame/],
    ["sends half a frame and leaves", /an end in the middle of a frame/],
    ["sends two requests at once", /bytes after a request/],
    ["sends a request and a byte", /bytes after a request/],
    ["floods", /at most 1114112 may be|where zero must be/],
    ["floods with zeros", /unknown operation 0|bytes after a request/],
    ["cuts a payload", /operation 50 \(write\): a payload of 8 bytes, where its parts have 13/],
    ["lengthens a payload", /operation 50 \(write\): a payload of 10 bytes, where its parts have 9/],
    ["lies about a length", /data of 4294967295 bytes, at most 1048576/],
    ["wants more than there is", /capacity of 4294967295 bytes/],
    ["counts wrong", /subscriptions of 48 bytes for 4294967295 records of 48/],
  ])("a guest that %s is killed, and nothing has been done for it", async (behaviour, message) => {
    const { message: told, calls } = await breach(behaviour, "", how);
    expect(told).toMatch(message);
    expect(calls).toEqual([]);
  });
});

test.each(["0", "8", "15", "76", "255", "302", "65535"])(
  "operation %s, which is none, is a breach",
  async (number) => {
    expect((await breach("asks for an unknown operation", number)).message).toContain(
      `unknown operation ${number}`,
    );
  },
);

test.each([
  ["sends more after its last request", /bytes after (a|its last) request/],
  ["closes its output and stays", /lives on after closing its output/],
  ["closes its input and floods", /lives on after closing its input/],
  ["asks while an answer is awaited", /bytes while a request waits for its answer/],
  [
    "never takes its answers",
    /a request before the last answer has been taken|bytes (after|while) a request/,
  ],
])("a guest that %s is killed", async (behaviour, message) => {
  expect((await breach(behaviour)).message).toMatch(message);
});

test("a guest that stays after its last request is killed, and counts as having left", async () => {
  await using guest = await compromised("stays after its last request").started;
  expect(await guest.ended).toEqual({ kind: "exit", status: 9 });
  // The spawner reaps it once it is told that its end has been seen.
  await vi.waitFor(() => expect(() => process.kill(guest.pid, 0)).toThrow(), { timeout: 10_000 });
});

test("a guest that stays after its death is killed; what it died of is told", async () => {
  await using guest = await compromised("stays after its death").started;
  expect(await guest.ended).toEqual({ kind: "died", reason: "out of bounds", detail: 0x1234n });
});

test.each([
  ["begins with something else", /operation 49 before hello/],
  ["speaks another version", /version 2 of the protocol, not 1/],
  ["has another image", /another image/],
])("a guest that %s does not start", async (behaviour, message) => {
  const { started } = compromised(behaviour);
  await expect(started).rejects.toMatchObject({ code: "ERR_ENGINE_START", message });
});

test("what a guest says on its standard error is told escaped and bounded", async () => {
  const talks = compromised("leaves at once").started;
  await expect(talks).rejects.toMatchObject({ message: /status 65: no \\x1b\[31mluck\\x07$/ });
  const floods = await compromised("floods its standard error").started.catch((error: unknown) =>
    String(error),
  );
  expect(String(floods).length).toBeLessThan(3000);
});

test("a guest that says nothing is given up", async () => {
  const { started } = compromised("says nothing", "", { timeout: 300 });
  await expect(started).rejects.toMatchObject({ message: /did not say hello within 300 ms/ });
});

test.each(["sends half a frame and waits", "ignores signals", "stops itself", "closes its input and asks"])(
  "a guest that %s can be killed",
  async (behaviour) => {
    await using guest = await compromised(behaviour).started;
    guest.signal("SIGINT");
    guest.kill("enough");
    expect(await guest.ended).toEqual({ kind: "killed", reason: "enough" });
  },
);

test.each(["sends a frame byte by byte", "sends paths that are none"])(
  "a guest that %s is served",
  async (behaviour) => {
    await using guest = await compromised(behaviour).started;
    expect(await guest.ended).toEqual({ kind: "exit", status: 0 });
  },
);

test("honest guests are served while others flood", async () => {
  await using one = await compromised("is honest", "3000").started;
  await using two = await compromised("is honest", "3000").started;
  const hostile: Promise<unknown>[] = [];
  for (const behaviour of ["floods", "never takes its answers", "floods with zeros", "ignores signals"]) {
    hostile.push(
      compromised(behaviour).started.then(async (guest) => {
        const timer = setTimeout(() => guest.kill(), 500);
        await guest.ended;
        clearTimeout(timer);
      }),
    );
  }
  const ends = await Promise.all([one.ended, two.ended, ...hostile]);
  expect(ends.slice(0, 2)).toEqual([
    { kind: "exit", status: 7 },
    { kind: "exit", status: 7 },
  ]);
});

test("a guest that keeps asking does not starve the controller", async () => {
  await using guest = await compromised("is honest", "20000").started;
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  expect(await guest.ended).toEqual({ kind: "exit", status: 7 });
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(5);
});

test.runIf(process.platform === "linux")("no process, descriptor or memory is left", async () => {
  const held = () => ({ children: children(), descriptors: descriptors() });
  const before = held();
  const memory = collected();
  const behaviours = [
    "floods",
    "never takes its answers",
    "sends half a frame and waits",
    "sends half a frame and leaves",
  ];
  for (let round = 0; round < 3; round++) {
    const guests = await Promise.all(behaviours.map((behaviour) => compromised(behaviour).started));
    setTimeout(() => {
      for (const guest of guests) guest.kill();
    }, 300);
    await Promise.all(guests.map((guest) => guest.ended));
  }
  expect(held()).toEqual(before);
  expect(collected() - memory).toBeLessThan(8 * 2 ** 20);
});
