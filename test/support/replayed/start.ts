/**
 * Stands in for src/session/start.ts where the guests of the tests are recorded: see vitest.replay.config.ts.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { Guest } from "../../../src/session/guest.js";
import { type GuestOptions, type PythonSide, startGuest as startReal } from "../../../src/session/start.js";
import { leftOut, recorded, unrecorded } from "./guests.js";

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
    image: options.image?.path,
    ended: guest.process.ended,
  });
  return guest;
};
