import { existsSync } from "node:fs";
import { chooseEngine } from "../../../src/engine/choose.js";
import { nativeEngine } from "../../../src/engine/native.js";
import { replayOn } from "../../../src/replay/replay.js";
import { TraceReader } from "../../../src/trace/reader.js";
import { guestHashes } from "../../../src/trace/record.js";
import type { RecordedGuest, Verdict } from "./guests.js";
import { listening, Said, saidInTrace } from "./said.js";

/** Longest (ms) that one replay, and the end of a guest whose test is over, may take. */
const REPLAY_TIME = 120_000;
const END_TIME = 10_000;

/** Replays a guest from its trace alone, and compares what it says. */
export const judge = async ({
  file,
  test,
  engine,
  hardened,
  image,
  ended,
}: RecordedGuest): Promise<Verdict> => {
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
    const replayed = await replayOn(
      listening(hardened ? nativeEngine({ flavour: "hardened" }) : chooseEngine(engine), now, reader.length),
      file,
      {
        signal: AbortSignal.timeout(REPLAY_TIME),
        ...(image === undefined ? {} : { image }),
      },
    );
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
