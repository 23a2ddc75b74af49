import { type Dirent, lstatSync, readdirSync, watch } from "node:fs";
import { join } from "node:path";
import { OptionError } from "../errors.js";
import { escapeText } from "./terminal.js";

export interface Watching {
  on(event: "error", listener: (error: unknown) => void): unknown;
  close(): void;
}
type Listener = (event: string, name: string | null) => void;
/** How one directory (or file) is watched. */
export type WatchOne = (path: string, listener: Listener) => Watching;

/** What the system says where it has no room for another watch. */
const FULL = new Set(["ENOSPC", "EMFILE", "ENFILE", "ENOMEM"]);

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

/** Why something cannot be watched, for whoever asked for it. */
const cannotWatch = (path: string, error: unknown): unknown => {
  const code = codeOf(error);
  if (code === "") return error;
  const where = `cannot watch ${JSON.stringify(escapeText(path))}: ${code}`;
  return new OptionError(
    "--watch",
    FULL.has(code)
      ? `${where}: the system lets you watch no more directories; mount one with fewer beneath it, or raise fs.inotify.max_user_watches and max_user_instances`
      : where,
    { cause: error },
  );
};

/**
 * Watches a directory and all beneath it, a watch for each directory. (Node's own way has one for each file, and gives up
 * where one is gone, or may not be read.)
 */
export class TreeWatch {
  readonly #watches = new Map<string, Watching>();
  readonly #changed: () => void;
  readonly #failed: (error: unknown) => void;
  readonly #watch: WatchOne;

  /**
   * `changed` is told of changes, `failed` that from now on not all of them are seen.
   *
   * @throws OptionError where the system has no room for so many watches, or the top cannot be watched
   */
  constructor(
    top: string,
    changed: () => void,
    failed: (error: unknown) => void,
    watchOne: WatchOne = watch,
  ) {
    this.#changed = changed;
    this.#failed = failed;
    this.#watch = watchOne;
    try {
      this.#add(top, true);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    for (const one of this.#watches.values()) one.close();
    this.#watches.clear();
  }

  #add(top: string, needed = false): void {
    const left = [top];
    for (let path = left.pop(); path !== undefined; path = left.pop()) {
      try {
        this.#watches.set(path, this.#begin(path));
      } catch (error) {
        // It is gone already, or nobody may read it: there is nothing to be seen.
        if ((needed && path === top) || FULL.has(codeOf(error))) throw cannotWatch(path, error);
        continue;
      }
      for (const entry of entriesOf(path)) if (entry.isDirectory()) left.push(join(path, entry.name));
    }
  }

  #begin(path: string): Watching {
    const one = this.#watch(path, (event, name) => {
      if (event === "rename" && name !== null) this.#look(join(path, name));
      this.#changed();
    });
    one.on("error", (error) => {
      if (FULL.has(codeOf(error))) this.#failed(cannotWatch(path, error));
    });
    return one;
  }

  /** Something has come or gone there. */
  #look(path: string): void {
    if (this.#watches.has(path)) this.#drop(path);
    try {
      if (isDirectory(path)) this.#add(path);
    } catch (error) {
      this.#failed(error);
    }
  }

  #drop(top: string): void {
    const beneath = join(top, "/");
    for (const [path, one] of this.#watches) {
      if (path !== top && !path.startsWith(beneath)) continue;
      one.close();
      this.#watches.delete(path);
    }
  }
}

const entriesOf = (path: string): readonly Dirent[] => {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
};

const isDirectory = (path: string): boolean => {
  try {
    return lstatSync(path).isDirectory();
  } catch {
    return false;
  }
};

/** How this system watches a directory and all beneath it. Parameters and errors are as those of TreeWatch. */
export const watchTree = (
  top: string,
  changed: () => void,
  failed: (error: unknown) => void,
): { close(): void } =>
  process.platform === "linux"
    ? new TreeWatch(top, changed, failed)
    : watch(top, { recursive: true }, () => changed()).on("error", failed);

/** Watches one directory, without those in it. @throws OptionError as TreeWatch */
export const watchDirectory = (
  path: string,
  changed: (name: string | null) => void,
  failed: (error: unknown) => void,
): { close(): void } => {
  try {
    return watch(path, (_event, name) => changed(name)).on("error", failed);
  } catch (error) {
    throw cannotWatch(path, error);
  }
};
