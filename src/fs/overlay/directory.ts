import { Errno } from "../../wire/errno.js";
import { get, run, type Steps } from "../../wire/steps.js";
import type { Awaitable, Creation, DirectoryEntry, FileType, Inode, RenameMode } from "../filesystem.js";
import { checkName } from "../names.js";
import { OverlayFile } from "./file.js";
import type { Layers, Stored } from "./layers.js";
import { type Origin, OverlayLink, OverlayNode, OverlaySpecial } from "./node.js";

const SETGID = 0o2000;
/** What stands for a name of the lower file system that was removed. */
export const WHITEOUT = null;

/** A directory: the lower one's entries, less and more what `entries` says. One without a lower is opaque. */
export class OverlayDirectory extends OverlayNode {
  readonly entries = new Map<string, OverlayNode | typeof WHITEOUT>();
  /** The guest removed it, and may still have it. */
  removed = false;

  override children(): Iterable<OverlayNode> {
    return [...this.entries.values()].filter((entry) => entry !== WHITEOUT);
  }

  override *links(): Steps<number> {
    if (this.removed) return 0;
    return (this.lower === undefined ? 2 : (yield* get(this.lower.stat())).nlink) + this.linked;
  }

  lookup(name: string): Awaitable<OverlayNode> {
    return run(this.found(name));
  }

  *found(name: string): Steps<OverlayNode> {
    const node = yield* this.find(name);
    if (node !== undefined) return node;
    checkName(name);
    throw new Errno("ENOENT");
  }

  *find(name: string): Steps<OverlayNode | undefined> {
    const entry = this.entries.get(name);
    if (entry !== undefined) return entry ?? undefined;
    const below = yield* this.below(name);
    return below === undefined ? undefined : this.#adopt(name, below);
  }

