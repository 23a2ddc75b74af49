import type {
  AttributeChanges,
  Awaitable,
  Creation,
  FileType,
  Inode,
  OpenFile,
  OpenMode,
  RenameMode,
  Stat,
} from "../../fs/filesystem.js";
import { Errno } from "../../wire/errno.js";
import { chain } from "../../wire/steps.js";
import { openFactsOf } from "./facts.js";
import { ENTRIES, FOUND, type Found, found, OPENED, STAT, TEXT } from "./forms.js";
import { lookup, NONE, supported } from "./lookup.js";
import { linkName, removeName, renameName } from "./names.js";
import { OuterOpenFile } from "./open-file.js";
import { type Form, NOTHING, NUMBER, type OuterWorld, outside } from "./world.js";

/** Numbers beyond are given as they are met: they say nothing in another process. */
const NUMBERS_STABLE = Number.MAX_SAFE_INTEGER - (1 << 24);

/** A file outside, as the guest's kernel sees it: through the journal. It has the methods that the real one has. */
export class OuterInode implements Inode {
  readonly type: FileType;
  readonly ino: number;
  readonly setattr?: NonNullable<Inode["setattr"]>;
  readonly open?: NonNullable<Inode["open"]>;
  readonly readlink?: NonNullable<Inode["readlink"]>;
  readonly lookup?: NonNullable<Inode["lookup"]>;
  readonly readdir?: NonNullable<Inode["readdir"]>;
  readonly create?: NonNullable<Inode["create"]>;
  readonly mkdir?: NonNullable<Inode["mkdir"]>;
  readonly mkfifo?: NonNullable<Inode["mkfifo"]>;
  readonly mksocket?: NonNullable<Inode["mksocket"]>;
  readonly symlink?: NonNullable<Inode["symlink"]>;
  readonly link?: NonNullable<Inode["link"]>;
  readonly unlink?: NonNullable<Inode["unlink"]>;
  readonly rmdir?: NonNullable<Inode["rmdir"]>;
  readonly rename?: NonNullable<Inode["rename"]>;
  parent: OuterInode | undefined;
  name: string;
  /** The guest removed its name. */
  gone = false;
  readonly #world: OuterWorld;
  readonly #root: () => Awaitable<Inode>;
  #real: Inode | undefined;

