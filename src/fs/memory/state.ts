import * as v from "valibot";
import { Errno } from "../../wire/errno.js";
import { checkName } from "../names.js";
import { StateError } from "../state-error.js";
import { type AnyMemoryNode, MemoryDirectory, MemorySpecial, MemorySymlink } from "./directory.js";
import { MemoryFile } from "./file.js";
import type { MemoryVolume } from "./volume.js";

const safe = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const ino = v.pipe(safe, v.minValue(1));
const id = v.pipe(safe, v.maxValue(2 ** 32 - 1));
const time = v.pipe(v.bigint(), v.minValue(-(2n ** 63n)), v.maxValue(2n ** 63n));
const bytes = v.custom<Uint8Array>((value) => value instanceof Uint8Array, "no bytes");
const common = {
  ino,
  mode: v.pipe(safe, v.maxValue(0o7777)),
  uid: id,
  gid: id,
  atime: time,
  mtime: time,
  ctime: time,
};
const node = v.variant("type", [
  v.strictObject({
    type: v.literal("file"),
    ...common,
    size: safe,
    chunks: v.array(v.strictTuple([safe, v.pipe(safe, v.maxValue(0xffff)), bytes])),
  }),
  v.strictObject({
    type: v.literal("directory"),
    ...common,
    entries: v.array(v.strictTuple([v.string(), ino])),
  }),
  v.strictObject({ type: v.literal("symlink"), ...common, target: v.pipe(v.string(), v.maxLength(4095)) }),
  v.strictObject({ type: v.picklist(["fifo", "socket"]), ...common }),
]);
const schema = v.strictObject({ version: v.literal(1), lastIno: safe, root: ino, nodes: v.array(node) });

/** The contents of a memory file system as plain data. */
export type MemoryState = v.InferOutput<typeof schema>;
type Saved = MemoryState["nodes"][number];

/** Checks the shape of what should be a saved state. Throws StateError. */
export function parseMemoryState(saved: unknown): MemoryState {
  const parsed = v.safeParse(schema, saved);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new StateError(`files in memory: ${issue.message} (at ${v.getDotPath(issue) ?? "the top"})`);
}

export function saveNodes(volume: MemoryVolume, root: MemoryDirectory): MemoryState {
  const nodes: Saved[] = [];
  const held = [...volume.removed.values()].flatMap((reference) => reference.deref() ?? []);
  for (const one of [...volume.nodes.values(), ...held]) {
    const saved = savedNode(one);
    if (saved !== undefined) nodes.push(saved);
  }
  return { version: 1, lastIno: volume.lastIno, root: root.ino, nodes };
}

function savedNode(of: unknown): Saved | undefined {
  if (of instanceof MemoryFile) {
    return {
      type: "file",
      ...attributes(of),
      size: of.size,
      chunks: of.chunks.saved().map((chunk) => [...chunk]),
    };
  }
  if (of instanceof MemoryDirectory) {
    const entries = Array.from(of.entries, ([name, inner]): [string, number] => [name, inner.ino]);
    return { type: "directory", ...attributes(of), entries };
  }
  if (of instanceof MemorySymlink) return { type: "symlink", ...attributes(of), target: of.target };
  return of instanceof MemorySpecial ? { type: of.type, ...attributes(of) } : undefined;
}

const attributes = ({ ino: number, mode, uid, gid, atime, mtime, ctime }: AnyMemoryNode) => {
  return { ino: number, mode, uid, gid, atime, mtime, ctime };
};

