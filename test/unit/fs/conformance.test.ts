import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { directory } from "../../../src/fs/directory/directory.js";
import type { FileSystem } from "../../../src/fs/filesystem.js";
import { memory } from "../../../src/fs/memory/memory.js";
import { overlay } from "../../../src/fs/overlay/overlay.js";
import { steps } from "./random.js";
import { BEGINNING, LOOK, SCENARIOS } from "./scenarios.js";
import { InodeSubject, RealSubject, type Step, type Subject } from "./subject.js";
import { waiting } from "./waiting.js";

const made: string[] = [];
const temporary = (): string => {
  const at = fs.mkdtempSync(path.join(os.tmpdir(), "sallyport-fs-"));
  made.push(at);
  return at;
};
afterEach(() => {
  for (const at of made.splice(0)) fs.rmSync(at, { recursive: true, force: true });
});

async function run(subject: Subject, steps: readonly Step[]): Promise<string[]> {
  const answers: string[] = [];
  for (const step of steps)
    answers.push(
      `${JSON.stringify(step, (_, value) => (typeof value === "bigint" ? `${value}n` : value))} → ${await subject.run(step)}`,
    );
  return answers;
}

/** Each makes a file system in which the beginning has been played. */
const KINDS: Readonly<Record<string, () => Promise<FileSystem>>> = {
  memory: async () => begun(memory()),
  "directory rw": async () => begun(directory(temporary(), { mode: "rw" })),
  "directory rw with two handles": async () => begun(directory(temporary(), { mode: "rw", handles: 2 })),
  "directory rw where there are no handles": async () =>
    begun(elsewhere(() => directory(temporary(), { mode: "rw" }))),
  "overlay over memory": async () => overlay(await begun(memory())),
  "overlay over a directory": async () => {
    const below = temporary();
    await begun(directory(below, { mode: "rw" }));
    return overlay(directory(below));
  },
  "overlay with changes in a directory": async () =>
    overlay(await begun(memory()), directory(temporary(), { mode: "rw" })),
  "overlay of what waits": async () => overlay(waiting(await begun(memory())), waiting(memory())),
};

/** Makes something as on a system that has no /proc. */
function elsewhere<T>(make: () => T): T {
  const { platform } = process;
  Object.defineProperty(process, "platform", { value: "darwin" });
  try {
    return make();
  } finally {
    Object.defineProperty(process, "platform", { value: platform });
  }
}

async function begun(made: FileSystem): Promise<FileSystem> {
  await run(new InodeSubject(made), BEGINNING);
  return made;
}

async function compare(make: () => Promise<FileSystem>, steps: readonly Step[]): Promise<void> {
  const real = new RealSubject(temporary());
  await run(real, BEGINNING);
  const ours = new InodeSubject(await make());
  try {
    expect(await run(ours, steps)).toEqual(await run(real, steps));
  } finally {
    await real.close();
    await ours.close();
  }
}

describe.each(Object.entries(KINDS))("%s behaves as a real directory", (kind, make) => {
  it.each(Object.entries(SCENARIOS))("%s", async (_, scenario) => {
    await compare(make, [...scenario, ...LOOK]);
  });

  it("in random sequences", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 20, maxLength: 120 }), async (sequence) => {
        await compare(make, [...sequence, ...LOOK]);
      }),
      { numRuns: kind.includes("waits") ? 10 : 60 },
    );
  });
});
