import { type Command, InvalidArgumentError, Option } from "commander";
import { OptionError } from "../errors.js";
import { type Replayed, type ReplayOptions, replay } from "../replay/replay.js";
import type { Until } from "../replay/target.js";
import { decodeRecord } from "../trace/decode.js";
import { TraceReader } from "../trace/reader.js";
import { differenceLines } from "./difference.js";
import { pipedLines, typedLines } from "./look/lines.js";
import { type Leave, LookRepl } from "./look/repl.js";
import { stackLines } from "./look/where.js";
import { escapeText, type Paint, painter, wantsColor } from "./terminal.js";
import { named } from "./trace-file.js";
import { recordLine } from "./trace-lines.js";

interface ReplayFlags {
  readonly until?: Until;
  readonly at?: Until;
  readonly engine?: "auto" | "native" | "wasm";
  readonly image?: string;
  readonly anyImage?: boolean;
}

const EXAMPLES = `
Examples:
  $ sallyport replay run.trace                              the run again, from its trace alone
  $ sallyport replay run.trace --until error                into the program where it raised what ended it
  $ sallyport replay run.trace --until 812                  … where it stands in operation 812; -1 is its last one
  $ sallyport replay run.trace --at "open /data/x.csv"      … where it first opens this file
`;

/** Most characters of commands that are not typed. */
const SCRIPT_MAX = 2 ** 20;

const place = (text: string): Until => {
  if (text === "error") return text;
  if (!/^-?\d{1,15}$/.test(text)) {
    throw new InvalidArgumentError('give the number of an operation, -1 for the last one, or "error".');
  }
  return Number(text);
};

/** `open /data/x.csv`, `open`, or `/data/**`. */
const like = (text: string): Until => {
  const [first = "", ...rest] = text.trim().split(/\s+/);
  const path = first.startsWith("/") ? first : rest.join(" ");
  if (first === "")
    throw new InvalidArgumentError('give an operation and a path, such as "open /data/x.csv".');
  return {
    ...(first.startsWith("/") ? {} : { operation: first }),
    ...(path === "" ? {} : { path }),
  };
};

/** Adds `replay`. */
export const addReplay = (root: Command, done: (exitCode: number) => void): void => {
  root
    .command("replay")
    .summary("a recorded run again, from its trace alone")
    .description(
      "Run the guest again, answered from the trace: no files, clock, network or functions of this machine. Exits with 1 when it asks for something else than it did. With --until or --at, look into the program there: its frames, variables and source.",
    )
    .argument("<file>", "the trace")
    .option("--until <where>", "look into the program before this operation", place)
    .addOption(
      new Option("--at <what>", "… before the first of this name, with this path")
        .argParser(like)
        .conflicts("until"),
    )
    .addOption(new Option("--engine <engine>", "how to execute it").choices(["auto", "native", "wasm"]))
    .option("--image <file>", "the prepared image that it started from")
    .option("--any-image", "also when the trace is of another version's guest")
    .addHelpText("after", EXAMPLES)
    .action(async (file: string, flags: ReplayFlags) => {
      done(await runAgain(file, flags));
    });
};

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const runAgain = async (
  file: string,
  { until, at, engine, image, anyImage }: ReplayFlags,
): Promise<number> => {
  using reader = named(file, () => new TraceReader(file));
  const paint = painter(wantsColor(process.stdout));
  const options: ReplayOptions = {
    ...(engine === undefined ? {} : { engine }),
    ...(image === undefined ? {} : { image }),
    ...(anyImage === undefined ? {} : { anyImage }),
  };
  const first = until ?? at;
  if (typeof first === "number" && first >= reader.length) {
    throw new OptionError(
      "--until",
      `the trace has ${reader.length} operations, the last is ${reader.length - 1}`,
    );
  }
  if (first !== undefined) {
    const left = await lookAround(file, reader, first, options, paint);
    if (left !== "continue") return left;
  }
  return tell(await replay(file, options), reader, paint);
};

/** Looks into the program, at one place after the other. Answers an exit code, or that it is to go on to its end. */
const lookAround = async (
  file: string,
  reader: TraceReader,
  first: Until,
  options: ReplayOptions,
  paint: Paint,
): Promise<number | "continue"> => {
  let interrupt = (): void => {};
  let complete = async (_line: string): Promise<readonly [string[], string]> => [[], ""];
  using lines = process.stdin.isTTY
    ? typedLines({
        input: process.stdin,
        output: process.stdout,
        complete: (line) => complete(line),
        interrupted: () => interrupt(),
      })
    : pipedLines(process.stdin, SCRIPT_MAX);
  let until = first;
  for (;;) {
    let leave: Leave | undefined;
    const replayed = await replay(file, {
      ...options,
      until,
      look: async (look) => {
        interrupt = () => look.interrupt();
        const repl = new LookRepl({
          look,
          lines,
          paint,
          print,
          operation: (index) => operationAt(reader, index, paint),
          until: (kind, where, from) => {
            const to = kind === "goto" ? place(where) : like(where);
            return typeof to === "object" ? { ...to, from } : to;
          },
        });
        complete = async (line) => {
          const [word = ""] = /[\w.]*$/.exec(line) ?? [];
          return [(await look.complete(repl.frame, word)).map(escapeText), word];
        };
        leave = await repl.interact();
      },
    });
    if (replayed.kind !== "stopped") return tell(replayed, reader, paint);
    if (leave === undefined || leave.kind === "quit") {
      print(`Stopped before operation ${replayed.operations} of ${reader.length}.`);
      return 0;
    }
    if (leave.kind === "continue") return "continue";
    until = leave.until;
  }
};

const operationAt = (reader: TraceReader, index: number, paint: Paint): string | undefined => {
  for (const record of reader.records(index)) return recordLine(record, decodeRecord(record), paint);
  return undefined;
};

/** Says how it went; answers the exit code. */
const tell = (replayed: Replayed, reader: TraceReader, paint: Paint): number => {
  switch (replayed.kind) {
    case "same":
      print(`The same, to the byte: ${replayed.operations} operations.`);
      if (replayed.ending === "broken")
        print("The trace has no end: its writer was killed, or it is damaged.");
      if (replayed.ending === "cut") print("The trace was cut at its limit: the run went on.");
      return 0;
    case "stopped":
      print(`Stopped before operation ${replayed.operations} of ${reader.length}.`);
      return 0;
    case "alike": {
      const { signal, after } = replayed.interruption;
      print(
        `The same, to the byte, up to operation ${after}; while it computed then it was interrupted (${signal}). How far it had come is not in the trace; from there on it did the like, and came to the same.`,
      );
      return 0;
    }
    case "different": {
      const { recorded, asked, operations, interruption, stack } = replayed;
      print(
        `${paint("bold", `Different at operation ${operations} of ${reader.length}`)}: it asks for something else.`,
      );
      for (const line of differenceLines(recorded, asked, paint)) print(line);
      if (interruption !== undefined) {
        const { signal, after } = interruption;
        print(
          `  It was interrupted (${signal}) while it computed after operation ${after}: where exactly is not in the trace.`,
        );
      }
      if (stack !== undefined && stack.length > 0) {
        print(paint("bold", "Where it stands now:"));
        for (const line of stackLines(stack, undefined, paint)) print(line);
      }
      return 1;
    }
    case "ended": {
      const { operations, end, recorded } = replayed;
      const then = recorded === undefined ? "the trace goes on" : `it ended by ${recorded.kind} then`;
      print(`The guest ended (${end.kind}) after ${operations} of ${reader.length} operations; ${then}.`);
      return 1;
    }
  }
};
