import type { FileSystem } from "../fs/filesystem.js";
import { type IdentityOptions, identity } from "../kernel/identity.js";
import { skeleton } from "../kernel/skeleton.js";

/**
 * The guest's file systems by guest path: a small Linux in memory with /sandbox and /tmp in it, Python's library,
 * and over them what the caller mounts. `storage` is the quota of the memory, in bytes.
 */
export const sessionMounts = (
  own: Readonly<Record<string, FileSystem>>,
  library: ReadonlyMap<string, FileSystem>,
  storage: number,
  who: IdentityOptions = {},
): ReadonlyMap<string, FileSystem> => {
  const all = new Map<string, FileSystem>(library);
  for (const [path, fs] of Object.entries(own)) all.set(normal(path), fs);
  if (!all.has("/")) all.set("/", skeleton(identity(who), { bytes: storage }));
  return all;
};

/** "/data/" and "//data" are "/data". */
const normal = (path: string): string =>
  `/${path
    .split("/")
    .filter((part) => part !== "")
    .join("/")}`;
