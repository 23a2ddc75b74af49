/** What becomes of this command when its stdout or stderr takes nothing any more. */
import { EXIT } from "./exit-codes.js";
import { escapeText, painter, wantsColor } from "./terminal.js";

const stops = new Set<() => void>();
let code: number | undefined;

/** The exit code since an output failed, whatever has come of the command's work since. */
export const outputFailed = (): number | undefined => code;

/** `stop` is called when an output fails; without any, this process ends there and then. */
export const whenOutputFails = (stop: () => void): (() => void) => {
  stops.add(stop);
  return () => stops.delete(stop);
};

/** Node throws what nobody listens to, with a stack: `| head -1` is no fault of anybody's. */
export const watchOutput = (): void => {
  for (const [name, stream] of [
    ["stdout", process.stdout],
    ["stderr", process.stderr],
  ] as const) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (code !== undefined) return;
      code = error.code === "EPIPE" ? EXIT.unread : EXIT.exception;
      if (code !== EXIT.unread && name === "stdout") {
        const paint = painter(wantsColor(process.stderr));
        process.stderr.write(
          `${paint("red", "sallyport:")} cannot write to stdout: ${escapeText(error.message)}\n`,
        );
      }
      if (stops.size === 0) process.exit(code);
      for (const stop of stops) stop();
    });
  }
};
