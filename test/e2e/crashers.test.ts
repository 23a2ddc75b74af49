/**
 * What crashes CPython ends that run, says how, and touches nothing else: neither another sandbox of the process, nor
 * the next one.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EngineName } from "../../src/engine/engine.js";
import type { Limits, RunResult } from "../../src/index.js";
import { Sandbox } from "../../src/index.js";
import { CRASHERS, type Outcome } from "./crashers.js";
import { ENGINES } from "./engines.js";

interface Flavour {
  readonly engine: EngineName;
  readonly hardened: boolean;
}

const FLAVOURS = ENGINES.flatMap((engine): Flavour[] =>
  (engine === "native" ? [false, true] : [false]).map((hardened) => ({ engine, hardened })),
);

const outcomeOf = (result: RunResult): Outcome => {
  switch (result.status) {
    case "error":
      return `error:${result.error.type}`;
    case "exit":
      return `exit:${result.code}`;
    case "timeout":
      return `timeout:${result.limit}`;
    case "killed":
      return `killed:${result.reason}`;
    default:
      return result.status;
  }
};

const allows = (outcomes: readonly Outcome[], outcome: Outcome): boolean =>
  outcomes.some((one) => one === outcome || (one.endsWith("*") && outcome.startsWith(one.slice(0, -1))));

/** What may run for ever is given little time; all else has plenty, so that a busy machine is no reason to fail. */
const limitsFor = (outcomes: readonly Outcome[]): Limits => ({
  memory: "256 MiB",
  cpu: outcomes.includes("timeout:cpu") ? "2 s" : "30 s",
  wall: "3 min",
});

describe.each(FLAVOURS)("a crash of the guest ($engine, hardened: $hardened)", (flavour) => {
  let bystander: Sandbox;

  beforeAll(async () => {
    bystander = await Sandbox.create({ ...flavour, limits: { memory: "64 MiB" } });
    await bystander.run("kept = ['of', 'another']");
  });

  afterAll(() => bystander[Symbol.asyncDispose]());

  describe.each(Object.entries(CRASHERS))("%s", (_, crashers) => {
    test.each(crashers)("$name", { timeout: 240_000 }, async ({ code, outcomes }) => {
      await using sandbox = await Sandbox.create({ ...flavour, limits: limitsFor(outcomes) });
      const result = await sandbox.run(`${code}\nNone`);
      const outcome = outcomeOf(result);
      expect(allows(outcomes, outcome), `${outcome}: ${JSON.stringify(result)}`).toBe(true);
      if (result.status === "killed")
        await expect(sandbox.run("1")).rejects.toMatchObject({ code: "ERR_CLOSED" });
      expect(await bystander.run("kept").value()).toEqual(["of", "another"]);
      await using next = await Sandbox.create(flavour);
      expect(await next.run("6 * 7").value()).toBe(42);
    });
  });
});
