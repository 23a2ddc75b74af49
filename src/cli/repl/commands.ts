import { readFile } from "node:fs/promises";
import { formatSize } from "../../checks/units.js";
import type { Usage } from "../../result.js";
import type { Sandbox } from "../../sandbox.js";
import { escapeText, type Paint } from "../terminal.js";

/** What a command of the REPL can use. */
export interface CommandContext {
  readonly sandbox: Sandbox;
  readonly paint: Paint;
  readonly print: (text: string) => void;
  /** The usage of all runs so far, added up. */
  readonly usage: Usage;
  /** Turns the trace on or off; answers what it is now. */
  readonly toggleTrace: () => boolean;
  /** Begins with a fresh guest. */
  readonly reset: () => Promise<void>;
  /** Runs code as if it had been typed. */
  readonly run: (code: string, name: string) => Promise<void>;
}

interface ReplCommand {
  readonly usage: string;
  readonly help: string;
  readonly action: (argument: string, context: CommandContext) => Promise<void>;
}

/** The commands, which all begin with "!". */
export const COMMANDS: ReadonlyMap<string, ReplCommand> = new Map<string, ReplCommand>([
  [
    "help",
    {
      usage: "!help",
      help: "this list",
      action: async (_argument, { print, paint }) => {
        for (const { usage, help } of COMMANDS.values()) print(`  ${paint("cyan", usage.padEnd(18))}${help}`);
        print(`  ${paint("dim", "Ctrl-C interrupts, Ctrl-D leaves, Tab completes.")}`);
      },
    },
  ],
  [
    "trace",
    {
      usage: "!trace",
      help: "show every operation of the guest, or no longer",
      action: async (_argument, { toggleTrace, print }) => print(`trace ${toggleTrace() ? "on" : "off"}`),
    },
  ],
  [
    "files",
    {
      usage: "!files [path]",
      help: "what the guest has in a directory",
      action: async (argument, { sandbox, print, paint }) => {
        for (const { name, type, size } of await sandbox.files.list(argument === "" ? "." : argument)) {
          const shown = escapeText(name);
          print(
            type === "directory" ? paint("blue", `${shown}/`) : `${shown}  ${paint("dim", formatSize(size))}`,
          );
        }
      },
    },
  ],
  [
    "usage",
    {
      usage: "!usage",
      help: "time, memory and operations so far",
      action: async (_argument, { usage, print }) => {
        print(
          `CPU ${usage.cpu.toFixed(1)} ms, time ${usage.wall.toFixed(1)} ms, memory ${formatSize(usage.peakMemory)}`,
        );
        const byCount = Object.entries(usage.operations).sort(([, a], [, b]) => b - a);
        print(`operations: ${byCount.map(([name, count]) => `${name} ${count}`).join(", ") || "none"}`);
      },
    },
  ],
  [
    "load",
    {
      usage: "!load FILE",
      help: "run a file of the host's in this session",
      action: async (argument, { run }) => run(await readFile(argument, "utf8"), argument),
    },
  ],
  [
    "reset",
    {
      usage: "!reset",
      help: "begin again with a fresh guest",
      action: async (_argument, { reset }) => reset(),
    },
  ],
]);
