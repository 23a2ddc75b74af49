import { Errno } from "../../wire/errno.js";
import { get, run, type Steps } from "../../wire/steps.js";
import type { AttributeChanges, Awaitable, FileType, Inode, Stat } from "../filesystem.js";
import type { OverlayDirectory } from "./directory.js";
import type { Layers, Stored } from "./layers.js";

/** A file of any type in an overlay: as below until it changes, then as stored above. */
export abstract class OverlayNode implements Inode {
  readonly type: FileType;
  readonly ino: number;
  readonly layers: Layers;
  /** What it was made of, if it is not new. */
  readonly lower: Inode | undefined;
  /** Where that is in the lower file system. */
  readonly path: string;
  /** Where its attributes and contents are since it changed. */
  stored: Stored | undefined;
  /** A name of it, and where. */
  parent: OverlayDirectory | undefined;
  name: string;
  /** Names made less names removed. */
  linked = 0;
  /** Its last name is gone. */
  nameless = false;

  constructor(layers: Layers, origin: Origin, parent: OverlayDirectory | undefined, name: string) {
    this.layers = layers;
    this.lower = origin.lower;
    this.stored = origin.stored;
    const present = origin.lower ?? origin.stored?.inode;
    if (present === undefined) throw new Error("a node of an overlay needs an inode below or above");
    this.type = present.type;
    this.ino = origin.ino ?? origin.lower?.ino ?? layers.nextNumber();
    this.path = origin.path ?? "";
    this.parent = parent;
    this.name = name;
    layers.remember(this);
  }

  /** The inode that has its attributes. */
  get current(): Inode {
    const inode = this.stored?.inode ?? this.lower;
    if (inode === undefined) throw new Error("a node of an overlay lost its inode");
    return inode;
  }

  stat(): Awaitable<Stat> {
    return run(this.attributes());
  }

  *attributes(): Steps<Stat> {
    const stat = yield* get(this.current.stat());
    return { ...stat, ino: this.ino, nlink: yield* this.links() };
  }

  /** How many names it has. */
  *links(): Steps<number> {
    const below = this.lower === undefined ? 0 : (yield* get(this.lower.stat())).nlink;
    return below + this.linked;
  }

  setattr(changes: AttributeChanges): Awaitable<void> {
    return run(this.change(changes));
  }

  *change(changes: AttributeChanges): Steps<void> {
    const inode = yield* this.raised(changes.size);
    if (inode.setattr === undefined) throw new Errno("EROFS");
    yield* get(inode.setattr(changes));
  }

  /** Its inode above; copied there if need be, of the contents no more than will remain. */
  *raised(bytes = Number.POSITIVE_INFINITY): Steps<Inode> {
    if (this.stored !== undefined) return this.stored.inode;
    this.stored = yield* this.layers.copyUp(this.current, bytes);
    if (!this.nameless) {
      this.layers.keep(this);
      this.mark();
    }
    return this.stored.inode;
  }

  /** The nodes beneath it that are not only below. */
  children(): Iterable<OverlayNode> {
    return [];
  }

  /** Notes in the directories on the way to it that it is no longer only below. */
  mark(): void {
    if (this.parent === undefined || this.parent.entries.get(this.name) === this) return;
    if (this.parent.entries.has(this.name)) return;
    this.parent.entries.set(this.name, this);
    this.parent.mark();
  }

  /** The time of change moves, where there is one of its own. */
  *touched(): Steps<void> {
    const inode = this.stored?.inode;
    if (inode?.setattr === undefined) return;
    // Setting the mode that it has moves nothing else, in every file system.
    const same = this.type === "symlink" ? {} : { mode: (yield* get(inode.stat())).mode };
    yield* get(inode.setattr(same));
  }

  /** One name more or less. */
  *counted(by: 1 | -1): Steps<void> {
    this.linked += by;
    this.layers.keep(this);
    yield* this.touched();
  }

  /** One name fewer. */
  *unlinked(): Steps<void> {
    yield* this.counted(-1);
    if ((yield* this.links()) > 0) return;
    this.nameless = true;
    this.layers.forget(this);
    yield* this.abandoned();
  }

  /** The last name is gone. */
  protected *abandoned(): Steps<void> {
    const { stored } = this;
    if (stored !== undefined) yield* this.layers.unstore(stored);
  }
}

export interface Origin {
  readonly lower?: Inode | undefined;
  /** The path of `lower` in its file system. */
  readonly path?: string;
  readonly stored?: Stored | undefined;
  /** Its number, where it had one before. */
  readonly ino?: number;
}

/** A symbolic link. */
export class OverlayLink extends OverlayNode {
  readlink(): Awaitable<string> {
    if (this.current.readlink === undefined) throw new Errno("EINVAL");
    return this.current.readlink();
  }
}

/** A pipe, device or socket. */
export class OverlaySpecial extends OverlayNode {
  open(mode: Parameters<NonNullable<Inode["open"]>>[0]): ReturnType<NonNullable<Inode["open"]>> {
    if (this.current.open === undefined) throw new Errno("ENXIO");
    return this.current.open(mode);
  }
}
