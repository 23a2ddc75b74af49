import { Errno } from "../../wire/errno.js";
import { get, type Steps } from "../../wire/steps.js";
import type { Inode, Stat } from "../filesystem.js";
import { readAllInto } from "../transfer.js";
import type { Found } from "./changes.js";
import type { OverlayNode } from "./node.js";

/** Makes changes in another file system, which becomes what the overlay was. */
export function* applyChanges(changes: readonly Found[], root: Inode): Steps<void> {
  // What is taken from below must be safe before anything there is removed or written over.
  const stats = new Map<OverlayNode, Stat>();
  for (const { node } of changes) {
    if (node === undefined) continue;
    if (node.type === "file" || node.type === "symlink") yield* node.raised();
    stats.set(node, yield* node.attributes());
  }
  for (const { kind, path, replaces } of changes) {
    if (kind === "removed" || replaces) yield* removeTree(root, path);
  }
  const done = new Map<OverlayNode, Inode>();
  const attributes: [made: Inode, stat: Stat][] = [];
  for (const { node, path } of changes) {
    const stat = node === undefined ? undefined : stats.get(node);
    if (node === undefined || stat === undefined) continue;
    const [parent, name] = yield* parentOf(root, path);
    const made = yield* place(parent, name, node, stat, done.get(node));
    if (node.type !== "directory") done.set(node, made);
    attributes.push([made, stat]);
  }
  // Directories' times last, the innermost first.
  for (const [made, { type, mode, atime, mtime }] of attributes.reverse()) {
    if (type === "symlink" || made.setattr === undefined) continue;
    yield* get(made.setattr({ mode, atime, mtime }));
  }
}

function* parentOf(root: Inode, path: string): Steps<[parent: Inode, name: string]> {
  const names = path.split("/");
  const name = names.pop() ?? "";
  let at = root;
  for (const part of names) at = yield* entry(at, part);
  return [at, name];
}

function* entry(directory: Inode, name: string): Steps<Inode> {
  if (directory.lookup === undefined) throw new Errno("ENOTDIR");
  return yield* get(directory.lookup(name));
}

function* place(
  parent: Inode,
  name: string,
  node: OverlayNode,
  creation: Stat,
  same: Inode | undefined,
): Steps<Inode> {
  const present = yield* ifThere(entry(parent, name));
  if (same !== undefined && present === undefined && parent.link !== undefined) {
    yield* get(parent.link(name, same));
    return same;
  }
  switch (node.type) {
    case "directory":
      return present ?? (yield* answered(parent.mkdir?.(name, creation)));
    case "file": {
      const file = present ?? (yield* answered(parent.create?.(name, creation)));
      if (present?.setattr !== undefined) yield* get(present.setattr({ size: 0 }));
      yield* readAllInto(node.current, file, creation.size);
      return file;
    }
    case "symlink": {
      if (present !== undefined) yield* get(parent.unlink?.(name));
      const target = yield* answered(node.current.readlink?.());
      return yield* answered(parent.symlink?.(name, target, creation));
    }
    default:
      return present ?? (yield* answered(parent.mkfifo?.(name, creation)));
  }
}

function* answered<T>(answer: T | PromiseLike<T> | undefined): Steps<T> {
  if (answer === undefined) throw new Errno("EROFS", "the file system does not allow the change");
  return yield* get(answer);
}

function* ifThere(steps: Steps<Inode>): Steps<Inode | undefined> {
  try {
    return yield* steps;
  } catch (error) {
    if (error instanceof Errno && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Removes a path and all beneath it, the innermost first. */
function* removeTree(root: Inode, path: string): Steps<void> {
  const [parent, name] = yield* parentOf(root, path);
  const doomed: [parent: Inode, name: string, inode: Inode][] = [[parent, name, yield* entry(parent, name)]];
  for (const [, , inode] of doomed) {
    if (inode.type !== "directory" || inode.readdir === undefined) continue;
    for (const inner of yield* get(inode.readdir())) {
      doomed.push([inode, inner.name, yield* entry(inode, inner.name)]);
    }
  }
  for (const [from, last, inode] of doomed.reverse()) {
    const remove = inode.type === "directory" ? from.rmdir : from.unlink;
    if (remove === undefined) throw new Errno("EROFS", "the file system does not allow the change");
    yield* get(remove.call(from, last));
  }
}
