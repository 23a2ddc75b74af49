import { watch } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { SandboxFlags } from "./flags.js";
import { escapeText, painter, wantsColor } from "./terminal.js";

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
  const watchers = watched(file, flags).map((path) => watch(path, { recursive: true }, () => changed()));
  let code = 0;
  try {
    for (;;) {
      const change = new Promise<"changed">((resolve) => {
        changed = () => resolve("changed");
      });
      const stop = new AbortController();
      const running = runOnce(stop.signal).then((exitCode) => {
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
      if (await interruptedFirst(change)) return code;
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

/** The absolute paths that `--watch` looks at. */
const watched = (file: string, flags: SandboxFlags): readonly string[] => [
  resolve(file),
  ...flags.mount.map(({ host }) => resolve(host)),
];
