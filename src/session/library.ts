import { join } from "node:path";
import { missing, prebuiltDirectory } from "../engine/prebuilt.js";
import type { FileSystem } from "../fs/filesystem.js";
import { openLibrary } from "../fs/library.js";

let mounted: ReadonlyMap<string, FileSystem> | undefined;

/**
 * Python's library and time zones by guest path; read-only, and shared by all sandboxes.
 *
 * @throws EngineError ERR_ENGINE_MISSING where the archive is missing or broken
 */
export const libraryMounts = (): ReadonlyMap<string, FileSystem> => {
  if (mounted !== undefined) return mounted;
  const directory = prebuiltDirectory();
  try {
    mounted = openLibrary(join(directory, "library"));
  } catch (error) {
    throw missing("the guest's library cannot be opened", directory, error);
  }
  return mounted;
};
