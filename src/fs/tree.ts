import { Errno } from "../wire/errno.js";
import { get, run, type Steps } from "../wire/steps.js";
import type { FileSystem, Inode } from "./filesystem.js";
import { readAll, writeAll } from "./transfer.js";

/** What a tree's entries may say of themselves besides their contents. */
export interface TreeAttributes {
  /** Permission bits. Default: 0o644 for files, 0o755 for directories. */
  readonly mode?: number;
  /** Modification time in nanoseconds since 1970. Default: now. */
  readonly mtime?: bigint;
}

/** A file with attributes, in a tree. */
export class TreeFile {
  readonly data: string | Uint8Array;
  readonly attributes: TreeAttributes;
  constructor(data: string | Uint8Array, attributes: TreeAttributes = {}) {
    this.data = data;
    this.attributes = attributes;
  }
}

/** A directory with attributes, in a tree. */
export class TreeDirectory {
  readonly tree: Tree;
  readonly attributes: TreeAttributes;
  constructor(tree: Tree, attributes: TreeAttributes = {}) {
    this.tree = tree;
    this.attributes = attributes;
  }
}

/** A symbolic link, in a tree. */
export class TreeLink {
  readonly target: string;
  constructor(target: string) {
    this.target = target;
  }
}

/** What a name in a tree can stand for. */
export type TreeEntry = string | Uint8Array | TreeFile | TreeDirectory | TreeLink | Tree;

/**
 * Files as a plain object: a string (as UTF-8) or bytes are a file, an object is a directory; `TreeFile`,
 * `TreeDirectory` and `TreeLink` say more. A key may be a path (`"src/app/main.py"`): its directories are made.
 */
export interface Tree {
  readonly [path: string]: TreeEntry;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

function components(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "");
  if (parts.length === 0 || parts.some((part) => part === "." || part === "..") || path.includes("\0")) {
    throw new TypeError(`not a path within a tree of files: ${JSON.stringify(path)}`);
  }
  return parts;
}

function* entered(directory: Inode, name: string, owner: Owner, mode: number): Steps<Inode> {
  try {
    const found = directory.lookup === undefined ? undefined : yield* get(directory.lookup(name));
    if (found?.type === "directory") return found;
    throw new Errno("ENOTDIR", `${JSON.stringify(name)} is in the tree as a directory, but is none`);
  } catch (error) {
    if (!(error instanceof Errno && error.code === "ENOENT") || directory.mkdir === undefined) throw error;
    return yield* get(directory.mkdir(name, { ...owner, mode }));
  }
}

function* attribute(inode: Inode, attributes: TreeAttributes): Steps<void> {
  if (attributes.mtime === undefined) return;
  if (inode.setattr === undefined) throw new Errno("EROFS");
  yield* get(inode.setattr({ mtime: attributes.mtime, atime: attributes.mtime }));
}

/** Puts a tree's files into a directory, which must allow it. */
export function* plant(root: Inode, tree: Tree, owner: Owner): Steps<void> {
  const directories: [directory: Inode, attributes: TreeAttributes][] = [];
  const pending: [directory: Inode, tree: Tree][] = [[root, tree]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [base, entries] = next;
    for (const [path, entry] of Object.entries(entries)) {
      const parts = components(path);
      const name = parts.pop();
      if (name === undefined) continue;
      let parent = base;
      for (const part of parts) parent = yield* entered(parent, part, owner, 0o755);
      if (typeof entry === "string" || entry instanceof Uint8Array || entry instanceof TreeFile) {
        const { data, attributes } = entry instanceof TreeFile ? entry : new TreeFile(entry);
        if (parent.create === undefined) throw new Errno("EROFS");
        const file = yield* get(parent.create(name, { ...owner, mode: attributes.mode ?? 0o644 }));
        const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
        yield* writeAll(file, bytes);
        yield* attribute(file, attributes);
      } else if (entry instanceof TreeLink) {
        if (parent.symlink === undefined) throw new Errno("EROFS");
        yield* get(parent.symlink(name, entry.target, { ...owner, mode: 0o777 }));
      } else if (typeof entry === "object" && entry !== null) {
        const { tree: inner, attributes } = entry instanceof TreeDirectory ? entry : new TreeDirectory(entry);
        const directory = yield* entered(parent, name, owner, attributes.mode ?? 0o755);
        directories.push([directory, attributes]);
        pending.push([directory, inner]);
      } else {
        throw new TypeError(`the tree's ${JSON.stringify(path)} is neither text, bytes, nor a tree`);
      }
    }
  }
  for (const [directory, attributes] of directories) yield* attribute(directory, attributes);
}

/** How much is exported. */
export interface ExportOptions {
  /** The most bytes of contents that are exported in all. Default: 256 MiB. */
  readonly bytes?: number;
}

type Growing = { [path: string]: TreeEntry };
const empty = (): Growing => Object.create(null);

/**
 * The files of a file system as a plain object (without a prototype). Pipes and devices are left out.
 * @throws Errno EFBIG if there is more than `bytes`
 */
export async function exportTree(fs: FileSystem, options: ExportOptions = {}): Promise<Tree> {
  const root = await fs.root();
  let left = options.bytes ?? 268_435_456;
  return await run(exported(root));

  function* exported(from: Inode): Steps<Tree> {
    const top = empty();
    const trees = new Map<Inode, Growing>([[from, top]]);
    const pending: Inode[] = [from];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      const into = trees.get(at);
      if (into === undefined || at.readdir === undefined || at.lookup === undefined) continue;
      for (const { name } of yield* get(at.readdir())) {
        const inode = yield* get(at.lookup(name));
        const { mode, mtime } = yield* get(inode.stat());
        if (inode.type === "directory") {
          const inner = empty();
          trees.set(inode, inner);
          pending.push(inode);
          into[name] = new TreeDirectory(inner, { mode, mtime });
        } else if (inode.type === "symlink" && inode.readlink !== undefined) {
          into[name] = new TreeLink(yield* get(inode.readlink()));
        } else if (inode.type === "file") {
          const data = yield* readAll(inode, left);
          left -= data.length;
          into[name] = new TreeFile(data, { mode, mtime });
        }
      }
    }
    return top;
  }
}
