/**
 * Makes the image: boots the interpreter in the portable engine over a kernel whose every answer is fixed.
 *
 *     node --import tsx guest/build/image/make.ts python.wasm library python.image
 */

import { sallyportDialect } from "../../../src/dialects/sallyport.js";
import { makeImage } from "../../../src/engine/make-image.js";
import { openLibrary } from "../../../src/fs/library.js";
import { absentDriver } from "../../../src/kernel/absent-driver.js";
import { EPOCH } from "../../../src/kernel/clock.js";
import { Kernel } from "../../../src/kernel/kernel.js";
import { sink, source } from "../../../src/kernel/stdio.js";
import { joinServers } from "../../../src/wire/serve.js";

const [module, library, output] = process.argv.slice(2);
if (module === undefined || library === undefined || output === undefined) {
  throw new TypeError("usage: make.ts PYTHON.WASM LIBRARY PYTHON.IMAGE");
}

const print = (chunk: Uint8Array): void => {
  process.stderr.write(chunk);
};
const kernel: Kernel = new Kernel({
  mounts: openLibrary(library),
  stdio: { stdin: source("", () => kernel.wake()), stdout: sink(print), stderr: sink(print) },
  cwd: "/sandbox",
  clock: { mode: "frozen", at: EPOCH },
  random: { seed: "image" },
  driver: absentDriver,
  usage: () => ({ user: 0n, system: 0n, peak: 0 }),
});
const started = performance.now();
const made = await makeImage({ module, output, serve: joinServers(sallyportDialect(kernel)) });
const { operations, byName } = kernel.counts;
const most = [...byName].sort(([, a], [, b]) => b - a).slice(0, 8);
console.log(
  `${output}: ${made.pages} pages of 64 KiB, ${made.globals} globals, in ${Math.round(performance.now() - started)} ms,`,
  `${operations} operations (${most.map(([name, times]) => `${name} ${times}`).join(", ")})`,
);
