/**
 * Runs the training programs in the counting guest, each in a sandbox of its own.
 *
 * Usage: SALLYPORT_PREBUILT=DIRECTORY train.ts     with the counting guest as guest-linux-x64
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Sandbox } from "../../../src/index.js";

const here = import.meta.dirname;

for (const name of readdirSync(here)
  .filter((file) => file.endsWith(".py"))
  .sort()) {
  await using sandbox = await Sandbox.create({ engine: "native" });
  const source = readFileSync(join(here, name), "utf8");
  const started = performance.now();
  const { stdout } = await sandbox.run(source);
  // Small runs in the same session: the way of a command is trained, too.
  for (let i = 0; i < 20; i++) await sandbox.run(`value = ${i}\nprint(value * 2)`);
  console.log(
    `${name}: ${stdout.trim().split("\n").length} lines, ${Math.round(performance.now() - started)} ms`,
  );
}
