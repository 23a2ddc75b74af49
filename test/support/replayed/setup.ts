/**
 * After each test file: every guest that its tests started is replayed from its trace alone, and has to say the same.
 */
import { appendFileSync, existsSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, expect } from "vitest";
import { chooseEngine } from "../../../src/engine/choose.js";
import { replay } from "../../../src/replay/replay.js";
import { TraceReader } from "../../../src/trace/reader.js";
import { guestHashes } from "../../../src/trace/record.js";
import { type RecordedGuest, recorded, unrecorded, type Verdict } from "./guests.js";
import { listening, Said, saidInTrace } from "./said.js";

/** Longest (ms) that one replay, and the end of a guest whose test is over, may take. */
const REPLAY_TIME = 120_000;
const END_TIME = 10_000;

afterAll(async () => {
  const verdicts: Verdict[] = [];
  for (const guest of recorded) verdicts.push(await judge(guest));
  for (const { why, ...guest } of unrecorded) {
    verdicts.push({ ...guest, operations: 0, bytes: 0, outcome: "not recorded", detail: why });
  }
  for (const directory of new Set(recorded.map(({ file }) => dirname(file)))) {
    rmSync(directory, { recursive: true, force: true });
  }
  recorded.length = 0;
  unrecorded.length = 0;
  const to = process.env["SALLYPORT_TEST_VERDICTS"];
  if (to !== undefined) {
    for (const verdict of verdicts) appendFileSync(to, `${JSON.stringify(verdict)}\n`);
  }
  expect(verdicts.filter(({ outcome }) => outcome === "different")).toEqual([]);
}, 600_000);

const judge = async ({ file, test, engine, image, ended }: RecordedGuest): Promise<Verdict> => {
  const left = await Promise.race([
    ended.then(() => "ended" as const),
    new Promise<"alive">((resolve) => setTimeout(resolve, END_TIME, "alive").unref()),
  ]);
  if (!existsSync(file)) {
    return { test, engine, operations: 0, bytes: 0, outcome: "not compared", detail: "no guest was started" };
  }
  using reader = new TraceReader(file);
  const about = { test, engine, operations: reader.length, bytes: 0 };
  if (left === "alive") return { ...about, outcome: "not compared", detail: "its test left it running" };
  if (reader.ending === "cut") {
    return { ...about, outcome: "not compared", detail: "its trace was cut at its limit" };
  }
  if (image === undefined && reader.header.image !== guestHashes().image) {
    return { ...about, outcome: "not compared", detail: "from an image that its test had for a time" };
  }
  const before = saidInTrace(reader);
  const now = new Said();
  try {
    const replayed = await replay(file, {
      engine: listening(chooseEngine(engine), now, reader.length),
      signal: AbortSignal.timeout(REPLAY_TIME),
      ...(image === undefined ? {} : { image }),
    });
    const compared = { ...about, bytes: before.bytes };
    if (replayed.kind === "alike") return { ...compared, outcome: "equal until interrupted" };
    if (replayed.kind === "different" && replayed.interruption !== undefined) {
      return { ...compared, outcome: "other after an interruption" };
    }
    if (replayed.kind !== "same" || replayed.operations !== reader.length) {
      return { ...compared, outcome: "different", detail: JSON.stringify(replayed, bigints).slice(0, 2000) };
    }
    return before.digest() === now.digest()
      ? { ...compared, outcome: "equal" }
      : { ...compared, outcome: "different", detail: `${before.bytes} bytes said then, ${now.bytes} now` };
  } catch (error) {
    return { ...about, outcome: "different", detail: String(error) };
  }
};

const bigints = (_key: string, value: unknown): unknown =>
  typeof value === "bigint"
    ? String(value)
    : value instanceof Uint8Array
      ? Buffer.from(value).toString("latin1")
      : value;
