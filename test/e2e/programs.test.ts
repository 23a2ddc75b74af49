import { expect, it } from "vitest";
import { Pool } from "../../src/pool/pool.js";
import { smallPrograms } from "../programs/load.js";
import { onEachEngine } from "./engines.js";

onEachEngine("small programs", (engine) => {
  it("print what native Python prints, each in a sandbox of its own", async () => {
    const programs = smallPrograms();
    expect(programs.length).toBeGreaterThanOrEqual(150);
    await using pool = new Pool({ size: 2, options: { engine, env: { COLUMNS: "80" } } });
    const wrong: string[] = [];
    await Promise.all(
      programs.map(async ({ name, source, expected }) => {
        const result = await pool.use((sandbox) => sandbox.runProgram({ source, name: "<stdin>" }));
        if (!result.ok || result.stdout !== expected) {
          wrong.push(`${name}: ${result.status}\n${result.stdout}\n${result.stderr}`);
        }
      }),
    );
    expect(wrong).toEqual([]);
  }, 300_000);
});
