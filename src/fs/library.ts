import { closeSync, openSync, readSync } from "node:fs";
import { Errno } from "../wire/errno.js";
import type { FileSystem, OpenFile } from "./filesystem.js";
import { type FixedAttributes, FixedDirectory, FixedFile } from "./fixed.js";

const MAGIC = "SALLYLIB";
const VERSION = 1;
/** Magic, version u32, length of the index u32; then the index (JSON), then the files' bytes. */
const HEADER = 16;
const MOST_INDEX = 1 << 24;

/**
 * The files that come with the guest (Python's library, time zones), from one archive that is read where it is:
 * guest path → a read-only file system. Opened once, shared by all sandboxes of the process, never closed by them.
 *
 * @throws the error of node:fs where it cannot be opened; TypeError where it is no archive of this version
 */
export const openLibrary = (path: string): ReadonlyMap<string, FileSystem> => {
  const fd = openSync(path, "r");
  try {
    const { roots, start } = readIndex(fd, path);
    return new Map(Object.entries(roots).map(([place, files]) => [place, fileSystem(fd, files, start)]));
  } catch (error) {
    closeSync(fd);
    throw error;
  }
};

/** Path, offset, size. */
type Entry = readonly [path: string, offset: number, size: number];
type Roots = Readonly<Record<string, readonly Entry[]>>;

const readIndex = (fd: number, path: string): { readonly roots: Roots; readonly start: number } => {
  const header = Buffer.alloc(HEADER);
  const complete = readSync(fd, header, 0, HEADER, 0) === HEADER;
  const length = header.readUInt32LE(12);
  if (!complete || header.toString("latin1", 0, 8) !== MAGIC || header.readUInt32LE(8) !== VERSION) {
    throw new TypeError(`${path} is no library of version ${VERSION}`);
  }
  const index = Buffer.alloc(Math.min(length, MOST_INDEX));
  if (readSync(fd, index, 0, index.length, HEADER) !== length) throw new TypeError(`${path} is cut off`);
  const roots: unknown = JSON.parse(index.toString());
  if (!isRoots(roots)) throw new TypeError(`${path} has an index of another shape`);
  return { roots, start: HEADER + length };
};

const isRoots = (value: unknown): value is Roots =>
  typeof value === "object" &&
  value !== null &&
  Object.values(value).every(
    (files) =>
      Array.isArray(files) &&
      files.every(
        (entry) =>
          Array.isArray(entry) &&
          typeof entry[0] === "string" &&
          Number.isSafeInteger(entry[1]) &&
          Number.isSafeInteger(entry[2]),
      ),
  );

const fileSystem = (fd: number, files: readonly Entry[], start: number): FileSystem => {
  let ino = 0;
  const attributes = (mode: number): FixedAttributes => ({ ino: ++ino, mode, uid: 0, gid: 0, mtime: 0n });
  const root = new FixedDirectory(attributes(0o755));
  for (const [path, offset, size] of files) {
    const names = path.split("/");
    const name = names.pop();
    if (name === undefined) continue;
    let parent = root;
    for (const each of names) {
      const found = parent.entries.get(each);
      if (found instanceof FixedDirectory) {
        parent = found;
        continue;
      }
      const made = new FixedDirectory(attributes(0o755));
      parent.entries.set(each, made);
      parent.nlink++;
      parent = made;
    }
    const file = openFile(fd, start + offset, size);
    parent.entries.set(
      name,
      new FixedFile(attributes(0o644), size, ({ write }) => {
        if (write) throw new Errno("EROFS");
        return file;
      }),
    );
  }
  return { kind: "library", readOnly: true, root: () => root };
};

const openFile = (fd: number, start: number, size: number): OpenFile => ({
  read: (into, offset) => {
    const length = Math.min(into.length, size - offset);
    return length <= 0 ? 0 : readSync(fd, into, 0, length, start + offset);
  },
});
