import { describe, expect, it } from "vitest";
import { type KillOptions, runKilled, runOnce } from "../../support/durable-kills.js";
import { MAIN } from "../cli/cli.js";
import { ENGINES } from "../engines.js";

/** Kills spread over the time that a process has between its start and its end, each at another place. */
const spread = (kills: number, longest: number): (() => number) => {
  let number = 0;
  return () => {
    number += 1;
    return ((number * 0.618) % 1) * longest * (0.5 + number / kills / 2);
  };
};

describe.each(ENGINES)("a controller that is killed again and again (%s)", (engine) => {
  const kills = engine === "native" ? 15 : 8;
  const options: KillOptions = {
    main: MAIN,
    engine,
    rounds: 25,
    kills,
    delay: spread(kills, engine === "native" ? 900 : 1800),
  };

  it("leaves what it leaves without", async () => {
    const seeded = { ...options, seed: "kills" };
    const [killed, without] = [await runKilled(seeded), await runOnce(seeded)];
    expect(killed.stdout).toBe(without.stdout);
    expect(killed.stderr).toBe(without.stderr);
    expect(killed.files).toEqual(without.files);
    expect(killed.kills).toBeGreaterThan(0);
  });

  it("loses and doubles nothing where chance has its part", async () => {
    const killed = await runKilled({ ...options, kills: 5 });
    expect(killed.stdout).toMatch(/\ndone [0-9a-f]{64}\n$/);
  });
});
