import { Command } from "commander";
import { suggest } from "../checks/suggest.js";
import { addBuild } from "./build.js";
import { completionScript, isShell, SHELLS } from "./completions.js";
import { doctor } from "./doctor.js";
import { addExec } from "./exec.js";
import { addRunOptions, type SandboxFlags } from "./flags.js";
import { addImage } from "./image.js";
import { addPypy } from "./pypy.js";
import { addReplay } from "./replay.js";
import { type RunFlags, run } from "./run.js";
import { escapeText, painter, wantsColor } from "./terminal.js";
import { addTrace } from "./trace-file.js";
import { version } from "./version.js";

const RUN_EXAMPLES = `
Examples:
  $ sallyport run program.py                            a program, confined
  $ sallyport run -m ./data:/data report.py /data       with a directory that it can read
  $ sallyport run --timeout 5s --memory 256M -c 'print(2**100)'
  $ sallyport run --json -c '1/0' | jq .error           the outcome as one JSON object
  $ sallyport run --trace - program.py                  every operation it asks for
  $ sallyport run --durable state program.py            once more after a crash: it goes on

Exit codes: the program's own; 1 an uncaught exception; 2 wrong usage; 124 a limit of time;
  125 no guest could be started; 130 interrupted; 137 a limit of memory or output, or killed;
  141 what takes its output has gone (| head).
`;

const RESUME_EXAMPLES = `
Examples:
  $ sallyport run --save state.sally -c 'import json; data = json.loads("[1, 2]")'
  $ sallyport resume state.sally -c 'print(data)'
`;

const EXAMPLES = `
Examples:
  $ sallyport                       an interactive Python, confined
  $ sallyport run program.py        run a program
  $ sallyport doctor                what this machine offers
  $ sallyport run --help            all options of a run
`;

/** The whole command line. `done` gets the exit code of what was run. */
export const program = (done: (exitCode: number) => void): Command => {
  const paint = painter(wantsColor(process.stdout));
  const root = new Command("sallyport")
    .description("Run untrusted Python: a full CPython that can reach nothing you did not hand it.")
    .version(version(), "-V, --version")
    .enablePositionalOptions()
    .exitOverride()
    .helpCommand(true)
    .showSuggestionAfterError()
    .configureHelp({
      styleTitle: (text) => paint("bold", text),
      styleCommandText: (text) => paint("cyan", text),
      styleOptionText: (text) => paint("cyan", text),
      styleSubcommandText: (text) => paint("cyan", text),
    })
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, "sallyport:")) })
    .addHelpText("after", EXAMPLES);

  addRunOptions(root).allowExcessArguments();
  root.action(async (flags: SandboxFlags, command: Command) => {
    const [typed] = command.args;
    if (typed !== undefined) command.error(unknownCommand(typed, root));
    const { repl } = await import("./repl/repl.js");
    done(await repl(flags));
  });

  addRunOptions(
    root
      .command("run")
      .summary("run a program")
      .description('Run a Python program. FILE is a file of the host\'s; "-" is stdin.')
      .argument("[file]", "the program")
      .argument("[args...]", "its arguments")
      .passThroughOptions()
      .option("-c, --code <code>", "run this code instead of a file")
      .option("--stdin <file>", "what it reads from stdin (default: this command's)")
      .option("--json", "print the outcome as one JSON object instead of the output")
      .option(
        "--durable <dir>",
        "keep a journal in this directory; started again with it, go on where it was",
      )
      .option("--watch", "run it again whenever its file or a mounted directory changes")
      .option("--save <file>", "write a snapshot of the state at its end, for `sallyport resume`"),
  )
    .addHelpText("after", RUN_EXAMPLES)
    .action(async (file: string | undefined, args: string[], flags: RunFlags) => {
      done(await run(file, args, flags));
    });

  addRunOptions(
    root
      .command("resume")
      .summary("go on from a snapshot")
      .description(
        "Run code in the state that `run --save` wrote, with the same mounts. FILE is a file of the host's.",
      )
      .argument("<state>", "the snapshot")
      .argument("[file]", "the code")
      .option("-c, --code <code>", "run this code instead of a file")
      .option("--stdin <file>", "what it reads from stdin (default: this command's)")
      .option("--json", "print the outcome as one JSON object instead of the output")
      .option("--save <file>", "write a snapshot of the state at its end"),
    "the image that the state belongs to",
  )
    .addHelpText("after", RESUME_EXAMPLES)
    .action(async (state: string, file: string | undefined, flags: RunFlags) => {
      done(await run(file, [], { ...flags, from: state }));
    });

  addImage(root, done);
  addExec(root, done);
  addBuild(root, done);
  addPypy(root, done);
  addTrace(root, done);
  addReplay(root, done);

  root
    .command("doctor")
    .summary("what this machine offers")
    .description(
      "Show engines, the guest's files, and the confinement in force; exits with 1 if no guest starts.",
    )
    .option("--json", "as one JSON object")
    .action(async (flags: { readonly json?: boolean }) => {
      done(await doctor(flags.json === true));
    });

  root
    .command("completions")
    .summary("a script that completes commands and options")
    .description(
      "Print a completion script, for example: sallyport completions bash > /etc/bash_completion.d/sallyport",
    )
    .argument("<shell>", SHELLS.join(", "))
    .action((shell: string, _flags: unknown, command: Command) => {
      if (!isShell(shell)) command.error(`sallyport: there are completions for ${SHELLS.join(", ")}`);
      else process.stdout.write(completionScript(shell, root));
    });
  return root;
};

const INTERACTIVE = "For an interactive Python: sallyport, alone";
/** What people look for under another name. */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  ["repl", INTERACTIVE],
  ["python", INTERACTIVE],
  ["shell", INTERACTIVE],
  ["version", "For the version: sallyport --version"],
]);

const unknownCommand = (typed: string, root: Command): string => {
  const shown = escapeText(typed);
  const instead = INSTEAD.get(typed);
  if (instead !== undefined) return `sallyport: there is no command "${shown}". ${instead}`;
  const near = suggest(
    typed,
    root.commands.map((command) => command.name()),
  );
  if (near !== undefined) return `sallyport: there is no command "${shown}". Did you mean ${near}?`;
  return `sallyport: there is no command "${shown}". To run a program: sallyport run ${shown}`;
};
