import { chooseEngine } from "../engine/choose.js";
import type { End, Engine, GuestProcess, ImageFile } from "../engine/engine.js";
import { openImage, type PreparedImage } from "../image/prepared.js";
import type { EngineChoice } from "../options/sandbox.js";
import { type TraceEnd, traceEnd } from "../trace/events.js";
import { TraceError, type TraceHeader, type TraceRecord } from "../trace/format.js";
import { type Ending, TraceReader } from "../trace/reader.js";
import { guestHashes } from "../trace/record.js";
import type { Serve } from "../wire/serve.js";
import type { Course } from "./course.js";
import { type Look, lookInto } from "./look/look.js";
import type { LookFrame } from "./look/messages.js";
import { Replayer, type ReplayerOptions } from "./replayer.js";
import { targetOf, type Until } from "./target.js";

/** How a trace is replayed. */
export interface ReplayOptions {
  /** Default: the best that is there; it need not be the one that was recorded on. */
  readonly engine?: EngineChoice;
  /** Stop there. Default: at the end. */
  readonly until?: Until;
  /** Called where it was stopped by `until`, to look into the program there. The replay is over when its promise is settled. */
  readonly look?: (look: Look) => Promise<void>;
  /** Told of every operation that was asked for again; from the first on again where a replay is tried anew. */
  readonly onRecord?: (record: TraceRecord) => void;
  /** The prepared image, or its file, where the recorded guest started from one. Default: the image that is shipped. */
  readonly image?: string | PreparedImage;
  /** Replay although the guest's image or code is another one. Default: refuse. */
  readonly anyImage?: boolean;
  /** Ends the replay; it rejects with the signal's reason then. */
  readonly signal?: AbortSignal;
}

/** How a replay ended. */
export type Replayed =
  | (Course & {
      /** How the recorded guest ended; undefined where the trace has no end, or the replay did not come to it. */
      readonly end?: TraceEnd;
      /** How the trace ends that was replayed to its end: where it is not "whole", the run may have gone on. */
      readonly ending?: Ending;
      /** Where the program stands that asks for something else, the innermost frame last; undefined where that cannot be told. */
      readonly stack?: readonly LookFrame[];
    })
  /** It ended before the trace does, or otherwise than was recorded. */
  | {
      readonly kind: "ended";
      readonly operations: number;
      readonly end: TraceEnd;
      readonly recorded?: TraceEnd;
    };

/**
 * Runs a guest again from a trace alone: everything it asks for is answered as it was then. No file, clock, network or function
 * of this machine takes part. Takes the trace's file, or its bytes.
 *
 * @throws TraceError for a damaged or redacted trace, one of another image, or one that was not of Python
 */
export const replay = async (
  file: string | Uint8Array,
  { engine, ...options }: ReplayOptions = {},
): Promise<Replayed> => replayOn(chooseEngine(engine), file, options);

/** The same on an engine of any kind. */
export const replayOn = async (
  engine: Engine,
  file: string | Uint8Array,
  options: Omit<ReplayOptions, "engine">,
): Promise<Replayed> => {
  using reader = new TraceReader(file);
  const image = options.image === undefined ? undefined : await openImage(options.image);
  checkGuest(reader.header, options, image);
  options.signal?.throwIfAborted();
  const target = options.until === undefined ? undefined : targetOf(reader, options.until);
  const { onRecord = () => {}, look, signal } = options;
  const start = async (serve: Serve): Promise<GuestProcess> => {
    const guest = await engine.start({
      ...(image === undefined ? {} : { program: { kind: "python", image } }),
      memory: reader.header.memory,
      serve,
      ...(signal === undefined ? {} : { signal }),
    });
    const abort = (): void => guest.kill("the replay was given up");
    signal?.addEventListener("abort", abort, { once: true });
    void guest.ended.then(() => signal?.removeEventListener("abort", abort));
    return guest;
  };
  const located = async (replayed: Replayed): Promise<Replayed> =>
    replayed.kind === "different" && replayed.interruption === undefined
      ? { ...replayed, ...(await whereAt(reader, start, replayed.operations)) }
      : replayed;
  if (target !== undefined && (look !== undefined || target.kind === "error")) {
    const course = await lookInto({ reader, start, target, onRecord, look: look ?? (async () => {}) });
    signal?.throwIfAborted();
    return await located(course);
  }
  const until = target === undefined ? Number.POSITIVE_INFINITY : target.index;
  const attempt = (timing: ReplayerOptions["timing"]): Promise<Replayed> =>
    carryOut(new Replayer(reader, { until, onRecord, timing }), start, reader.ending, signal);
  const first = await attempt("as recorded");
  if (first.kind !== "different" || first.interruption === undefined) return await located(first);
  return (await otherTimings(first.operations, attempt)) ?? first;
};

