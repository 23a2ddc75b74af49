/**
 * Runs the training programs in a guest that counts, each in a sandbox of its own.
 *
 * Usage: SALLYPORT_PREBUILT=DIRECTORY train.ts native              with the counting guest as guest-linux-x64
 *        SALLYPORT_PREBUILT=DIRECTORY train.ts wasm COUNTS         with the counting interpreter as python.wasm; what it
 *                                                                  has counted goes to the directory COUNTS
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { directory, Sandbox } from "../../../src/index.js";

const here = import.meta.dirname;
const [engine, counts] = process.argv.slice(2);
if (engine !== "native" && (engine !== "wasm" || counts === undefined))
  throw new TypeError("usage: train.ts native | train.ts wasm COUNTS");

for (const name of readdirSync(here)
  .filter((file) => file.endsWith(".py"))
  .sort()) {
  await using sandbox = await Sandbox.create({
    engine,
    mounts: counts === undefined ? {} : { "/counts": directory(counts, { mode: "rw" }) },
  });
  const source = readFileSync(join(here, name), "utf8");
  const started = performance.now();
  const { stdout } = await sandbox.run(source);
  // Small runs in the same session: the way of a command is trained, too.
  for (let i = 0; i < 20; i++) await sandbox.run(`value = ${i}\nprint(value * 2)`);
  if (counts !== undefined) {
    const file = `/counts/${basename(name, ".py")}.profraw`;
    const written = await sandbox.run(
      `import _counts\nwith open(${JSON.stringify(file)}, "wb") as file:\n    file.write(_counts.profile())`,
    );
    if (written.status !== "ok") throw new Error(`${name}: its counts are not to be had: ${written.status}`);
  }
  console.log(
    `${name}: ${stdout.trim().split("\n").length} lines, ${Math.round(performance.now() - started)} ms`,
  );
}
