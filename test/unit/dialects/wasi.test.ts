import { describe, expect, it } from "vitest";
import { Exit } from "../../../src/kernel/ending.js";
import { wasi } from "../../../src/wire/wasi-functions.js";
import type { Values } from "./frames.js";
import type { Case } from "./wasi-cases/case.js";
import { descriptorCases } from "./wasi-cases/descriptors.js";
import { pathCases } from "./wasi-cases/paths.js";
import { systemCases } from "./wasi-cases/system.js";
import { wasiWorld } from "./wasi-world.js";

const cases: readonly Case[] = [...systemCases, ...descriptorCases, ...pathCases];
const names = [...new Set(cases.map(({ name }) => name))];

const show = (args: Values): string =>
  Object.entries(args)
    .map(([name, value]) => {
      const text = value instanceof Uint8Array ? `${value.length} bytes` : JSON.stringify(String(value));
      return `${name} ${text.length > 40 ? `${text.slice(0, 40)}…` : text}`;
    })
    .join(", ");

describe("WASI preview 1", () => {
  it("has cases for all 46 functions, at least 300 in all", () => {
    expect(Object.keys(wasi)).toHaveLength(46);
    expect([...names].sort()).toEqual(Object.keys(wasi).sort());
    expect(cases.length).toBeGreaterThanOrEqual(300);
  });

  describe.each(names)("%s", (function_) => {
    for (const { title, args, errno, check, before = [] } of cases.filter(({ name }) => name === function_)) {
      it(`${errno}: ${title} (${show(args)})`, async () => {
        const world = await wasiWorld();
        for (const [earlier, earlierArgs] of before) {
          expect((await world.call(earlier, earlierArgs)).errno, `${earlier} beforehand`).toBe("ok");
        }
        const reply = await world.call(function_, args);
        expect(reply.errno).toBe(errno);
        await check?.(reply.results, world);
      });
    }
  });

  it("proc_raise of a signal that ends programs ends the guest", async () => {
    const world = await wasiWorld();
    await expect(world.call("proc_raise", { signal: 6 })).rejects.toBeInstanceOf(Exit);
  });
});
