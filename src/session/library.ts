import { join } from "node:path";
import { prebuiltDirectory } from "../engine/prebuilt.js";
import { EngineError } from "../errors.js";
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
  const path = join(prebuiltDirectory(), "library");
  try {
    mounted = openLibrary(path);
  } catch (error) {
    throw new EngineError("ERR_ENGINE_MISSING", `the guest's library cannot be opened: ${path}`, {
      cause: error,
    });
  }
  return mounted;
};
