import type { Command } from "commander";
import { wasi } from "../programs/wasi.js";
import { addSandboxOptions } from "./flags.js";
import { type ProgramFlags, runProgramGuest, withConfig } from "./program-guest.js";

const EXAMPLES = `
Examples:
  $ sallyport exec tool.wasm --version
  $ sallyport exec -m ./data:/data -e LANG=C tool.wasm /data/in.txt
  $ sallyport build tool.wasm -o tool && sallyport exec ./tool --version
`;

/** Adds `sallyport exec`: any WASI preview 1 command as a guest. */
export const addExec = (root: Command, done: (exitCode: number) => void): void => {
  addSandboxOptions(root.command("exec"))
    .summary("run a WASI program")
    .description(
      "Run a WASI preview 1 command: a WebAssembly file, or an executable that `sallyport build` made of one.",
    )
    .argument("<program>", "the program, a file of the host's")
    .argument("[args...]", "its arguments")
    .passThroughOptions()
    .option("--argv0 <name>", "what it sees as its own name (default: the file's)")
    .option("--stdin <file>", "what it reads from stdin (default: this command's)")
    .option("--json", "print the outcome as one JSON object instead of the output")
    .addHelpText("after", EXAMPLES)
    .action(async (file: string, args: string[], given: ProgramFlags & { readonly argv0?: string }) => {
      const flags = await withConfig(given);
      const guest = wasi(file, flags.argv0 === undefined ? {} : { argv0: flags.argv0 });
      done(await runProgramGuest(guest, args, flags));
    });
};
