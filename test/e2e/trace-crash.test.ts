import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, it } from "vitest";
import { replay } from "../../src/replay/replay.js";
import { decodeRecord } from "../../src/trace/decode.js";
import { BLOCK_SIZE } from "../../src/trace/format.js";
import { TraceReader } from "../../src/trace/reader.js";

const directory = mkdtempSync(join(tmpdir(), "sallyport-crash-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Random bytes, which no compression makes smaller, and a line for each that came. */
const CODE = `
import os
n = 0
while True:
    os.urandom(2000)
    n += 1
    print(n, flush=True)
`;

it("a controller that is killed loses at most the last block of its trace, which can be replayed", async () => {
  const file = join(directory, "killed.trace");
  const script = join(directory, "controller.mjs");
  const library = pathToFileURL(join(import.meta.dirname, "../../dist/index.js")).href;
  writeFileSync(
    script,
    `import { Sandbox } from ${JSON.stringify(library)};
     const sandbox = await Sandbox.create({ record: ${JSON.stringify(file)} });
     await sandbox.run(${JSON.stringify(CODE)}, { onStdout: (chunk) => process.stdout.write(chunk), capture: false });`,
  );
  const controller = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  let told = 0;
  controller.stdout.on("data", (chunk: Buffer) => {
    told = Number(chunk.toString().trim().split("\n").at(-1)) || told;
    // Several blocks, and one that has begun.
    if (told > 200) controller.kill("SIGKILL");
  });
  await new Promise((resolve) => controller.once("close", resolve));
  using reader = new TraceReader(file);
  expect(reader.ending).toBe("broken");
  expect(statSync(file).size).toBeGreaterThan(2 * BLOCK_SIZE);
  let printed = 0;
  for (const record of reader.records()) if (decodeRecord(record).name === "write") printed += 1;
  // What was lost had not filled a block: so many answers of 2000 bytes at most.
  expect(printed).toBeGreaterThanOrEqual(told - Math.ceil(BLOCK_SIZE / 2000));
  expect(await replay(file)).toMatchObject({ kind: "same", operations: reader.length, ending: "broken" });
});
