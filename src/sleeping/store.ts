/**
 * Where sleeping sessions are kept.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { OptionError } from "../errors.js";

/** Keeps snapshot files by the name of a session. Other stores (a database, a bucket) implement the same. */
export interface SessionStore {
  /** Undefined where there is none of that name. */
  read(id: string): Promise<Uint8Array | undefined>;
  /** Replaces what is there, whole or not at all. */
  write(id: string, bytes: Uint8Array): Promise<void>;
  /** Does nothing where there is none. */
  remove(id: string): Promise<void>;
  /** All names. */
  list(): Promise<readonly string[]>;
}

const SUFFIX = ".sally";

/** @throws OptionError for a name that could not be one of a file */
export const checkId = (id: string): string => {
  if (/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(id)) return id;
  throw new OptionError(
    "id",
    `${JSON.stringify(id)} must have 1 to 128 of the characters A-Z a-z 0-9 . _ -, not first a dot`,
  );
};

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";

/** A store in a directory: a file for each session, readable by its owner alone. */
export const directoryStore = (directory: string): SessionStore => {
  const fileOf = (id: string): string => join(directory, `${checkId(id)}${SUFFIX}`);
  return {
    read: (id) =>
      readFile(fileOf(id)).catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      }),
    write: async (id, bytes) => {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const temporary = join(directory, `.${randomUUID()}`);
      try {
        await writeFile(temporary, bytes, { mode: 0o600, flag: "wx" });
        await rename(temporary, fileOf(id));
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },
    remove: (id) => rm(fileOf(id), { force: true }),
    list: async () => {
      const names = await readdir(directory).catch((error: unknown) => {
        if (isMissing(error)) return [];
        throw error;
      });
      const sessions = names.filter((name) => name.endsWith(SUFFIX) && !name.startsWith("."));
      return sessions.map((name) => name.slice(0, -SUFFIX.length)).sort();
    },
  };
};
