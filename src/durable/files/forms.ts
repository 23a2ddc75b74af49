import type { DirectoryEntry, Inode, OpenFile, Stat } from "../../fs/filesystem.js";
import {
  factsOf,
  type InodeFacts,
  type OpenFacts,
  readEntries,
  readFacts,
  readOpenFacts,
  readStat,
  writeEntries,
  writeFacts,
  writeOpenFacts,
  writeStat,
} from "./facts.js";
import type { Form } from "./world.js";

/** An inode, and the real one where the world was asked for it. */
export interface Found {
  readonly facts: InodeFacts;
  readonly real: Inode | undefined;
}

export interface Opened {
  readonly facts: OpenFacts;
  readonly real: OpenFile | undefined;
}

export const FOUND: Form<Found> = {
  write: (body, { facts }) => writeFacts(body, facts),
  read: (body) => ({ facts: readFacts(body), real: undefined }),
};
export const OPENED: Form<Opened> = {
  write: (body, { facts }) => writeOpenFacts(body, facts),
  read: (body) => ({ facts: readOpenFacts(body), real: undefined }),
};
export const STAT: Form<Stat> = { write: writeStat, read: readStat };
export const ENTRIES: Form<readonly DirectoryEntry[]> = { write: writeEntries, read: readEntries };
export const TEXT: Form<string> = {
  write: (body, text) => {
    body.text(text);
  },
  read: (body) => body.text(),
};
/** Two numbers of inodes. */
export const TWO: Form<readonly [number, number]> = {
  write: (body, [one, other]) => {
    body.number(one).number(other);
  },
  read: (body) => [body.number(), body.number()],
};

export const found = (real: Inode): Found => ({ facts: factsOf(real), real });
