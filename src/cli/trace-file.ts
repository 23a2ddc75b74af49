import { type Command, Option } from "commander";
import { OptionError, SallyportError } from "../errors.js";
import { type Decoded, decodeRecord } from "../trace/decode.js";
import type { TraceEvent } from "../trace/events.js";
import type { TraceRecord } from "../trace/format.js";
import { TraceReader } from "../trace/reader.js";
import { matcher, type TraceFilter } from "../trace/select.js";
import { summary } from "../trace/summary.js";
import { safeJson } from "./json.js";
import { escapeText, type Paint, painter, wantsColor } from "./terminal.js";
import {
  chromeEvent,
  chromeNames,
  chromeRecord,
  eventLine,
  eventObject,
  recordLine,
  recordObject,
} from "./trace-lines.js";
import { writeTo } from "./write.js";

interface TraceFlags {
  readonly operation?: readonly string[];
  readonly path?: string;
  readonly errno?: string;
  readonly summary?: boolean;
  readonly json?: boolean;
  readonly chrome?: boolean;
}

const TRACE_EXAMPLES = `
Examples:
  $ sallyport run --record run.trace program.py
  $ sallyport trace run.trace --operation open --errno ENOENT   what was looked for and not there
  $ sallyport trace run.trace --summary                         time by operation and by file
  $ sallyport trace run.trace --chrome > trace.json             for chrome://tracing, Perfetto, speedscope
  $ sallyport replay run.trace                                  the run again, from the trace alone
`;

const list = (text: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  text,
];

/** Adds `trace`. */
export const addTrace = (root: Command, done: (exitCode: number) => void): void => {
  root
    .command("trace")
    .summary("what a recorded run asked for")
    .description("Show the trace that `sallyport run --record FILE` wrote.")
    .argument("<file>", "the trace")
    .option("--operation <name>", "only this operation (repeatable)", list)
    .option("--path <pattern>", 'only operations with a path that matches, such as "/data/**"')
    .option("--errno <name>", "only what failed with this errno")
    .addOption(new Option("--summary", "sums by operation and by path").conflicts(["json", "chrome"]))
    .addOption(new Option("--json", "as JSON lines").conflicts("chrome"))
    .option("--chrome", "as Chrome's trace events")
    .addHelpText("after", TRACE_EXAMPLES)
    .action(async (file: string, flags: TraceFlags) => {
      await show(file, flags);
      done(0);
    });
};

/** Says what a file is that cannot be read, as for other arguments. */
export const named = <T>(file: string, act: () => T): T => {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof SallyportError) throw error;
    throw new OptionError("FILE", `cannot read ${JSON.stringify(file)}: ${error.message}`, { cause: error });
  }
};

const show = async (file: string, flags: TraceFlags): Promise<void> => {
  using reader = named(file, () => new TraceReader(file));
  const filter: TraceFilter = {
    ...(flags.operation === undefined ? {} : { operations: flags.operation }),
    ...(flags.path === undefined ? {} : { path: flags.path }),
    ...(flags.errno === undefined ? {} : { errno: flags.errno }),
  };
  const matches = named(file, () => matcher(filter));
  const all = Object.keys(filter).length === 0;
  const write = writeTo(process.stdout);
  let any = all;
  const counted = (decoded: Decoded): boolean => {
    const is = matches(decoded);
    any ||= is;
    return is;
  };
  for (const text of texts(reader, flags, counted, all)) {
    // A trace may be larger than memory: it is shown as fast as it is taken.
    const taken = write(Buffer.from(text));
    if (taken !== undefined) await taken;
  }
  if (!any) process.stderr.write("sallyport: nothing in the trace is like that\n");
  if (reader.ending === "cut") process.stderr.write("sallyport: the trace was cut at its limit\n");
  if (reader.ending === "broken")
    process.stderr.write("sallyport: the trace has no end: its writer was killed\n");
};

/** What is shown, piece by piece; what happened between operations only where all of them are. */
function* texts(
  reader: TraceReader,
  flags: TraceFlags,
  matches: (decoded: Decoded) => boolean,
  all: boolean,
): Generator<string> {
  const paint = painter(wantsColor(process.stdout));
  const selected = function* (): Generator<readonly [TraceRecord, Decoded] | TraceEvent> {
    for (const entry of reader.entries()) {
      if (entry.kind !== "operation") {
        if (all) yield entry;
        continue;
      }
      const decoded = decodeRecord(entry);
      if (matches(decoded)) yield [entry, decoded];
    }
  };
  if (flags.summary === true) {
    yield* summaryLines(
      (function* () {
        for (const one of selected()) if (!("kind" in one)) yield one;
      })(),
      paint,
    );
  } else if (flags.chrome === true) {
    let before = "[";
    for (const name of chromeNames(reader.header.engine)) {
      yield `${before}\n${safeJson(name)}`;
      before = ",";
    }
    for (const one of selected()) {
      yield `,\n${safeJson("kind" in one ? chromeEvent(one) : chromeRecord(...one))}`;
    }
    yield "\n]\n";
  } else {
    for (const one of selected()) {
      if (flags.json === true) {
        yield `${safeJson("kind" in one ? eventObject(one) : recordObject(...one))}\n`;
      } else yield `${"kind" in one ? eventLine(one, paint) : recordLine(...one, paint)}\n`;
    }
  }
}

function* summaryLines(records: Iterable<readonly [TraceRecord, Decoded]>, paint: Paint): Generator<string> {
  const { operations, paths } = summary(records);
  yield `${paint("bold", "     calls      total  failed  operation")}\n`;
  for (const [name, sums] of operations) yield row(name, sums);
  if (paths.length > 0) yield `${paint("bold", "\n     calls      total  failed  path")}\n`;
  for (const [path, sums] of paths) yield row(escapeText(path), sums);
}

const row = (
  name: string,
  { calls, time, failed }: { calls: number; time: number; failed: number },
): string =>
  `${String(calls).padStart(10)} ${milliseconds(time).padStart(10)} ${String(failed).padStart(7)}  ${name}\n`;

const milliseconds = (nanoseconds: number): string => `${(nanoseconds / 1e6).toFixed(2)} ms`;
