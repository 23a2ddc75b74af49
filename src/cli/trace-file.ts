import { type Command, Option } from "commander";
import { OptionError, SallyportError } from "../errors.js";
import { type Decoded, decodeRecord } from "../trace/decode.js";
import type { TraceRecord } from "../trace/format.js";
import { TraceReader } from "../trace/reader.js";
import { matcher, type TraceFilter } from "../trace/select.js";
import { summary } from "../trace/summary.js";
import { ERRNO, Errno, type ErrnoName } from "../wire/errno.js";
import { escapeText, type Paint, painter, wantsColor } from "./terminal.js";
import { plain, textLine } from "./trace.js";

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
    .action((file: string, flags: TraceFlags) => {
      show(file, flags);
      done(0);
    });
};

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Says what a file is that cannot be read, as for other arguments. */
export const named = <T>(file: string, act: () => T): T => {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof SallyportError) throw error;
    throw new OptionError("FILE", `cannot read ${JSON.stringify(file)}: ${error.message}`, { cause: error });
  }
};

const show = (file: string, flags: TraceFlags): void => {
  using reader = named(file, () => new TraceReader(file));
  const paint = painter(wantsColor(process.stdout));
  const filter: TraceFilter = {
    ...(flags.operation === undefined ? {} : { operations: flags.operation }),
    ...(flags.path === undefined ? {} : { path: flags.path }),
    ...(flags.errno === undefined ? {} : { errno: flags.errno }),
  };
  const matches = named(file, () => matcher(filter));
  const selected = function* (): Generator<readonly [TraceRecord, Decoded]> {
    for (const record of reader.records()) {
      const decoded = decodeRecord(record);
      if (matches(decoded)) yield [record, decoded];
    }
  };
  if (flags.summary === true) {
    const { operations, paths } = summary(selected());
    print(paint("bold", "     calls      total  failed  operation"));
    for (const [name, sums] of operations) print(row(name, sums));
    if (paths.length > 0) print(paint("bold", "\n     calls      total  failed  path"));
    for (const [path, sums] of paths) print(row(escapeText(path), sums));
  } else if (flags.chrome === true) chrome(selected());
  else {
    for (const [record, decoded] of selected()) {
      print(flags.json === true ? JSON.stringify(json(record, decoded)) : recordLine(record, decoded, paint));
    }
  }
  if (reader.ending === "cut") process.stderr.write("sallyport: the trace was cut at its limit\n");
  if (reader.ending === "broken")
    process.stderr.write("sallyport: the trace has no end: its writer was killed\n");
};

const row = (
  name: string,
  { calls, time, failed }: { calls: number; time: number; failed: number },
): string =>
  `${String(calls).padStart(10)} ${milliseconds(time).padStart(10)} ${String(failed).padStart(7)}  ${name}`;

const milliseconds = (nanoseconds: number): string => `${(nanoseconds / 1e6).toFixed(2)} ms`;

const isErrno = (name: string): name is ErrnoName => Object.hasOwn(ERRNO, name);

/** One operation as a line. */
export const recordLine = (
  { index, at, duration, redacted }: TraceRecord,
  decoded: Decoded,
  paint: Paint,
): string => {
  const { name, args, outcome = { results: undefined } } = decoded;
  const shown =
    "error" in outcome
      ? { error: isErrno(outcome.error) ? new Errno(outcome.error) : new Error(outcome.error) }
      : outcome;
  const line = textLine({ name, args, outcome: shown, duration: BigInt(duration) }, paint);
  const when = `${(at / 1e6).toFixed(2)} ms`;
  return `${paint("dim", `${String(index).padStart(6)} ${when.padStart(12)}`)}  ${line}${redacted ? " (redacted)" : ""}`;
};

const json = (record: TraceRecord, { name, args, outcome }: Decoded): object => ({
  index: record.index,
  at: record.at,
  duration: record.duration,
  operation: name,
  arguments: plain(args),
  ...(outcome === undefined ? {} : "error" in outcome ? outcome : { results: plain(outcome.results) }),
  ...(record.redacted ? { redacted: true } : {}),
});

const chrome = (records: Iterable<readonly [TraceRecord, Decoded]>): void => {
  let first = true;
  process.stdout.write("[");
  for (const [record, decoded] of records) {
    const event = {
      name: decoded.name,
      ph: "X",
      pid: 1,
      tid: 1,
      ts: record.at / 1000,
      dur: record.duration / 1000,
      args: plain(decoded.args),
    };
    process.stdout.write(`${first ? "" : ","}\n${JSON.stringify(event)}`);
    first = false;
  }
  process.stdout.write("\n]\n");
};
