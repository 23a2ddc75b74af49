/**
 * The package's artifacts with a hostile driver in place of the native guest.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { prebuiltDirectory } from "../../src/engine/prebuilt.js";

const driver = new URL("guests/hostile-driver.mjs", import.meta.url);

/** For the tests of this file, native guests are hostile. */
export const beHostile = (): void => {
  let directory = "";
  beforeAll(() => {
    const real = prebuiltDirectory();
    directory = mkdtempSync(join(tmpdir(), "sallyport-hostile-"));
    const manifest = JSON.parse(readFileSync(join(real, "manifest.json"), "utf8"));
    const names = Object.keys(manifest.files).filter((name) => name !== "guest-linux-x64");
    for (const name of names) symlinkSync(join(real, name), join(directory, name));
    // A module without a name's ending is told apart by its package.
    writeFileSync(join(directory, "package.json"), '{"type":"module"}');
    const guest = `#!${process.execPath}\nimport ${JSON.stringify(driver)};\n`;
    writeFileSync(join(directory, "guest-linux-x64"), guest);
    chmodSync(join(directory, "guest-linux-x64"), 0o755);
    manifest.files["guest-linux-x64"].size = Buffer.byteLength(guest);
    writeFileSync(join(directory, "manifest.json"), JSON.stringify(manifest));
    process.env["SALLYPORT_PREBUILT"] = directory;
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
};
