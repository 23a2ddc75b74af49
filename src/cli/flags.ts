import { type Command, InvalidArgumentError, Option } from "commander";
import { isDuration, parseDuration, parseSize, type Range } from "../checks/units.js";
import { OptionError } from "../errors.js";
import type { Limits } from "../options/limits.js";
import type { EngineChoice } from "../options/sandbox.js";
import { type MountSpec, parseMount } from "./mounts.js";

/** What the command line (or a config file) says about a sandbox. */
export interface SandboxFlags {
  readonly mount: readonly MountSpec[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly memory?: number;
  readonly cpu?: number;
  readonly timeout?: number;
  readonly maxOutput?: number;
  readonly storage?: number;
  /** Limits that only a config file sets. */
  readonly limits?: Pick<Limits, "message" | "totalCpu" | "grace" | "operations" | "descriptors">;
  readonly image?: string;
  readonly engine?: EngineChoice;
  readonly hardened?: boolean;
  readonly deny?: readonly string[];
  readonly readonly?: readonly string[];
  readonly timezone?: string;
  readonly seed?: string;
  readonly deterministic?: boolean;
  /** A path, false for none, or undefined for the one that the environment names or that is found. */
  readonly config?: string | false;
  readonly trace?: string;
  readonly record?: string;
  readonly durable?: string;
}

const TIME: Range = { min: 1, max: 24 * 24 * 3600e3 };
const GUEST_MEMORY: Range = { min: 64 * 2 ** 20, max: 4 * 2 ** 30 };
const SIZE: Range = { min: 0, max: 2 ** 40 };

/** Turns the library's errors into commander's, which name the argument. */
const parsed =
  <T>(parse: (text: string) => T) =>
  (text: string): T => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof OptionError) {
        throw new InvalidArgumentError(error.message.slice(error.option.length + 2));
      }
      throw error;
    }
  };

const size = (range: Range) => parsed((text) => parseSize(text, "size", range));
const duration = parsed((text) => {
  const time = /^[\d.]+$/.test(text) ? `${text}s` : text;
  if (!isDuration(time)) {
    throw new InvalidArgumentError(
      `${JSON.stringify(text)} is no time: give seconds, or a unit, such as "500ms"`,
    );
  }
  return parseDuration(time, "time", TIME);
});

const mountOption = (text: string, before: readonly MountSpec[]): readonly MountSpec[] => [
  ...before,
  parsed((value) => parseMount(value, "mount"))(text),
];

const envOption = (text: string, before: Readonly<Record<string, string>>): Record<string, string> => {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("give NAME=VALUE.");
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
};

const listOption = (text: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  text,
];

/** Adds the options that every command with a guest has. */
export const addSandboxOptions = (command: Command): Command =>
  command
    .addOption(
      new Option(
        "-m, --mount <host:guest[:mode]>",
        "show a directory or file to the guest; mode ro (default), rw, or cow (repeatable)",
      )
        .argParser(mountOption)
        .default([], "none"),
    )
    .addOption(
      new Option("-e, --env <name=value>", "set a variable of the guest's environment (repeatable)")
        .argParser(envOption)
        .default({}, "empty"),
    )
    .option("--cwd <dir>", "working directory in the guest (default: /sandbox; another program's is its own)")
    .option("--memory <size>", "memory of the guest (default: 512 MiB)", size(GUEST_MEMORY))
    .option("--cpu <time>", "CPU time, in seconds unless a unit follows", duration)
    .option("--timeout <time>", "time on the clock, in seconds unless a unit follows", duration)
    .option("--max-output <size>", "bytes on stdout and stderr together", size(SIZE))
    .option("--storage <size>", "bytes of all files in memory (default: 256 MiB)", size(SIZE))
    .option("--deny <pattern>", 'guest paths it must not have, such as "**/*.key" (repeatable)', listOption)
    .option("--readonly <pattern>", "guest paths it must not change (repeatable)", listOption)
    .option("--timezone <name>", "its time zone, such as Europe/Berlin (default: UTC)")
    .option("--seed <text>", "the same random numbers in every run with this seed")
    .option("--deterministic", "the same clock and random numbers in every run")
    .option("--trace <file>", 'write every operation to a file as JSON lines; "-": to stderr as text')
    .option(
      "--config <file>",
      "read defaults from this file (default: SALLYPORT_CONFIG, or sallyport.config.json as far as it hands in nothing)",
    )
    .option("--no-config", "read no config file");

/** Adds, besides, those of commands with a Python guest. */
export const addPythonOptions = (
  command: Command,
  image = "start from this image, which `sallyport image build` made",
): Command =>
  addSandboxOptions(command)
    .option("--image <file>", image)
    .addOption(new Option("--engine <engine>", "how to execute it").choices(["auto", "native", "wasm"]))
    .option("--hardened", "the native guest with explicit bounds checks");

/** Adds, besides, those of commands that run a Python guest from its start. */
export const addRunOptions = (command: Command, image?: string): Command =>
  addPythonOptions(command, image).option(
    "--record <file>",
    "record the run, for `sallyport trace` and `sallyport replay`",
  );

/** The limits that flags set; without --max-output there is none on the command line. */
export const limitsOf = (flags: SandboxFlags): Limits => ({
  ...flags.limits,
  ...(flags.memory === undefined ? {} : { memory: flags.memory }),
  ...(flags.cpu === undefined ? {} : { cpu: flags.cpu }),
  ...(flags.timeout === undefined ? {} : { wall: flags.timeout }),
  ...(flags.storage === undefined ? {} : { storage: flags.storage }),
  output: flags.maxOutput ?? SIZE.max,
});