  constructor(
    world: OuterWorld,
    root: () => Awaitable<Inode>,
    at: { readonly parent: OuterInode | undefined; readonly name: string },
    { facts, real }: Found,
  ) {
    this.#world = world;
    this.#root = root;
    this.parent = at.parent;
    this.name = at.name;
    this.type = facts.type;
    this.ino = facts.ino;
    this.#real = real;
    const { methods } = facts;
    if (methods.has("setattr")) this.setattr = (changes) => this.#setattr(changes);
    if (methods.has("open")) this.open = (mode) => this.#open(mode);
    if (methods.has("readlink"))
      this.readlink = () => this.#ask(TEXT, (real) => supported(real.readlink).call(real));
    if (methods.has("lookup")) this.lookup = (name) => this.#lookup(name);
    if (methods.has("readdir"))
      this.readdir = () => this.#ask(ENTRIES, (real) => supported(real.readdir).call(real));
    if (methods.has("create")) {
      this.create = (name, creation) =>
        this.#make(name, "file", creation, (real) => supported(real.create).call(real, name, creation));
    }
    if (methods.has("mkdir")) {
      this.mkdir = (name, creation) =>
        this.#make(name, "directory", creation, (real) => supported(real.mkdir).call(real, name, creation));
    }
    if (methods.has("mkfifo")) {
      this.mkfifo = (name, creation) =>
        this.#make(name, "fifo", creation, (real) => supported(real.mkfifo).call(real, name, creation));
    }
    if (methods.has("mksocket")) {
      this.mksocket = (name, creation) =>
        this.#make(name, "socket", creation, (real) => supported(real.mksocket).call(real, name, creation));
    }
    if (methods.has("symlink")) {
      this.symlink = (name, target, creation) =>
        this.#make(name, "symlink", undefined, (real) =>
          supported(real.symlink).call(real, name, target, creation),
        );
    }
    if (methods.has("link")) this.link = (name, target) => this.#link(name, target);
    if (methods.has("unlink")) this.unlink = (name) => removeName(world, this, name, "unlink");
    if (methods.has("rmdir")) this.rmdir = (name) => removeName(world, this, name, "rmdir");
    if (methods.has("rename")) this.rename = (name, to, toName, how) => this.#rename(name, to, toName, how);
    if (this.type === "directory") world.remember(this);
  }

  /** Where it is, for messages. */
  get path(): string {
    if (this.parent === undefined) return this.#world.path;
    const above = this.parent.path;
    return above.endsWith("/") ? `${above}${this.name}` : `${above}/${this.name}`;
  }

  stat(): Awaitable<Stat> {
    return chain(
      this.#ask(STAT, (real) => real.stat()),
      (stat) => {
        if (stat.type === "file") this.#world.sizes.set(this.ino, stat.size);
        return stat;
      },
    );
  }

  /** The real one: found again where it was not asked for by this process. */
  real(): Awaitable<Inode> {
    if (this.#real !== undefined) return this.#real;
    if (this.gone) throw outside(this.path, "was removed while it was open, and its contents with it");
    const { parent, name } = this;
    const real =
      parent === undefined ? this.#root() : chain(parent.real(), (directory) => lookup(directory, name));
    return chain(real, (now) => {
      if (now === undefined) throw outside(this.path, "is not there any more");
      const same = now.ino === this.ino || this.ino > NUMBERS_STABLE;
      if (now.type !== this.type || !same) throw outside(this.path, "is another file by now");
      this.#real = now;
      return now;
    });
  }

  /** It is called otherwise. */
  moved(parent: OuterInode, name: string): void {
    this.parent = parent;
    this.name = name;
  }

  #ask<T>(form: Form<T>, call: (real: Inode) => Awaitable<T>): Awaitable<T> {
    return this.#world.ask(form, () => chain(this.real(), call));
  }

  #setattr(changes: AttributeChanges): Awaitable<void> {
    const make = (): Awaitable<void> =>
      chain(this.real(), (real) => supported(real.setattr).call(real, changes));
    const { size } = changes;
    if (size === undefined) return this.#world.ask(NOTHING, make);
    // The same again makes no difference; but what was cut off already is not missed.
    const set = this.#world.change<void, void>({
      before: () => undefined,
      facts: NOTHING,
      make,
      again: make,
      result: NOTHING,
    });
    return chain(set, () => {
      this.#world.sizes.set(this.ino, size);
    });
  }

  #open(mode: OpenMode): Awaitable<OpenFile> {
    const opened = this.#ask(OPENED, (real) =>
      chain(supported(real.open).call(real, mode), (file) => ({ facts: openFactsOf(file), real: file })),
    );
    return chain(opened, ({ facts, real }) => new OuterOpenFile(this.#world, this, mode, facts, real));
  }

  #lookup(name: string): Awaitable<OuterInode> {
    const looked = this.#ask(FOUND, (real) => chain(supported(real.lookup).call(real, name), found));
    return chain(looked, (child) => this.#child(name, child));
  }

  #child(name: string, { facts, real }: Found): OuterInode {
    const known = facts.type === "directory" ? this.#world.directory(facts.ino) : undefined;
    if (known === undefined)
      return new OuterInode(this.#world, this.#root, { parent: this, name }, { facts, real });
    known.moved(this, name);
    known.#real = real ?? known.#real;
    return known;
  }

  /** The number of what a name stands for now. */
  number(name: string): Awaitable<number> {
    return chain(this.real(), (real) => chain(lookup(real, name), (there) => there?.ino ?? NONE));
  }

  #make(
    name: string,
    type: FileType,
    creation: Creation | undefined,
    make: (real: Inode) => Awaitable<Inode>,
  ): Awaitable<OuterInode> {
    const made = this.#world.change<number, Found>({
      before: () => this.number(name),
      facts: NUMBER,
      make: () => chain(this.real(), (real) => chain(make(real), found)),
      again: (before) =>
        chain(this.real(), (real) =>
          chain(lookup(real, name), (there): Awaitable<Found> => {
            // Nothing was there before: what is there now was made just before the end.
            if (before !== NONE || there === undefined || there.type !== type)
              return chain(make(real), found);
            const attributes = creation === undefined ? undefined : there.setattr?.({ mode: creation.mode });
            return chain(attributes, () => found(there));
          }),
        ),
      result: FOUND,
    });
    return chain(made, (child) => {
      this.#world.forget(child.facts.ino);
      return this.#child(name, child);
    });
  }

  #link(name: string, target: Inode): Awaitable<void> {
    return linkName(this.#world, this, name, this.#own(target));
  }

  #rename(name: string, to: Inode, toName: string, how: RenameMode): Awaitable<void> {
    return renameName(
      this.#world,
      { directory: this, name },
      { directory: this.#own(to), name: toName },
      how,
    );
  }

  /** An inode of the same file system. */
  #own(inode: Inode): OuterInode {
    if (!(inode instanceof OuterInode) || inode.#world !== this.#world) throw new Errno("EXDEV");
    return inode;
  }
}

/** The root of a file system outside. */
export const outerRoot = (world: OuterWorld, root: () => Awaitable<Inode>): Awaitable<OuterInode> =>
  chain(
    world.ask(FOUND, () => chain(root(), found)),
    (top) => new OuterInode(world, root, { parent: undefined, name: "" }, top),
  );
