import { watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { OptionError } from "../errors.js";
import { EXIT } from "./exit-codes.js";
import type { SandboxFlags } from "./flags.js";
import { escapeLines, escapeText, painter, wantsColor } from "./terminal.js";

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
  const watchers = [
    // Not the file itself: editors put another in its place.
    watch(dirname(resolve(file)), (_event, name) => {
      if (name === null || name === basename(file)) changed();
    }),
    ...flags.mount.map(({ host }) => watch(resolve(host), { recursive: true }, () => changed())),
  ];
  let code: number | undefined;
  try {
    for (;;) {
      const change = new Promise<"changed">((resolve) => {
        changed = () => resolve("changed");
      });
      const stop = new AbortController();
      const running = runOnce(stop.signal)
        .catch((error: unknown) => {
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
      process.stderr.write(
        paint("dim", `sallyport: exit code ${code}; waiting for changes of ${escapeText(file)}\n`),
      );
      if (await interruptedFirst(change)) return code ?? 0;
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
