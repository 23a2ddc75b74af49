import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

const MOST_LINES = 1000;

/** Where the history is kept: SALLYPORT_HISTORY (empty: nowhere), else in the user's state directory. */
export const historyFile = (env: NodeJS.ProcessEnv = process.env): string | undefined => {
  const given = env["SALLYPORT_HISTORY"];
  if (given !== undefined) return given === "" ? undefined : given;
  const state = env["XDG_STATE_HOME"] ?? join(homedir(), ".local", "state");
  return join(state, "sallyport", "history");
};

/** The lines typed before, the newest first, as readline wants them. */
export const readHistory = (file: string | undefined): string[] => {
  if (file === undefined) return [];
  try {
    return readFileSync(file, "utf8").split("\n").filter(Boolean).reverse().slice(0, MOST_LINES);
  } catch {
    return [];
  }
};

/** Keeps the history; a place that cannot be written to is no reason to fail. */
export const writeHistory = (file: string | undefined, lines: readonly string[]): void => {
  if (file === undefined) return;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${lines.slice(0, MOST_LINES).reverse().join("\n")}\n`, { mode: 0o600 });
  } catch {
    // The user has no such place.
  }
};
