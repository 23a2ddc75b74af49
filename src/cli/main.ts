#!/usr/bin/env node
import { CommanderError } from "commander";
import { EngineError, SallyportError } from "../errors.js";
import { EXIT } from "./exit-codes.js";
import { outputFailed, watchOutput } from "./output.js";
import { program } from "./program.js";
import { escapeLines, painter, wantsColor } from "./terminal.js";

/** What the system said about a file that somebody named: all of it is in the message. */
const isAboutFile = (error: unknown): error is Error =>
  error instanceof Error && "path" in error && "syscall" in error;

const main = async (): Promise<number> => {
  try {
    let code = 0;
    await program((exitCode) => {
      code = exitCode;
    }).parseAsync();
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
    const paint = painter(wantsColor(process.stderr));
    if (!(error instanceof SallyportError || isAboutFile(error))) throw error;
    process.stderr.write(`${paint("red", "sallyport:")} ${escapeLines(error.message)}\n`);
    return error instanceof EngineError ? EXIT.engine : EXIT.usage;
  }
};

watchOutput();
const ended = await main();
process.exitCode = outputFailed() ?? ended;
