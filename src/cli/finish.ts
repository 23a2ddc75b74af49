import { LimitError, SallyportError } from "../errors.js";
import type { RunOptions } from "../options/sandbox.js";
import type { Sandbox } from "../sandbox.js";
import { EXIT } from "./exit-codes.js";
import { escapeText, painter, wantsColor } from "./terminal.js";

/** What came of a session's end. */
export interface Finished {
  readonly code: number;
  /** What was printed, where nobody was told of it as it came. */
  readonly stdout: string;
  readonly stderr: string;
}

export const NOTHING: Finished = { code: 0, stdout: "", stderr: "" };

/** What Python does at its end, in a session that does not go on: exit handlers, files that were not closed. */
export const finish = async (sandbox: Sandbox, { onStdout, onStderr }: RunOptions): Promise<Finished> => {
  const kept: Record<"stdout" | "stderr", Uint8Array[]> = { stdout: [], stderr: [] };
  const text = (chunks: readonly Uint8Array[]): string => Buffer.concat(chunks).toString("utf8");
  let code = 0;
  try {
    const end = await sandbox.call("sallyport.programs:finish", [], {
      onStdout: onStdout ?? ((chunk) => void kept.stdout.push(new Uint8Array(chunk))),
      onStderr: onStderr ?? ((chunk) => void kept.stderr.push(new Uint8Array(chunk))),
    });
    if (typeof end === "object" && end !== null && "code" in end && typeof end.code === "number") {
      code = end.code & 0xff;
    }
  } catch (error) {
    if (!(error instanceof SallyportError)) throw error;
    const paint = painter(wantsColor(process.stderr));
    process.stderr.write(`${paint("red", "sallyport:")} ${escapeText(error.message)}\n`);
    code = error instanceof LimitError ? EXIT.time : EXIT.killed;
  }
  return { code, stdout: text(kept.stdout), stderr: text(kept.stderr) };
};
