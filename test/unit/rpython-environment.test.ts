import { describe, expect, it } from "vitest";
import type { Calls } from "../../src/dialects/rpython/calls.js";
import { Environment } from "../../src/dialects/rpython/environment.js";
import { absentDriver } from "../../src/kernel/absent-driver.js";
import { Kernel } from "../../src/kernel/kernel.js";
import { sink, source } from "../../src/kernel/stdio.js";

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");

function calls(): Calls {
  const kernel: Kernel = new Kernel({
    driver: absentDriver,
    mounts: new Map(),
    cwd: "/",
    env: new Map([["LANG", "C"]]),
    clock: { mode: "frozen" },
    random: { seed: 1 },
    usage: () => ({ user: 0n, system: 0n, peak: 0 }),
    stdio: { stdin: source("", () => kernel.wake()), stdout: sink(() => {}), stderr: sink(() => {}) },
  });
  return kernel.operations;
}

describe("an RPython child's environment", () => {
  it("is what was given, with what the child put and unset", async () => {
    const environment = new Environment(calls());
    await environment.put(bytes("A"), bytes("1"));
    expect(await environment.get(bytes("A"))).toEqual(new Uint8Array(bytes("1")));
    await environment.unset(bytes("LANG"));
    expect((await environment.items()).map(([name]) => name.toString())).toEqual(["A"]);
  });

  it("is bounded by what it holds, not by what it ever held", async () => {
    const environment = new Environment(calls());
    const half = new Uint8Array(600_000);
    for (let time = 0; time < 5; time += 1) await environment.put(bytes("A"), half);
    await expect(environment.put(bytes("B"), half)).rejects.toThrow("ENOMEM");
    await environment.unset(bytes("A"));
    await environment.put(bytes("B"), half);
  });
});
