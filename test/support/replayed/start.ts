/**
 * Stands in for src/session/start.ts where all guests of the tests are recorded: see vitest.replay.config.ts.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { Guest } from "../../../src/session/guest.js";
import { type GuestOptions, type PythonSide, startGuest as startReal } from "../../../src/session/start.js";
import { type RecordedGuest, recorded } from "./guests.js";

export type { GuestOptions, PythonSide };

let directory: string | undefined;
let files = 0;

export const startGuest = async (options: GuestOptions): Promise<Guest> => {
  if (options.record !== undefined) return startReal(options);
  directory ??= mkdtempSync(join(tmpdir(), "sallyport-recorded-"));
  const file = join(directory, `${files++}.trace`);
  const guest = await startReal({ ...options, record: file });
  const entry: RecordedGuest = {
    file,
    test: expect.getState().currentTestName ?? "(outside of a test)",
    engine: guest.process.engine,
    image: options.image?.path,
    ended: guest.process.ended,
  };
  recorded.push(entry);
  return guest;
};
