import * as v from "valibot";
import { Errno } from "../../wire/errno.js";
import { get, type Steps } from "../../wire/steps.js";
import type { Inode } from "../filesystem.js";
import { checkName } from "../names.js";
import { StateError } from "../state-error.js";
import { nodeOf, OverlayDirectory, WHITEOUT } from "./directory.js";
import { FIRST_OWN_NUMBER, type Layers, type Stored } from "./layers.js";
import type { OverlayNode } from "./node.js";

const safe = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const node = v.strictObject({
  ino: safe,
  type: v.picklist(["file", "directory", "symlink", "fifo", "character", "socket"]),
  /** Where it is below, and its name in the upper file system. */
  lower: v.nullable(v.pipe(v.string(), v.maxLength(1 << 20))),
  stored: v.nullable(v.pipe(v.string(), v.regex(/^\d{1,16}$/))),
  linked: v.pipe(v.number(), v.integer(), v.minValue(-1e6), v.maxValue(1e6)),
  nameless: v.boolean(),
  parent: v.nullable(safe),
  name: v.string(),
  /** A directory's names, each with a node's number, or null for one that was removed. */
  entries: v.array(v.strictTuple([v.string(), v.nullable(safe)])),
});
const schema = v.strictObject({
  version: v.literal(1),
  lastNumber: v.pipe(safe, v.minValue(FIRST_OWN_NUMBER)),
  lastName: safe,
  root: safe,
  nodes: v.array(node),
  upper: v.unknown(),
});

/** An overlay's changes as plain data. */
export type OverlayState = v.InferOutput<typeof schema>;
type Saved = OverlayState["nodes"][number];

export function parseOverlayState(saved: unknown): OverlayState {
  const parsed = v.safeParse(schema, saved);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new StateError(`an overlay: ${issue.message} (at ${v.getDotPath(issue) ?? "the top"})`);
  }
  check(parsed.output);
  return parsed.output;
}

/** What can be said without the file systems: names, and that directories are a tree. */
function check({ nodes, root, lastNumber }: OverlayState): void {
  const known = new Map(nodes.map((saved) => [saved.ino, saved]));
  if (known.size !== nodes.length) throw new StateError("an overlay has two inodes with one number");
  const inside = new Set<number>();
  for (const { ino, type, lower, stored, entries } of nodes) {
    if (lower === null && stored === null) throw new StateError(`inode ${ino} is neither below nor above`);
    if (lower === null && (ino <= FIRST_OWN_NUMBER || ino > lastNumber))
      throw new StateError(`inode ${ino} cannot be`);
    if (type !== "directory" && entries.length > 0) throw new StateError(`inode ${ino} is no directory`);
    if (new Set(entries.map(([name]) => name)).size !== entries.length)
      throw new StateError("a name is there twice");
    for (const [name, inner] of entries) {
      if (!isName(name)) throw new StateError(`${JSON.stringify(name.slice(0, 300))} is no name of a file`);
      if (inner === null) continue;
      const there = known.get(inner);
      if (there === undefined || inner === root) throw new StateError(`${JSON.stringify(name)} cannot be`);
      if (there.type !== "directory") continue;
      if (inside.has(inner)) throw new StateError(`directory ${inner} is in two places`);
      inside.add(inner);
    }
  }
  if (known.get(root)?.type !== "directory") throw new StateError("an overlay has no root");
  const reached = new Set([root]);
  for (const ino of reached) {
    for (const [, inner] of known.get(ino)?.entries ?? []) if (inner !== null) reached.add(inner);
  }
  for (const ino of inside) if (!reached.has(ino)) throw new StateError(`directory ${ino} is beneath itself`);
}

function isName(name: string): boolean {
  try {
    checkName(name);
    return true;
  } catch {
    return false;
  }
}

export function saveOverlay(layers: Layers, root: OverlayDirectory, upper: unknown): OverlayState {
  const nodes = [...layers.nodes(root)].filter((one) => !(one instanceof OverlayDirectory && one.removed));
  return { version: 1, ...layers.counters, root: root.ino, nodes: nodes.map(savedNode), upper };
}

