import { DurableError } from "../../errors.js";
import type { Figures, FileType, Inode, OpenFile, Stat } from "../../fs/filesystem.js";
import type { ByteReader, ByteWriter } from "../../wire/bytes.js";

/** What files outside are, as the journal has it. */

const TYPES: readonly FileType[] = ["file", "directory", "symlink", "fifo", "character", "socket"];

const writeType = (body: ByteWriter, type: FileType): ByteWriter => body.u8(TYPES.indexOf(type));

const readType = (body: ByteReader): FileType => {
  const type = TYPES[body.u8()];
  if (type === undefined)
    throw new DurableError("damaged", "the journal is damaged: there is no such type of file");
  return type;
};

const METHODS = [
  "setattr",
  "open",
  "readlink",
  "lookup",
  "readdir",
  "create",
  "mkdir",
  "mkfifo",
  "mksocket",
  "symlink",
  "link",
  "unlink",
  "rmdir",
  "rename",
] as const;
export type InodeMethod = (typeof METHODS)[number];

/** A file by its number, its type, and what can be done with it. */
export interface InodeFacts {
  readonly type: FileType;
  readonly ino: number;
  readonly methods: ReadonlySet<InodeMethod>;
}

export const factsOf = (inode: Inode): InodeFacts => ({
  type: inode.type,
  ino: inode.ino,
  methods: new Set(METHODS.filter((name) => inode[name] !== undefined)),
});

export const writeFacts = (body: ByteWriter, { type, ino, methods }: InodeFacts): void => {
  const bits = METHODS.reduce((sum, name, index) => sum | (methods.has(name) ? 1 << index : 0), 0);
  writeType(body, type).number(ino).u16(bits);
};

export const readFacts = (body: ByteReader): InodeFacts => {
  const type = readType(body);
  const ino = body.number();
  const bits = body.u16();
  return { type, ino, methods: new Set(METHODS.filter((_name, index) => (bits & (1 << index)) !== 0)) };
};

const OPEN_METHODS = ["write", "append", "allocate", "sync", "seek"] as const;
export type OpenMethod = (typeof OPEN_METHODS)[number];

/** What can be done with an open file. */
export interface OpenFacts {
  readonly methods: ReadonlySet<OpenMethod>;
  readonly stream: boolean;
}

export const openFactsOf = (file: OpenFile): OpenFacts => ({
  methods: new Set(OPEN_METHODS.filter((name) => file[name] !== undefined)),
  stream: file.stream === true,
});

export const writeOpenFacts = (body: ByteWriter, { methods, stream }: OpenFacts): void => {
  const bits = OPEN_METHODS.reduce((sum, name, index) => sum | (methods.has(name) ? 1 << index : 0), 0);
  body.u8(bits).u8(stream ? 1 : 0);
};

export const readOpenFacts = (body: ByteReader): OpenFacts => {
  const bits = body.u8();
  const methods = new Set(OPEN_METHODS.filter((_name, index) => (bits & (1 << index)) !== 0));
  return { methods, stream: body.u8() === 1 };
};

export const writeStat = (body: ByteWriter, stat: Stat): void => {
  writeType(body, stat.type).number(stat.ino).number(stat.mode).number(stat.nlink);
  body.number(stat.uid).number(stat.gid).number(stat.size).number(stat.blocks);
  body
    .i64(stat.atime)
    .i64(stat.mtime)
    .i64(stat.ctime)
    .number(stat.rdev ?? 0);
};

export const readStat = (body: ByteReader): Stat => ({
  type: readType(body),
  ino: body.number(),
  mode: body.number(),
  nlink: body.number(),
  uid: body.number(),
  gid: body.number(),
  size: body.number(),
  blocks: body.number(),
  atime: body.i64(),
  mtime: body.i64(),
  ctime: body.i64(),
  rdev: body.number(),
});

const FIGURES = ["blockSize", "blocks", "blocksFree", "files", "filesFree", "nameMax"] as const;

export const writeFigures = (body: ByteWriter, figures: Figures): void => {
  for (const name of FIGURES) body.number(figures[name]);
};

export const readFigures = (body: ByteReader): Figures => ({
  blockSize: body.number(),
  blocks: body.number(),
  blocksFree: body.number(),
  files: body.number(),
  filesFree: body.number(),
  nameMax: body.number(),
});

export const writeEntries = (
  body: ByteWriter,
  entries: readonly { readonly name: string; readonly ino: number; readonly type: FileType }[],
): void => {
  body.number(entries.length);
  for (const { name, ino, type } of entries) writeType(body, type).number(ino).text(name);
};

export const readEntries = (
  body: ByteReader,
): { readonly name: string; readonly ino: number; readonly type: FileType }[] => {
  const entries: { readonly name: string; readonly ino: number; readonly type: FileType }[] = [];
  for (let left = body.number(); left > 0; left -= 1) {
    const type = readType(body);
    const ino = body.number();
    entries.push({ type, ino, name: body.text() });
  }
  return entries;
};
