import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Sandbox } from "../../src/index.js";
import { value } from "../unit/values/arbitrary.js";
import { canonical } from "../unit/values/canonical.js";
import { onEachEngine } from "./engines.js";

const MANY = 10_000;
const BATCH = 250;
const source = readFileSync(fileURLToPath(new URL("../fixtures/random_values.py", import.meta.url)), "utf8");

onEachEngine("values", (engine) => {
  describe("random ones", () => {
    it("go to Python and come back", { timeout: 300_000 }, async () => {
      await using sandbox = await Sandbox.create({ engine });
      await sandbox.run("def echo(values):\n    return values");
      const values = fc.sample(value, MANY);
      for (let at = 0; at < values.length; at += BATCH) {
        const sent = values.slice(at, at + BATCH);
        const back = await sandbox.call("__main__:echo", [sent]);
        expect(canonical(back)).toEqual(canonical(sent));
      }
    });

    it("go to JavaScript and come back", { timeout: 300_000 }, async () => {
      await using sandbox = await Sandbox.create({
        engine,
        functions: { echo: (values: unknown) => values },
      });
      await sandbox.files.write("random_values.py", source);
      const result = await sandbox.run(`import random_values\nrandom_values.journey(echo, 1, ${MANY})`);
      expect(result.ok ? result.value : result).toEqual([]);
    });
  });

  it("say where one cannot travel, in both worlds", async () => {
    await using sandbox = await Sandbox.create({ engine, functions: { take: (..._all: unknown[]) => null } });
    const failed = async (code: string): Promise<string> => {
      const result = await sandbox.run(code);
      return result.status === "error" ? `${result.error.type}: ${result.error.message}` : result.status;
    };
    expect(await failed("{'rows': [1, 2, 3, {'handle': open('/dev/null')}]}")).toBe(
      "TypeError: result.rows[3].handle: '_io.TextIOWrapper' objects cannot travel",
    );
    expect(await failed("a = []\na.append({'b': a})\na")).toBe(
      "TypeError: result[0].b: it contains itself; values with cycles cannot travel",
    );
    expect(await failed("take(1, [object()])")).toBe(
      "TypeError: take() argument [1][0]: 'object' objects cannot travel",
    );
    await expect(sandbox.call("builtins:len", [[Symbol("x")]])).rejects.toThrow(
      /\[0\]\[0\]: a symbol cannot travel/,
    );
    await expect(
      sandbox.call("builtins:len", [
        new Map<unknown, number>([
          [1, 1],
          [true, 2],
        ]),
      ]),
    ).rejects.toThrow(/two keys are equal in Python/);
  });

  it("of the guest's classes are found there again", async () => {
    await using sandbox = await Sandbox.create({ engine });
    await sandbox.run(`
      import dataclasses, enum
      class Color(enum.Enum):
          RED = "r"
      @dataclasses.dataclass
      class Point:
          x: int
          color: Color
      def move(point):
          return dataclasses.replace(point, x=point.x + 1)
    `);
    const red = await sandbox.run("Color.RED");
    const point = await sandbox.call("__main__:Point", [1, red.ok ? red.value : red]);
    expect(point).toMatchObject({ x: 1, color: { type: "__main__:Color", memberName: "RED", value: "r" } });
    expect(await sandbox.call("__main__:move", [point])).toMatchObject({ x: 2 });
  });
});
