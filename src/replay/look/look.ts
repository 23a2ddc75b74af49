import type { GuestProcess } from "../../engine/engine.js";
import { type Decoded, decodeRecord } from "../../trace/decode.js";
import { TraceError, type TraceRecord } from "../../trace/format.js";
import type { TraceReader } from "../../trace/reader.js";
import type { Request } from "../../wire/frame.js";
import { sallyport } from "../../wire/operations.js";
import type { Serve } from "../../wire/serve.js";
import { reasonOf } from "../../wire/thrown.js";
import type { Course } from "../course.js";
import { Replayer } from "../replayer.js";
import type { Target } from "../target.js";
import { tracedSources } from "./files.js";
import { LOOK_SIGNAL, LookHost } from "./host.js";
import {
  checked,
  type Evaluated,
  type LookVariable,
  readEvaluated,
  readStack,
  readVariables,
  type Stack,
} from "./messages.js";

/** A replayed program that stands still, to be looked into. What is done to it has no effect on anything else. */
export class Look {
  /** How many operations it has asked for: the number of the one that it stands in, or that comes next. */
  readonly operations: number;
  /** The operation that it stands in, with the answer that it got then; undefined where it was stopped by an exception. */
  readonly operation: Decoded | undefined;
  readonly #host: LookHost;
  readonly #guest: GuestProcess;

  /** @internal */
  constructor(host: LookHost, guest: GuestProcess, operations: number, operation: Decoded | undefined) {
    this.#host = host;
    this.#guest = guest;
    this.operations = operations;
    this.operation = operation;
  }

  /** The program's frames, the innermost last; of more than 1000 the innermost. */
  async stack(): Promise<Stack> {
    return readStack(checked(await this.#host.ask({ do: "stack" })));
  }

  /** The variables of a frame, by its place in `stack()`; of more than 1000 the first. */
  async variables(frame: number): Promise<readonly LookVariable[]> {
    return readVariables(checked(await this.#host.ask({ do: "variables", frame })));
  }

  /** Lines of a frame's source, from one to another (from 1, inclusive); none where it is not known. */
  async lines(frame: number, first: number, last: number): Promise<readonly string[]> {
    return checked(await this.#host.ask({ do: "lines", frame, first, last })).texts("lines");
  }

  /** What a name before the cursor could be. */
  async complete(frame: number, prefix: string): Promise<readonly string[]> {
    return checked(await this.#host.ask({ do: "complete", frame, prefix })).texts("matches");
  }

  /** Runs Python in a frame; `shown` are the values of expressions. `output` is told of what it writes. */
  async evaluate(
    frame: number,
    source: string,
    output: (data: Uint8Array) => void = () => {},
  ): Promise<Evaluated> {
    this.#host.output = output;
    try {
      return readEvaluated(await this.#host.ask({ do: "evaluate", frame, source }));
    } finally {
      this.#host.output = () => {};
    }
  }

  /**
   * Interrupts what `evaluate` runs, or a hostile `repr`. A program can refuse that: the second time within one request its
   * guest is killed, and whatever is asked of this look from then on fails.
   */
  interrupt(): void {
    if (this.#host.giveUp()) this.#guest.kill("it did not heed an interruption");
    else this.#guest.signal("SIGINT");
  }
}

export interface LookOptions {
  readonly reader: TraceReader;
  readonly start: (serve: Serve) => Promise<GuestProcess>;
  readonly target: Target;
  readonly onRecord: (record: TraceRecord) => void;
  readonly look: (look: Look) => Promise<void>;
}

/** Replays up to a place, and has the program looked into there. Answers what a replay would, were it stopped there. */
export const lookInto = async (options: LookOptions): Promise<Course> => {
  const { reader, target } = options;
  const record = target.kind === "operation" ? recordAt(reader, target.index) : undefined;
  if (record !== undefined && BETWEEN.has(record.operation)) {
    throw new TraceError(
      `no Python code runs in operation ${record.index} (${decodeRecord(record).name}): stop at one before or behind it`,
    );
  }
  const limit = target.kind === "operation" ? target.index : target.report;
  const files = tracedSources(upTo(reader, limit));
  const host = await LookHost.create(callFor(target), files);
  let stopped: (course: Course) => void = () => {};
  const stop = new Promise<Course>((resolve) => {
    stopped = resolve;
  });
  const replayer: Replayer = new Replayer(reader, {
    until: target.kind === "operation" ? target.index : target.report,
    onRecord: options.onRecord,
    timing: "as recorded",
    take: (course) => {
      if (target.kind === "error") {
        host.end(new TraceError("the exception was not raised again where its traceback says"));
        return undefined;
      }
      if (course.kind !== "stopped") return undefined;
      stopped(course);
      return host.interrupt();
    },
    ...(target.kind === "error" ? awaiting(target.command, host, () => replayer.operations, stopped) : {}),
  });
  await using guest = await options.start(replayer.serve);
  replayer.attach(guest);
  const over = guest.ended.then((end): Course => {
    host.end(new TraceError(`the guest has ended (${end.kind})`));
    if (end.kind === "failed") throw end.error;
    return { kind: "stopped", operations: replayer.operations };
  });
  over.catch(() => undefined);
  const course = await Promise.race([stop, replayer.course, over]);
  if (course.kind !== "stopped") return course;
  await standing(host, record);
  await options.look(new Look(host, guest, course.operations, record && decodeRecord(record)));
  return course;
};

/** What the guest's runtime asks for between two runs, and what it leaves with. */
const BETWEEN: ReadonlySet<number> = new Set(
  (["next", "save_page", "save_state", "load_page", "load_state", "exit"] as const).map(
    (name) => sallyport[name].number,
  ),
);

/** A look that waits for an exception: the guest is told at the beginning of its run, and comes back. */
const awaiting = (
  command: number,
  host: LookHost,
  operations: () => number,
  stopped: (course: Course) => void,
) => {
  let begun = false;
  return {
    carry: { index: command, signal: LOOK_SIGNAL },
    ahead: (request: Request): Serve | undefined => {
      if (begun) return host.serve;
      if (operations() <= command) return undefined;
      const expected = host.expects(request);
      if (expected === "beginning") {
        begun = true;
        stopped({ kind: "stopped", operations: operations() });
      }
      return expected && host.serve;
    },
  };
};

/** Waits until the guest looks. */
const standing = async (host: LookHost, record: TraceRecord | undefined): Promise<void> => {
  const timer = setTimeout(
    () => host.end(new TraceError("the guest does not come to be looked into")),
    LOOK_TIME,
  );
  try {
    await host.ready;
  } catch (error) {
    const where = record === undefined ? "" : ` in operation ${record.index} (${decodeRecord(record).name})`;
    const why = reasonOf(error);
    throw new TraceError(`the program cannot be looked into${where}: ${why}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
};

/** Longest (ms) that it may take from the interruption to the look. */
const LOOK_TIME = 30_000;

/** The line of Python by which the look begins. */
const callFor = (target: Target): string => {
  if (target.kind === "operation") return "look(frame)";
  const { type, frame } = target;
  // A text of JSON is one of Python.
  const place = [type, frame.file, frame.line, frame.function].map((part) => JSON.stringify(part));
  return `await_error(${place.join(", ")})`;
};

function* upTo(reader: TraceReader, limit: number): Generator<TraceRecord> {
  for (const record of reader.records()) {
    if (record.index > limit) return;
    yield record;
  }
}

const recordAt = (reader: TraceReader, index: number): TraceRecord | undefined => {
  for (const record of reader.records(index)) return record;
  return undefined;
};
