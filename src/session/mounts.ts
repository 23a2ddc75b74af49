import type { FileSystem } from "../fs/filesystem.js";
import { type Tree, TreeFile, TreeLink } from "../fs/tree.js";
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
  if (!all.has("/")) all.set("/", skeleton(identity(who), { bytes: storage }, EXECUTABLE));
  return all;
};

/** What sys.executable names; programs look whether it is there, and what is in it. */
const EXECUTABLE: Tree = {
  "usr/bin/python3.13": new TreeFile("#!/bin/false\nThe interpreter of this sandbox is not a file.\n", {
    mode: 0o755,
  }),
  "usr/bin/python3": new TreeLink("python3.13"),
};

/** Mounts by paths as `sessionMounts` has them. */
export const normalMounts = (mounts: Readonly<Record<string, FileSystem>>): Record<string, FileSystem> =>
  Object.fromEntries(Object.entries(mounts).map(([path, fs]) => [normal(path), fs]));

/** "/data/" and "//data" are "/data". */
const normal = (path: string): string =>
  `/${path
    .split("/")
    .filter((part) => part !== "")
    .join("/")}`;
