import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

const MOST = 1000;
/** Begins an entry of several lines in the file, which follows as a JSON text. */
const SEVERAL = "\u001e";

/** Where the history is kept: SALLYPORT_HISTORY (empty: nowhere), else in the user's state directory. */
export const historyFile = (env: NodeJS.ProcessEnv = process.env): string | undefined => {
  const given = env["SALLYPORT_HISTORY"];
  if (given !== undefined) return given === "" ? undefined : given;
  const state = env["XDG_STATE_HOME"] ?? join(homedir(), ".local", "state");
  return join(state, "sallyport", "history");
};

/** What was typed before, in a file that is added to at once, so that several may write to it. */
export class History {
  readonly #file: string | undefined;
  /** The oldest first. */
  readonly #entries: string[];

  constructor(file: string | undefined) {
    this.#file = file;
    const { entries, lines } = read(file);
    this.#entries = entries;
    if (lines > 2 * MOST)
      this.#attempt((to) => writeFileSync(to, entries.map(encode).join(""), { mode: 0o600 }));
  }

  get length(): number {
    return this.#entries.length;
  }

  /** The oldest is 0. */
  at(index: number): string | undefined {
    return this.#entries[index];
  }

  add(entry: string): void {
    if (entry.trim() === "" || this.#entries.at(-1) === entry) return;
    this.#entries.push(entry);
    if (this.#entries.length > MOST) this.#entries.shift();
    this.#attempt((file) => {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      appendFileSync(file, encode(entry), { mode: 0o600 });
    });
  }

  /** The index of the newest entry below `from` that has a text in it, or -1. */
  search(text: string, from: number): number {
    for (let index = Math.min(from, this.#entries.length) - 1; index >= 0; index--) {
      if (this.#entries[index]?.includes(text) === true) return index;
    }
    return -1;
  }

  /** A place that cannot be written to is no reason to fail. */
  #attempt(write: (file: string) => void): void {
    if (this.#file === undefined) return;
    try {
      write(this.#file);
    } catch {
      // The user has no such place.
    }
  }
}

const encode = (entry: string): string =>
  entry.includes("\n") ? `${SEVERAL}${JSON.stringify(entry)}\n` : `${entry}\n`;

const read = (file: string | undefined): { readonly entries: string[]; readonly lines: number } => {
  if (file === undefined) return { entries: [], lines: 0 };
  try {
    const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
    return { entries: lines.slice(-MOST).flatMap(decode), lines: lines.length };
  } catch {
    return { entries: [], lines: 0 };
  }
};

const decode = (line: string): readonly string[] => {
  if (!line.startsWith(SEVERAL)) return [line];
  try {
    const entry: unknown = JSON.parse(line.slice(SEVERAL.length));
    return typeof entry === "string" ? [entry] : [];
  } catch {
    return [];
  }
};
