import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ErrorInfo } from "../protocol/messages.js";
import { escapeText } from "./terminal.js";

/** For a program that imports what lies beside it on the host, where no guest can see it. */
export const missingModule = (error: ErrorInfo, program: string): string | undefined => {
  if (error.type !== "ModuleNotFoundError") return undefined;
  const name = /^No module named '(\w{1,100})/.exec(error.message)?.[1];
  const beside = dirname(program);
  if (name === undefined || !(existsSync(join(beside, `${name}.py`)) || existsSync(join(beside, name)))) {
    return undefined;
  }
  const mount = /^[\w./-]+$/.test(beside) ? `${beside}:/app` : JSON.stringify(`${beside}:/app`);
  return escapeText(
    `${name} is beside ${program}, where the program cannot see it: show it with --mount ${mount} --cwd /app`,
  );
};