function savedNode(of: OverlayNode): Saved {
  const entries = of instanceof OverlayDirectory ? [...of.entries] : [];
  return {
    ino: of.ino,
    type: of.type,
    lower: of.lower === undefined ? null : of.path,
    stored: of.stored?.name ?? null,
    linked: of.linked,
    nameless: of.nameless,
    parent: of.parent?.ino ?? null,
    name: of.name,
    entries: entries.map(([name, inner]): [string, number | null] => [
      name,
      inner === WHITEOUT ? null : inner.ino,
    ]),
  };
}

/** Makes the nodes of a state over file systems that have theirs already; answers the root. Throws StateError. */
export function* restoreOverlay(layers: Layers, state: OverlayState): Steps<OverlayDirectory> {
  layers.reset(state);
  const top = yield* get(layers.lower.root());
  const storage = yield* get(layers.upper.root());
  const made = new Map<number, OverlayNode>();
  const used = new Set<string>();
  for (const saved of state.nodes) {
    const lower = saved.lower === null ? undefined : yield* below(top, saved);
    const stored = saved.stored === null ? undefined : yield* above(storage, saved, saved.stored, used);
    const path = saved.lower ?? "";
    const one = nodeOf(layers, { lower, path, stored, ino: saved.ino }, undefined, saved.name);
    one.linked = saved.linked;
    one.nameless = saved.nameless;
    made.set(saved.ino, one);
  }
  for (const saved of state.nodes) place(layers, saved, made);
  const root = made.get(state.root);
  if (!(root instanceof OverlayDirectory)) throw new StateError("an overlay has no root");
  // A node that is met only by a name from below knows its directory, if that leads up to the root.
  const tree = new Set<OverlayNode>([root]);
  for (const one of tree) for (const inner of one.children()) tree.add(inner);
  for (const saved of state.nodes) {
    const one = made.get(saved.ino);
    const parent = saved.parent === null ? undefined : made.get(saved.parent);
    if (one === undefined || one === root || one.parent !== undefined) continue;
    if (parent instanceof OverlayDirectory && tree.has(parent)) one.parent = parent;
  }
  return root;
}

function place(layers: Layers, saved: Saved, made: ReadonlyMap<number, OverlayNode>): void {
  const one = made.get(saved.ino);
  if (one === undefined) return;
  if (one.nameless) {
    layers.forget(one);
    layers.nameless.set(one.ino, one);
  } else if (one.stored !== undefined || one.linked !== 0) {
    layers.keep(one);
  }
  if (!(one instanceof OverlayDirectory)) return;
  for (const [name, number] of saved.entries) {
    const inner = number === null ? WHITEOUT : made.get(number);
    if (inner === undefined) continue;
    one.entries.set(name, inner);
    if (inner === WHITEOUT) continue;
    // One of a file's names; a directory has but one.
    inner.parent = one;
    inner.name = name;
  }
}

function* below(top: Inode, { ino, type, lower }: Saved): Steps<Inode> {
  let at = top;
  for (const name of (lower ?? "").split("/").filter((part) => part !== "")) {
    const next = isName(name) ? yield* found(at, name) : undefined;
    if (next === undefined)
      throw new StateError(`${JSON.stringify(lower)} is not in the lower file system (any more)`);
    at = next;
  }
  if (at.type !== type)
    throw new StateError(`${JSON.stringify(lower)} (inode ${ino}) is no ${type} in the lower file system`);
  return at;
}

function* above(storage: Inode, { ino, type }: Saved, name: string, used: Set<string>): Steps<Stored> {
  const inode = yield* found(storage, name);
  if (inode === undefined || inode.type !== type || used.has(name)) {
    throw new StateError(`inode ${ino} is not stored as ${name}`);
  }
  used.add(name);
  return { name, inode };
}

function* found(directory: Inode, name: string): Steps<Inode | undefined> {
  if (directory.lookup === undefined) return undefined;
  try {
    return yield* get(directory.lookup(name));
  } catch (error) {
    if (error instanceof Errno) return undefined;
    throw error;
  }
}
