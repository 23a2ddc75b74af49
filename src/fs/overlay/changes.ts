import { Errno } from "../../wire/errno.js";
import { get, type Steps } from "../../wire/steps.js";
import type { FileType, Inode } from "../filesystem.js";
import { OverlayDirectory } from "./directory.js";
import type { OverlayNode } from "./node.js";

/** What became of a path. A directory that was removed or replaced stands for all that was in it. */
export interface Change {
  readonly kind: "added" | "changed" | "removed";
  /** From the root of the overlay on, without a slash at its beginning. */
  readonly path: string;
  readonly type: FileType;
}

/** A change with the node that is there now. */
export interface Found extends Change {
  readonly node: OverlayNode | undefined;
  /** Whether something of another type was there before. */
  readonly replaces: boolean;
}

interface Pending {
  readonly directory: OverlayDirectory;
  /** What the lower file system has at the same path, if that is a directory. */
  readonly below: Inode | undefined;
  readonly path: string;
}

/** All changes, parents before their children. */
export function* changesOf(root: OverlayDirectory): Steps<Found[]> {
  const found: Found[] = [];
  const pending: Pending[] = [{ directory: root, below: root.lower, path: "" }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { directory, below, path } = next;
    for (const name of yield* candidates(directory, below)) {
      const at = path === "" ? name : `${path}/${name}`;
      const node = yield* directory.find(name);
      const before = yield* entryOf(below, name);
      if (node === undefined) {
        if (before !== undefined) {
          found.push({ kind: "removed", path: at, type: before.type, node: undefined, replaces: false });
        }
        continue;
      }
      const replaces = before !== undefined && before.type !== node.type;
      const kind = before === undefined ? "added" : "changed";
      if (before === undefined || replaces || (yield* differs(node, before))) {
        found.push({ kind, path: at, type: node.type, node, replaces });
      }
      if (node instanceof OverlayDirectory) {
        pending.push({ directory: node, below: replaces ? undefined : before, path: at });
      }
    }
  }
  return found.sort((one, other) => comparePaths(one.path, other.path));
}

/** Parents before children, and otherwise by code units. */
function comparePaths(one: string, other: string): number {
  const [a, b] = [one.replaceAll("/", "\0"), other.replaceAll("/", "\0")];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The names under which something may have changed. */
function* candidates(directory: OverlayDirectory, below: Inode | undefined): Steps<Iterable<string>> {
  if (below !== undefined && below.ino === directory.lower?.ino) return [...directory.entries.keys()];
  const names = new Set((yield* directory.listing()).map((entry) => entry.name));
  if (below?.readdir !== undefined) for (const { name } of yield* get(below.readdir())) names.add(name);
  return names;
}

function* entryOf(directory: Inode | undefined, name: string): Steps<Inode | undefined> {
  if (directory?.lookup === undefined) return undefined;
  try {
    return yield* get(directory.lookup(name));
  } catch (error) {
    if (error instanceof Errno && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function* differs(node: OverlayNode, before: Inode): Steps<boolean> {
  if (node.stored === undefined && node.lower?.ino === before.ino) return false;
  if (node.type === "file" || node.type === "symlink") return true;
  const [now, then] = [yield* node.attributes(), yield* get(before.stat())];
  return now.mode !== then.mode || now.uid !== then.uid || now.gid !== then.gid;
}
