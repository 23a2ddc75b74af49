/**
 * Stands in for src/session/start.ts where the guests of the tests are recorded: see vitest.replay.config.ts.
 */
import { copyFileSync, existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { ImageFile } from "../../../src/engine/engine.js";
import type { Guest } from "../../../src/session/guest.js";
import { type GuestOptions, type PythonSide, startGuest as startReal } from "../../../src/session/start.js";
import { recorded, unrecorded } from "./guests.js";
import { leftOut } from "./left-out.js";

export type { GuestOptions, PythonSide };

let directory: string | undefined;
let files = 0;

export const startGuest = async (options: GuestOptions): Promise<Guest> => {
  const { currentTestName: test = "(outside of a test)", testPath = "" } = expect.getState();
  const why = leftOut(options, testPath);
  if (why !== undefined) {
    const guest = await startReal(options);
    unrecorded.push({ test, engine: guest.process.engine, why });
    return guest;
  }
  directory ??= mkdtempSync(join(tmpdir(), "sallyport-recorded-"));
  const file = join(directory, `${files++}.trace`);
  const guest = await startReal({ ...options, record: file });
  recorded.push({
    file,
    test,
    engine: guest.process.engine,
    hardened: options.hardened,
    image: options.image && keep(options.image, directory),
    ended: guest.process.ended,
  });
  return guest;
};

/** A copy of an image, which its test may remove before the replay. */
const keep = ({ path, sha256 }: ImageFile, to: string): string => {
  const copy = join(to, `${Buffer.from(sha256).toString("hex")}.image`);
  if (!existsSync(copy)) copyFileSync(path, copy);
  return copy;
};
