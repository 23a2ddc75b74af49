import { lstat, readFile, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { formatSize } from "../checks/units.js";
import { ConfigError } from "../errors.js";
import { reasonOf } from "../wire/thrown.js";
import { escapeText } from "./terminal.js";

/** The variable that names a config file where the command line does not. */
export const VARIABLE = "SALLYPORT_CONFIG";

const FOUND = "sallyport.config.json";
/** Code that runs outside of the sandbox: only where it is named. */
const CODE = ["sallyport.config.ts", "sallyport.config.mjs", "sallyport.config.js"];
/** Most bytes of one that nobody named. */
const FOUND_MAX = 2 ** 20;
const OTHERS_WRITE = 0o002;

/** A config file's contents, unchecked. */
export interface ConfigFile {
  readonly file: string;
  /** Whether the user has named it; otherwise it is as much to be trusted as the directory that it was found in. */
  readonly named: boolean;
  readonly value: unknown;
}

/** The config file that is to be used, if there is one. Throws ConfigError for one that cannot be. */
export const findConfig = async (
  which: string | undefined,
  directory: string,
  variable: string | undefined,
): Promise<ConfigFile | undefined> => {
  if (which !== undefined) return readNamed(resolve(directory, which), "");
  if (variable !== undefined && variable !== "")
    return readNamed(resolve(directory, variable), ` (${VARIABLE} names it)`);
  for (const name of CODE) {
    const file = resolve(directory, name);
    if ((await there(file, (path) => lstat(path))) !== undefined)
      throw new ConfigError(
        file,
        "",
        `is code that would run outside of the sandbox, and is used only where it is named; ${goOn(file)}`,
      );
  }
  const file = resolve(directory, FOUND);
  const found = await there(file, (path) => stat(path));
  if (found === undefined) return undefined;
  if (!found.isFile()) throw new ConfigError(file, "", `is no plain file; ${goOn(file)}`);
  if (found.size > FOUND_MAX)
    throw new ConfigError(file, "", `has more than ${formatSize(FOUND_MAX)}; ${goOn(file)}`);
  await checkOwner(file, found.uid);
  return { file, named: false, value: parse(file, await readFile(file, "utf8").catch(unread(file))) };
};

/** What to do about one that was found, and is not used. */
export const goOn = (file: string): string =>
  `to use it, give --config ./${basename(file)} (or set ${VARIABLE}); to go without it, --no-config`;

const unread =
  (file: string, whose = "") =>
  (error: Error): never => {
    throw new ConfigError(file, "", `cannot be read: ${error.message}${whose}`, { cause: error });
  };

const there = <T>(file: string, look: (file: string) => Promise<T>): Promise<T | undefined> =>
  look(file).catch((error: NodeJS.ErrnoException) =>
    error.code === "ENOENT" ? undefined : unread(file)(error),
  );

/**
 * One that lies about has to be the user's own, in a directory where nobody else can put another in its place: in /tmp anybody could
 * leave one.
 */
const checkOwner = async (file: string, owner: number): Promise<void> => {
  const own = process.getuid?.();
  if (own === undefined) return;
  const refuse = (why: string): never => {
    throw new ConfigError(file, "", `${why}; ${goOn(file)}`);
  };
  const isOther = (uid: number): boolean => uid !== own && uid !== 0;
  const directory = await stat(dirname(file));
  if (isOther(owner)) refuse("belongs to another user");
  if (isOther(directory.uid)) refuse("is in a directory that belongs to another user");
  if ((directory.mode & OTHERS_WRITE) !== 0) refuse("is in a directory that everybody may write to");
};

const parse = (file: string, text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigError(file, "", escapeText(reasonOf(error)));
  }
};

const readNamed = async (file: string, whose: string): Promise<ConfigFile> => {
  const text = await readFile(file, "utf8").catch(unread(file, whose));
  return { file, named: true, value: file.endsWith(".json") ? parse(file, text) : await run(file) };
};

const run = async (file: string): Promise<unknown> => {
  let module: unknown;
  try {
    module = await load(file);
  } catch (error) {
    const why = reasonOf(error);
    throw new ConfigError(file, "", `cannot be loaded: ${why}`, { cause: error });
  }
  const exported = typeof module === "object" && module !== null ? module : {};
  if ("config" in exported) return exported.config;
  if ("default" in exported) return exported.default;
  throw new ConfigError(file, "", 'must export "config"');
};

/** A module, also one in TypeScript where the runtime itself reads only JavaScript (Node before 22.18). */
const load = async (file: string): Promise<unknown> => {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    const unknown = error instanceof Error && "code" in error && error.code === "ERR_UNKNOWN_FILE_EXTENSION";
    if (!unknown) throw error;
  }
  const { createJiti } = await import("jiti");
  return await createJiti(import.meta.url, { fsCache: false, moduleCache: false }).import(file);
};
