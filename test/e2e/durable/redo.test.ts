import { describe, expect, it } from "vitest";
import { DurableError } from "../../../src/errors.js";
import { refuse } from "../../../src/kernel/interception.js";
import type { SandboxOptions } from "../../../src/options/sandbox.js";
import type { Sandbox } from "../../../src/sandbox.js";
import { opener, places } from "../../support/durable-sessions.js";
import { ENGINES, onEachEngine } from "../engines.js";

const { fresh, killed } = places();

/** Computes for ever where an operation is refused that was not: interceptors have to answer as they did. */
const CODE = `
import os
number = os.urandom(1)[0]
try:
    os.umask(0o22)
except OSError:
    while True: pass
number = (number, os.urandom(1)[0])
number`;
const given = (umask: "as before" | "spin"): SandboxOptions =>
  umask === "as before" ? {} : { intercept: { umask: () => refuse("EPERM") } };

const pending = async (promise: Promise<unknown>): Promise<boolean> =>
  await Promise.race([
    promise.then(() => false),
    new Promise<true>((resolve) => setTimeout(resolve, 100, true)),
  ]);

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

onEachEngine("what a durable session does again when it is opened", (engine) => {
  const open = opener(engine);
  const isOver = async (): Promise<{ readonly directory: string; readonly result: unknown }> => {
    const directory = fresh();
    await using session = await open(directory, {}, given("as before"));
    return { directory, result: await session.run(CODE, { id: "over" }) };
  };
  /** The same session, where it is given what it was given. */
  const openedAgain = async (directory: string, result: unknown): Promise<void> => {
    await using again = await open(directory, {}, given("as before"));
    expect(await again.run("", { id: "over" })).toEqual(result);
    expect(await again.run("number").value()).toEqual(Object.assign(result ?? {}).value);
  };

  it("ends with its sandbox's signal, for all who wait for it; the session can be opened again", async () => {
    const { directory, result } = await isOver();
    const stop = new AbortController();
    const session = await open(directory, {}, { ...given("spin"), signal: stop.signal });
    const waiting = [session.run("1"), session.files.list("/"), session.ready()];
    const settled = Promise.allSettled(waiting);
    expect(await pending(settled)).toBe(true);
    const reason = new Error("enough of it");
    stop.abort(reason);
    const [first, ...others] = await settled;
    expect(first).toEqual({ status: "rejected", reason });
    for (const other of others) expect(other.status).toBe("rejected");
    expect(await session.ended).toBe("its signal was aborted");
    await expect.poll(() => alive(session.pid), { timeout: 30_000 }).toBe(false);
    await openedAgain(directory, result);
  });

  it("is not waited for by a run whose signal is aborted, and goes on for others", async () => {
    const { directory, result } = await isOver();
    const session = await open(directory, {}, given("spin"));
    const stop = new AbortController();
    const run = session.run("1", { signal: stop.signal });
    const settled = Promise.allSettled([run]);
    const other = session.run("2").catch((error: unknown) => error);
    expect(await pending(settled)).toBe(true);
    const reason = new Error("another time");
    stop.abort(reason);
    expect(await settled).toEqual([{ status: "rejected", reason }]);
    expect(await pending(other)).toBe(true);
    expect(session.closed).toBeUndefined();
    await session.close();
    expect(await other).toMatchObject({ code: "ERR_CLOSED" });
    await openedAgain(directory, result);
  });

  it("goes on to its end, whoever has given up waiting meanwhile", async () => {
    const { directory, result } = await isOver();
    await using session = await open(directory, {}, given("as before"));
    const stop = new AbortController();
    const run = session.run("number = None", { signal: stop.signal });
    stop.abort(new Error("at once"));
    await expect(run).rejects.toThrow("at once");
    expect(await session.run("number").value()).toEqual(Object.assign(result ?? {}).value);
  });

  it("has limits again from where the journal ends, in a run that asks for nothing any more", async () => {
    const code = "print('here', flush=True)\nwhile True: pass";
    const options: SandboxOptions = { limits: { grace: 50 } };
    const limits = { cpu: "1.5 s" } as const;
    const directory = fresh();
    let printed = (): void => undefined;
    const there = new Promise<void>((resolve) => {
      printed = resolve;
    });
    const first = await open(directory, {}, options);
    const lost = first.run(code, { limits, onStdout: () => printed() }).catch(() => undefined);
    await there;
    const left = await killed(first, directory);
    await lost;
    await using again = await open(left, {}, options);
    const result = await again.run(code, { limits, id: "named" });
    expect(result).toMatchObject({ status: "timeout", limit: "cpu", closed: true, stdout: "here\n" });
    await again.close();
    // As it would have been without the crash: the session is over.
    await using over = await open(left, {}, options);
    expect(await over.run(code, { id: "named" })).toMatchObject({ status: "timeout", limit: "cpu" });
  });
});

describe("what a durable session does again for longer than it can have taken", { timeout: 300_000 }, () => {
  const open = opener(ENGINES[0]);
  const options = (umask: "as before" | "spin"): SandboxOptions => ({
    ...given(umask),
    limits: { cpu: 50, grace: 20 },
  });
  const fails = async (session: Sandbox, code: string): Promise<void> => {
    const error = await session.run(code).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DurableError);
    expect(error).toMatchObject({ reason: "diverged", message: expect.stringContaining("CPU time") });
    await session.ended;
  };

  it.concurrent("ends where a run that is over has limits", async () => {
    const directory = fresh();
    const first = await open(directory, {}, options("as before"));
    const value = await first.run(CODE).value();
    await first.close();
    await fails(await open(directory, {}, options("spin")), "1");
    await using again = await open(directory, {}, options("as before"));
    expect(await again.run("number").value()).toEqual(value);
  });

  it.concurrent("ends where a run that is not over has limits", async () => {
    const directory = fresh();
    const first = await open(directory, {}, options("as before"));
    const code = `${CODE}\nprint(number, flush=True)\nimport time; time.sleep(60)`;
    let printed = (_: string): void => undefined;
    const there = new Promise<string>((resolve) => {
      printed = resolve;
    });
    const lost = first.run(code, { onStdout: (data) => printed(Buffer.from(data).toString()) });
    const before = await there;
    const left = await killed(first, directory);
    await lost;
    await fails(await open(left, {}, options("spin")), code);
    const again = await open(left, {}, options("as before"));
    const run = again.run(code);
    for await (const data of run.stdout) {
      expect(Buffer.from(data).toString()).toBe(before);
      break;
    }
    await again.close();
    expect(await run).toMatchObject({ status: "killed" });
  });
});
