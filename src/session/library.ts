import { existsSync } from "node:fs";
import { join } from "node:path";
import { prebuiltDirectory } from "../engine/prebuilt.js";
import { directory } from "../fs/directory/directory.js";
import type { FileSystem } from "../fs/filesystem.js";

/** Where the guest finds Python's own files. */
const PLACES = [
  ["/usr/lib/python3.13", "lib/python3.13"],
  ["/usr/share/zoneinfo", "lib/zoneinfo"],
] as const;

let mounted: ReadonlyMap<string, FileSystem> | undefined;

/** Python's library and time zones by guest path; read-only, and shared by all sandboxes. */
export const libraryMounts = (): ReadonlyMap<string, FileSystem> => {
  if (mounted !== undefined) return mounted;
  const found = new Map<string, FileSystem>();
  for (const [guest, name] of PLACES) {
    const path = join(prebuiltDirectory(), name);
    if (existsSync(path)) found.set(guest, directory(path));
  }
  mounted = found;
  return found;
};
