import { basename, dirname, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { OptionError } from "../errors.js";
import { EXIT } from "./exit-codes.js";
import type { SandboxFlags } from "./flags.js";
import { outputFailed } from "./output.js";
import { escapeLines, escapeText, painter, wantsColor } from "./terminal.js";
import { watchDirectory, watchTree } from "./watch-tree.js";

/** Changes come in bursts: a run begins when there was none for so many milliseconds. */
const QUIET = 100;

/** Runs again whenever something changes, until Ctrl-C comes while nothing runs. */
export const watchAndRun = async (
  file: string,
  flags: SandboxFlags,
  runOnce: (signal: AbortSignal) => Promise<number>,
): Promise<number> => {
  const paint = painter(wantsColor(process.stderr));
  let changed = (): void => undefined;
  const failures: unknown[] = [];
  const failed = (error: unknown): void => {
    failures.push(error);
    changed();
  };
  const watchers: { close(): void }[] = [];
  let code: number | undefined;
  try {
    // Not the file itself: editors put another in its place.
    const programChanged = (name: string | null): void => {
      if (name === null || name === basename(file)) changed();
    };
    watchers.push(watchDirectory(dirname(resolve(file)), programChanged, failed));
    for (const { host } of flags.mount) watchers.push(watchTree(resolve(host), () => changed(), failed));
    for (;;) {
      const change = new Promise<"changed">((resolve) => {
        changed = () => resolve("changed");
      });
      const stop = new AbortController();
      const running = runOnce(stop.signal)
        .catch((error: unknown) => {
          // It was being started when something changed.
          if (stop.signal.aborted) return EXIT.interrupted;
          // What could be read once perhaps can be again after the next change.
          if (code === undefined || !(error instanceof OptionError)) throw error;
          process.stderr.write(`${paint("red", "sallyport:")} ${escapeLines(error.message)}\n`);
          return EXIT.usage;
        })
        .then((exitCode) => {
          code = exitCode;
          return "ended" as const;
        });
      if ((await Promise.race([running, change])) === "changed") {
        stop.abort();
        await running;
      }
      if (failures.length > 0) throw failures[0];
      const unread = outputFailed();
      if (unread !== undefined) return unread;
      process.stderr.write(
        paint("dim", `sallyport: exit code ${code}; waiting for changes of ${escapeText(file)}\n`),
      );
      if (await interruptedFirst(change)) return code ?? 0;
      if (failures.length > 0) throw failures[0];
      await sleep(QUIET);
    }
  } finally {
    for (const watcher of watchers) watcher.close();
  }
};

/** Waits for a change, or for Ctrl-C. */
const interruptedFirst = async (change: Promise<unknown>): Promise<boolean> => {
  let interrupt = (): void => undefined;
  const left = new Promise<true>((resolve) => {
    interrupt = () => resolve(true);
  });
  process.once("SIGINT", interrupt);
  try {
    return (await Promise.race([change, left])) === true;
  } finally {
    process.off("SIGINT", interrupt);
  }
};