  /** What the lower directory has under a name. */
  *below(name: string): Steps<Inode | undefined> {
    if (this.lower?.lookup === undefined) return undefined;
    try {
      return yield* get(this.lower.lookup(name));
    } catch (error) {
      if (error instanceof Errno && error.code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** The node of a lower inode. */
  #adopt(name: string, lower: Inode): OverlayNode {
    const known = this.layers.known(lower.ino);
    if (known === undefined || known.type !== lower.type)
      return nodeOf(this.layers, { lower, path: `${this.path}/${name}` }, this, name);
    // One that moved or has more names keeps the one it is known by above.
    if (known.parent?.entries.get(known.name) !== known) {
      known.parent = this;
      known.name = name;
    }
    return known;
  }

  readdir(): Awaitable<readonly DirectoryEntry[]> {
    return run(this.listing());
  }

  *listing(): Steps<readonly DirectoryEntry[]> {
    const entries: DirectoryEntry[] = [];
    if (this.lower?.readdir !== undefined) {
      for (const entry of yield* get(this.lower.readdir())) {
        if (!this.entries.has(entry.name)) entries.push(entry);
      }
    }
    for (const [name, node] of this.entries) {
      if (node !== WHITEOUT) entries.push({ name, ino: node.ino, type: node.type });
    }
    return entries;
  }

  create(name: string, creation: Creation): Awaitable<Inode> {
    return run(this.#make(name, "file", creation));
  }

  mkdir(name: string, creation: Creation): Awaitable<Inode> {
    return run(this.#make(name, "directory", creation));
  }

  mkfifo(name: string, creation: Creation): Awaitable<Inode> {
    return run(this.#make(name, "fifo", creation));
  }

  mksocket(name: string, creation: Creation): Awaitable<Inode> {
    return run(this.#make(name, "socket", creation));
  }

  symlink(name: string, target: string, creation: Creation): Awaitable<Inode> {
    return run(this.#make(name, "symlink", creation, target));
  }

  *#make(name: string, type: FileType, creation: Creation, target?: string): Steps<OverlayNode> {
    yield* this.#vacant(name);
    yield* this.raised();
    const own = yield* get(this.current.stat());
    const group = (own.mode & SETGID) === 0 ? {} : { gid: own.gid };
    const mode = type === "directory" ? creation.mode | (own.mode & SETGID) : creation.mode;
    const stored: Stored = yield* this.layers.store(type, { ...creation, ...group, mode }, target);
    const node = nodeOf(this.layers, { stored }, this, name);
    if (type !== "directory") node.linked = 1;
    else this.linked++;
    yield* this.#put(name, node);
    return node;
  }

  link(name: string, target: Inode): Awaitable<void> {
    return run(this.#link(name, target));
  }

  *#link(name: string, target: Inode): Steps<void> {
    yield* this.#vacant(name);
    if (target instanceof OverlayDirectory) throw new Errno("EPERM");
    if (!(target instanceof OverlayNode) || target.layers !== this.layers) throw new Errno("EXDEV");
    if ((yield* target.links()) <= 0) throw new Errno("ENOENT");
    yield* this.raised();
    yield* target.counted(1);
    yield* this.#put(name, target);
  }

  unlink(name: string): Awaitable<void> {
    return run(this.#unlink(name));
  }

  *#unlink(name: string): Steps<void> {
    const node = yield* this.found(name);
    if (node instanceof OverlayDirectory) throw new Errno("EISDIR");
    yield* this.raised();
    yield* this.#take(name);
    yield* node.unlinked();
  }

  rmdir(name: string): Awaitable<void> {
    return run(this.#rmdir(name));
  }

  *#rmdir(name: string): Steps<void> {
    const node = yield* this.found(name);
    if (!(node instanceof OverlayDirectory)) throw new Errno("ENOTDIR");
    if ((yield* node.listing()).length > 0) throw new Errno("ENOTEMPTY");
    yield* this.raised();
    yield* this.#take(name);
    this.linked--;
    yield* node.remove();
  }

  *remove(): Steps<void> {
    this.removed = true;
    this.layers.forget(this);
    yield* this.abandoned();
  }

  rename(name: string, to: Inode, toName: string, how: RenameMode): Awaitable<void> {
    return run(this.#rename(name, to, toName, how));
  }

  *#rename(name: string, to: Inode, toName: string, how: RenameMode): Steps<void> {
    if (!(to instanceof OverlayDirectory) || to.layers !== this.layers) throw new Errno("EXDEV");
    const node = yield* this.found(name);
    const other = yield* to.find(toName);
    if (other === undefined) {
      if (to.removed) throw new Errno("ENOENT");
      checkName(toName);
    }
    if (how === "noreplace" && other !== undefined) throw new Errno("EEXIST");
    if (how === "exchange" && other === undefined) throw new Errno("ENOENT");
    if (node instanceof OverlayDirectory && node.#contains(to)) throw new Errno("EINVAL");
    if (other instanceof OverlayDirectory && other.#contains(this)) {
      throw new Errno(how === "exchange" ? "EINVAL" : "ENOTEMPTY");
    }
    if (node === other) return;
    yield* this.raised();
    yield* to.raised();
    if (how === "exchange" && other !== undefined) {
      yield* this.#put(name, other);
      yield* to.#put(toName, node);
      this.#moved(other, to);
      to.#moved(node, this);
    } else {
      if (other !== undefined) yield* to.#displace(node, other);
      yield* this.#take(name);
      yield* to.#put(toName, node);
      to.#moved(node, this);
    }
    yield* node.touched();
  }

  /** A directory's ".." counts where it is. */
  #moved(node: OverlayNode, from: OverlayDirectory): void {
    if (!(node instanceof OverlayDirectory)) return;
    from.linked--;
    this.linked++;
  }

  *#displace(node: OverlayNode, other: OverlayNode): Steps<void> {
    if (node instanceof OverlayDirectory) {
      if (!(other instanceof OverlayDirectory)) throw new Errno("ENOTDIR");
      if ((yield* other.listing()).length > 0) throw new Errno("ENOTEMPTY");
      this.linked--;
      yield* other.remove();
    } else if (other instanceof OverlayDirectory) {
      throw new Errno("EISDIR");
    } else {
      yield* other.unlinked();
    }
  }

  #contains(directory: OverlayDirectory): boolean {
    for (let at: OverlayDirectory | undefined = directory; at !== undefined; at = at.parent) {
      if (at === this) return true;
    }
    return false;
  }

  *#vacant(name: string): Steps<void> {
    if ((yield* this.find(name)) !== undefined) throw new Errno("EEXIST");
    if (this.removed) throw new Errno("ENOENT");
    checkName(name);
  }

  /** Gives a node a name here. */
  *#put(name: string, node: OverlayNode): Steps<void> {
    this.entries.set(name, node);
    node.parent = this;
    node.name = name;
    yield* this.#modified();
  }

  /** Takes a name away, leaving a whiteout where it would show again from below. */
  *#take(name: string): Steps<void> {
    if ((yield* this.below(name)) === undefined) this.entries.delete(name);
    else this.entries.set(name, WHITEOUT);
    yield* this.#modified();
  }

  *#modified(): Steps<void> {
    yield* this.change({ mtime: this.layers.now() });
    this.mark();
  }
}

/** A node of the type that its inode has. */
export function nodeOf(
  layers: Layers,
  origin: Origin,
  parent: OverlayDirectory | undefined,
  name: string,
): OverlayNode {
  switch ((origin.lower ?? origin.stored?.inode)?.type) {
    case "file":
      return new OverlayFile(layers, origin, parent, name);
    case "directory":
      return new OverlayDirectory(layers, origin, parent, name);
    case "symlink":
      return new OverlayLink(layers, origin, parent, name);
    default:
      return new OverlaySpecial(layers, origin, parent, name);
  }
}
