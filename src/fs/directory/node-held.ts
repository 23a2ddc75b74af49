import type { BigIntStats } from "node:fs";
import { Errno } from "../../wire/errno.js";
import type { AttributeChanges, Stat } from "../filesystem.js";
import * as host from "./host.js";
import { RealNode } from "./node.js";
import type { RealDirectory } from "./node-directory.js";
import { sameFile } from "./volume.js";

/** For how long a directory that was found by its name is taken to be there still, in milliseconds. */
const TRUSTED = 1;

/** A directory by a handle of it: where it is, whether it still is there, and what it is like. */
export abstract class HeldDirectory extends RealNode {
  /** When it was last seen to be where it should be, in milliseconds of the process. */
  #seen = 0;
  /** Its attributes when it was last looked at, which is when `finding` was made. */
  #attributes: BigIntStats | undefined;
  /** How they were shown. */
  #shown: { readonly stats: BigIntStats; readonly as: Stat } | undefined;
  /** Its last attributes, once the guest removed it. */
  #removed: BigIntStats | undefined;

  /** A path of the controller's for an entry: one component beneath a handle. */
  at(name: string): string {
    return `${this.base()}/${name}`;
  }

  /** The same to change something by: for that the directory is seen to be in the mount now. */
  atNow(name: string): string {
    return `${this.base(0)}/${name}`;
  }

  /** A path of the controller's for the directory itself, with what follows beneath it; seen to be in the mount so many milliseconds ago. */
  base(ago = TRUSTED): string {
    const { volume, parent } = this;
    if (this.#removed !== undefined) throw new Errno("ENOENT");
    if (parent === undefined) return volume.rootPath();
    if (!volume.handled) {
      const path = parent.at(this.name);
      const stats = host.lstat(path);
      if (stats === undefined || !sameFile(stats, this.found)) throw new Errno("ENOENT");
      return path;
    }
    const path = host.handlePath(volume.handles.get(this) ?? this.#reopen(parent));
    // A directory that is held on to (a working directory) may have been moved out of the mount by someone else.
    if (ago === 0 || performance.now() - this.#seen > ago) this.#confirm(path);
    return path;
  }

  #confirm(path: string): void {
    if (!this.volume.holds(path)) {
      throw new Errno("ENOENT", "the directory was moved out of the mount");
    }
    this.#seen = performance.now();
  }

  #reopen(parent: RealDirectory): number {
    const fd = host.openPlace(parent.at(this.name), true);
    try {
      if (!sameFile(host.fstat(fd), this.found)) throw new Errno("ENOENT");
    } catch (error) {
      host.discard(fd);
      throw error;
    }
    this.volume.handles.add(this, fd);
    this.#seen = performance.now();
    return fd;
  }

  /** Names from the mount's root on. */
  path(): string[] {
    const names: string[] = [];
    for (let at: HeldDirectory = this; at.parent !== undefined; at = at.parent) names.push(at.name);
    return names.reverse();
  }

  /** Its attributes, of now or of a millisecond ago: whoever looks for a file in it need not look at it each time. */
  override look(): BigIntStats {
    if (this.#removed !== undefined) return this.#removed;
    if (this.#attributes !== undefined && this.finding.within(TRUSTED)) return this.#attributes;
    this.#attributes = this.lookAgain();
    this.finding.made();
    return this.#attributes;
  }

  /** Whoever goes through it asks for its attributes: the same are shown again as they were. */
  override stat(): Stat {
    const stats = this.look();
    if (this.#removed !== undefined || this.volume.stamps.size > 0) return this.shown(stats);
    if (this.#shown?.stats !== stats) this.#shown = { stats, as: this.shown(stats) };
    return this.#shown.as;
  }

  protected override lookAgain(): BigIntStats {
    if (this.parent !== undefined) return super.lookAgain();
    const stats = host.lstat(`${this.volume.rootPath()}/.`);
    if (stats === undefined) throw new Errno("ENOENT");
    return stats;
  }

  /** It was found by its name, with these attributes. */
  foundNow(stats: BigIntStats): void {
    this.#attributes = stats;
    this.finding.made();
    this.#seen = performance.now();
  }

  protected override withPath<T>(use: (path: string, stats: BigIntStats) => T): T {
    return this.parent === undefined ? use(this.volume.rootPath(), this.look()) : super.withPath(use);
  }

  /** Whether it was found less than a millisecond ago, and no guest has changed anything since. */
  get justFound(): boolean {
    return this.#removed === undefined && this.finding.within(TRUSTED);
  }

  /** Whether the guest removed it. */
  get gone(): boolean {
    return this.#removed !== undefined;
  }

  /** Removed by the guest, which may still have it open. */
  removed(last: BigIntStats): void {
    last.nlink = 0n;
    this.#removed = last;
  }

  /** What was removed has nothing left but attributes for whoever has it. */
  override setattr(changes: AttributeChanges): void {
    const last = this.#removed;
    if (last === undefined) super.setattr(changes);
    else if (changes.mode !== undefined) {
      last.mode = (last.mode & ~0o7777n) | BigInt(changes.mode & this.volume.modes);
    }
  }

  /** Moved by the guest. */
  moved(to: RealDirectory, name: string): void {
    this.parent = to;
    this.name = name;
  }
}