/** Makes the nodes of a state, and answers the root. Throws StateError for what is no tree, or exceeds the quota. */
export function restoreNodes(volume: MemoryVolume, state: MemoryState, shared = false): MemoryDirectory {
  const made = new Map<number, AnyMemoryNode>();
  for (const saved of state.nodes) {
    if (saved.ino > state.lastIno || made.has(saved.ino))
      throw new StateError(`inode ${saved.ino} cannot be`);
    made.set(saved.ino, restoredNode(volume, saved, shared));
  }
  const root = made.get(state.root);
  if (!(root instanceof MemoryDirectory)) throw new StateError("files in memory have no root");
  for (const inner of made.values()) inner.nlink = inner === root ? 2 : 0;
  for (const saved of state.nodes) {
    const directory = made.get(saved.ino);
    if (saved.type !== "directory" || !(directory instanceof MemoryDirectory)) continue;
    for (const [name, number] of saved.entries) enter(directory, name, made.get(number), root);
  }
  settleDirectories(volume, root, made);
  charge(volume, root, made);
  for (const saved of state.nodes) Object.assign(made.get(saved.ino) ?? {}, times(saved));
  return root;
}

const times = ({ atime, mtime, ctime }: Saved): Pick<Saved, "atime" | "mtime" | "ctime"> => ({
  atime,
  mtime,
  ctime,
});

function restoredNode(volume: MemoryVolume, saved: Saved, shared: boolean): AnyMemoryNode {
  switch (saved.type) {
    case "file": {
      const file = new MemoryFile(volume, saved, saved.ino);
      try {
        file.chunks.restore(saved.size, saved.chunks, shared);
      } catch (error) {
        if (error instanceof RangeError) throw new StateError(`inode ${saved.ino}: ${error.message}`);
        throw error instanceof Errno ? beyond() : error;
      }
      return file;
    }
    case "directory":
      return new MemoryDirectory(volume, saved, undefined, saved.ino);
    case "symlink":
      return new MemorySymlink(volume, saved, saved.target, saved.ino);
    default:
      return new MemorySpecial(volume, saved, saved.type, saved.ino);
  }
}

const beyond = (): StateError => new StateError("files in memory are beyond the quota of bytes or inodes");

function enter(
  directory: MemoryDirectory,
  name: string,
  node: AnyMemoryNode | undefined,
  root: MemoryDirectory,
): void {
  try {
    checkName(name);
  } catch {
    throw new StateError(`${JSON.stringify(name.slice(0, 300))} is no name of a file`);
  }
  if (node === undefined || node === root || directory.entries.has(name)) {
    throw new StateError(`${JSON.stringify(name)} in directory ${directory.ino} cannot be`);
  }
  if (node instanceof MemoryDirectory) {
    if (node.nlink > 0) throw new StateError(`directory ${node.ino} is in two places`);
    node.nlink = 2;
    node.parent = directory;
  } else {
    node.nlink++;
  }
  directory.entries.set(name, node);
}

/** Counts directories in directories; one that does not lead up to the root must be empty and without a name. */
function settleDirectories(
  volume: MemoryVolume,
  root: MemoryDirectory,
  made: ReadonlyMap<number, AnyMemoryNode>,
): void {
  const reached = new Set([root]);
  for (const directory of reached) {
    for (const inner of directory.entries.values()) {
      if (!(inner instanceof MemoryDirectory)) continue;
      directory.nlink++;
      reached.add(inner);
    }
  }
  for (const node of made.values()) {
    if (!(node instanceof MemoryDirectory) || reached.has(node)) continue;
    if (node.nlink > 0 || node.entries.size > 0)
      throw new StateError(`directory ${node.ino} is beneath itself`);
    volume.nodes.delete(node.ino);
    volume.keep(node);
  }
}

/** Takes the space for names, open files without one, and links' targets. */
function charge(volume: MemoryVolume, root: MemoryDirectory, made: ReadonlyMap<number, AnyMemoryNode>): void {
  const { space } = volume;
  for (const node of made.values()) {
    if (node === root) continue;
    const names = node instanceof MemoryDirectory ? Math.min(node.nlink, 1) : Math.max(node.nlink, 1);
    for (let taken = 0; taken < names; taken++) if (!space.takeInode()) throw beyond();
    if (node instanceof MemorySymlink && !space.take(node.size)) throw beyond();
  }
}
