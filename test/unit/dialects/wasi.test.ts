import { describe, expect, it } from "vitest";
import { Exit } from "../../../src/kernel/ending.js";
import { type WasiFunctionName, wasi } from "../../../src/wire/wasi-functions.js";
import { wrapped } from "../kernel/wrapped.js";
import type { Values } from "./frames.js";
import type { Case, Step } from "./wasi-cases/case.js";
import { descriptorCases } from "./wasi-cases/descriptors.js";
import { pathCases } from "./wasi-cases/paths.js";
import { systemCases } from "./wasi-cases/system.js";
import { type WasiWorld, wasiWorld } from "./wasi-world.js";

const cases: readonly Case[] = [...systemCases, ...descriptorCases, ...pathCases];
const names = [...new Set(cases.map(({ name }) => name))];

const follow = async (
  world: WasiWorld,
  name: WasiFunctionName,
  args: Values,
  errno: string,
  check: Case["check"],
  before: readonly Step[],
): Promise<void> => {
  for (const [earlier, earlierArgs] of before) {
    expect((await world.call(earlier, earlierArgs)).errno, `${earlier} beforehand`).toBe("ok");
  }
  const reply = await world.call(name, args);
  expect(reply.errno).toBe(errno);
  await check?.(reply.results, world);
};

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
        await follow(world, function_, args, errno, check, before);
      });
    }
  });

  describe("on file systems that answer later", () => {
    for (const { name, title, args, errno, check, before = [] } of [...descriptorCases, ...pathCases]) {
      it(`${name}: ${errno}: ${title}`, async () => {
        const world = await wasiWorld({}, new Map(), (fs) => wrapped(fs, () => "later"));
        await follow(world, name, args, errno, check, before);
      });
    }
  });

  it("proc_raise of a signal that ends programs ends the guest", async () => {
    const world = await wasiWorld();
    await expect(world.call("proc_raise", { signal: 6 })).rejects.toBeInstanceOf(Exit);
  });
});
