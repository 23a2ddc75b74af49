import type { Awaitable, RenameMode } from "../../fs/filesystem.js";
import { chain } from "../../wire/steps.js";
import { TWO } from "./forms.js";
import type { OuterInode } from "./inode.js";
import { NONE, supported } from "./lookup.js";
import { NOTHING, NUMBER, type OuterWorld } from "./world.js";

/** A name in a directory outside. */
export interface Named {
  readonly directory: OuterInode;
  readonly name: string;
}

/** Gives a file another name, once. */
export const linkName = (
  world: OuterWorld,
  directory: OuterInode,
  name: string,
  target: OuterInode,
): Awaitable<void> => {
  const make = (): Awaitable<void> =>
    chain(directory.real(), (real) =>
      chain(target.real(), (to) => supported(real.link).call(real, name, to)),
    );
  return world.change<number, void>({
    before: () => directory.number(name),
    facts: NUMBER,
    make,
    again: (before) =>
      chain(directory.number(name), (now) => (before === NONE && now === target.ino ? undefined : make())),
    result: NOTHING,
  });
};

/** Takes a name away, once. */
export const removeName = (
  world: OuterWorld,
  directory: OuterInode,
  name: string,
  how: "unlink" | "rmdir",
): Awaitable<void> => {
  const make = (): Awaitable<void> =>
    chain(directory.real(), (real) => supported(real[how]).call(real, name));
  let ino = NONE;
  const removed = world.change<number, void>({
    before: () => chain(directory.number(name), (now) => (ino = now)),
    facts: {
      write: NUMBER.write,
      read: (body) => (ino = NUMBER.read(body)),
    },
    make,
    again: (before) =>
      chain(directory.number(name), (now) => (before !== NONE && now !== before ? undefined : make())),
    result: NOTHING,
  });
  return chain(removed, () => lost(world, { directory, name }, how === "rmdir" ? ino : NONE));
};

/** Moves, replaces or exchanges names, once. */
export const renameName = (world: OuterWorld, from: Named, to: Named, how: RenameMode): Awaitable<void> => {
  const make = (): Awaitable<void> =>
    chain(from.directory.real(), (real) =>
      chain(to.directory.real(), (target) =>
        supported(real.rename).call(real, from.name, target, to.name, how),
      ),
    );
  const numbers = (): Awaitable<readonly [number, number]> =>
    chain(from.directory.number(from.name), (one) =>
      chain(to.directory.number(to.name), (other) => [one, other] as const),
    );
  let [moved, replaced] = [NONE, NONE];
  const renamed = world.change<readonly [number, number], void>({
    before: () => chain(numbers(), (now) => ([moved, replaced] = now)),
    facts: {
      write: TWO.write,
      read: (body) => ([moved, replaced] = TWO.read(body)),
    },
    make,
    again: ([source]) =>
      chain(numbers(), ([one, other]) =>
        source !== NONE && one !== source && other === source ? undefined : make(),
      ),
    result: NOTHING,
  });
  return chain(renamed, () => {
    if (how === "exchange") exchanged(world, from, to, moved, replaced);
    else {
      if (replaced !== NONE && replaced !== moved) lost(world, to, replaced);
      carried(world, from, to, moved);
    }
  });
};

/** The files that are open and have a name. */
const openAt = (world: OuterWorld, { directory, name }: Named): readonly OuterInode[] =>
  [...world.open]
    .map(({ inode }) => inode)
    .filter((inode) => inode.parent === directory && inode.name === name);

/** A name is gone. `directory`: the number of the directory that had it. */
const lost = (world: OuterWorld, at: Named, directory: number): void => {
  if (directory !== NONE) world.forget(directory);
  for (const inode of openAt(world, at)) inode.gone = true;
};

/** What has a name is called otherwise. */
const carried = (world: OuterWorld, from: Named, to: Named, ino: number): void => {
  world.directory(ino)?.moved(to.directory, to.name);
  for (const inode of openAt(world, from)) if (!inode.gone) inode.moved(to.directory, to.name);
};

const exchanged = (world: OuterWorld, from: Named, to: Named, one: number, other: number): void => {
  const [first, second] = [openAt(world, from), openAt(world, to)];
  world.directory(one)?.moved(to.directory, to.name);
  world.directory(other)?.moved(from.directory, from.name);
  for (const inode of first) inode.moved(to.directory, to.name);
  for (const inode of second) inode.moved(from.directory, from.name);
};