/** An interruption may take effect a few operations later than it was sent; then so many of them are tried. */
const LATER_MAX = 8;

/** A replay that differs after an interruption is tried with other times for that; undefined where none does better. */
const otherTimings = async (
  differed: number,
  attempt: (timing: ReplayerOptions["timing"]) => Promise<Replayed>,
): Promise<Replayed | undefined> => {
  const good = ({ kind }: Replayed): boolean => kind === "same" || kind === "alike";
  // The guest was faster than its interruption: as early as it could have come, it cannot be missed.
  const early = await attempt("early");
  if (good(early)) return early;
  let operation = differed;
  for (let tried = 0; tried < LATER_MAX; tried += 1) {
    const later = await attempt({ operation });
    if (good(later)) return later;
    if (later.operations <= operation) return undefined;
    operation = later.operations;
  }
  return undefined;
};

/** The frames of a program that is replayed up to an operation once more. */
const whereAt = async (
  reader: TraceReader,
  start: (serve: Serve) => Promise<GuestProcess>,
  index: number,
): Promise<{ readonly stack?: readonly LookFrame[] }> => {
  let stack: readonly LookFrame[] = [];
  const look = async (at: Look): Promise<void> => {
    stack = (await at.stack()).frames;
  };
  try {
    await lookInto({ reader, start, target: { kind: "operation", index }, onRecord: () => {}, look });
    return { stack };
  } catch (error) {
    if (error instanceof TraceError) return {};
    throw error;
  }
};

const carryOut = async (
  replayer: Replayer,
  start: (serve: Serve) => Promise<GuestProcess>,
  ending: Ending,
  signal: AbortSignal | undefined,
): Promise<Replayed> => {
  await using guest = await start(replayer.serve);
  replayer.attach(guest);
  const course = await Promise.race([replayer.course, guest.ended.then((end) => atEnd(replayer, end))]);
  signal?.throwIfAborted();
  if (course.kind === "ended" || course.kind === "stopped" || course.kind === "different") return course;
  const { recordedEnd } = replayer;
  return { ...course, ending, ...(recordedEnd === undefined ? {} : { end: recordedEnd }) };
};

/** What it means that the guest ended. */
const atEnd = (replayer: Replayer, ending: End): Replayed => {
  if (ending.kind === "failed") throw ending.error;
  const course = replayer.ended();
  const end = traceEnd(ending);
  const { operations, recordedEnd: recorded } = replayer;
  if (course !== undefined && (recorded === undefined || sameEnd(recorded, end))) return course;
  return { kind: "ended", operations, end, ...(recorded === undefined ? {} : { recorded }) };
};

/** Whether two ends are the same, as far as that is the guest's doing. */
const sameEnd = (one: TraceEnd, other: TraceEnd): boolean => {
  if (one.kind === "exit") return other.kind === "exit" && one.status === other.status;
  if (one.kind === "died") return other.kind === "died" && one.reason === other.reason;
  return true;
};

const checkGuest = (
  { program, image, code }: TraceHeader,
  { anyImage = false }: ReplayOptions,
  given: ImageFile | undefined,
): void => {
  if (program !== "python") throw new TraceError(`a trace of ${JSON.stringify(program)}, not of Python`);
  if (anyImage) return;
  const own = guestHashes(given?.sha256);
  const short = (hash: string): string => (hash === "" ? "none" : `${hash.slice(0, 12)}…`);
  if (code !== own.code) {
    throw new TraceError(
      `the trace is of a guest with the code ${short(code)}, this package's has ${short(own.code)}: it is another version's`,
    );
  }
  if (image !== own.image) {
    const here = given === undefined ? "this package has" : "the one that is given is";
    throw new TraceError(
      `the trace is of the image ${short(image)}, ${here} ${short(own.image)}; give a prepared image by the option "image" (--image)`,
    );
  }
};
