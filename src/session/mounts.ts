import type { FileSystem, Inode } from "../fs/filesystem.js";
import { MemoryFileSystem, memory } from "../fs/memory/memory.js";

/** What a session has mounted, and what of it is its own to close. */
export interface SessionMounts {
  readonly all: ReadonlyMap<string, FileSystem>;
  /** Bytes in the files of the session's own memory. */
  readonly stored: () => number;
}

const NOBODY = 65_534;

/** The part of the root that is the same for all: it is read-only, so one does for every sandbox. */
let base: FileSystem | undefined;

const root = (): FileSystem => {
  base ??= readOnly(
    memory(
      {
        etc: {
          passwd:
            "root:x:0:0:root:/root:/usr/sbin/nologin\n" +
            "sandbox:x:1000:1000:sandbox:/sandbox:/bin/sh\n" +
            `nobody:x:${NOBODY}:${NOBODY}:nobody:/nonexistent:/usr/sbin/nologin\n`,
          group: `root:x:0:\nsandbox:x:1000:\nnogroup:x:${NOBODY}:\n`,
          hostname: "sallyport\n",
          "os-release": 'NAME="Sallyport"\nID=sallyport\nPRETTY_NAME="Sallyport"\n',
        },
        usr: { bin: {}, lib: {} },
        dev: {},
      },
      { uid: 0, gid: 0 },
    ),
  );
  return base;
};

/**
 * The guest's file systems: the library, memory at /sandbox and /tmp within one quota, and over them what the
 * caller mounts.
 */
export const sessionMounts = (
  own: Readonly<Record<string, FileSystem>>,
  library: FileSystem,
  libraryPath: string,
  storage: number,
): SessionMounts => {
  const space = new MemoryFileSystem({ bytes: storage });
  const all = new Map<string, FileSystem>([
    ["/", root()],
    [libraryPath, library],
    ["/sandbox", directoryOf(space, "sandbox", 0o755)],
    ["/tmp", directoryOf(space, "tmp", 0o1777)],
  ]);
  for (const [path, fs] of Object.entries(own)) all.set(normal(path), fs);
  return { all, stored: () => space.used.bytes };
};

/** "/data/" and "//data" are "/data". */
const normal = (path: string): string =>
  `/${path
    .split("/")
    .filter((part) => part !== "")
    .join("/")}`;

const directoryOf = (space: MemoryFileSystem, name: string, mode: number): FileSystem => {
  const made: Inode = space.root().mkdir(name, { mode, uid: 1000, gid: 1000 });
  return {
    kind: "memory",
    root: () => made,
    figures: () => space.figures(),
    setClock: (now) => space.setClock(now),
  };
};

/** A file system in which nothing can be changed, whatever it would allow. */
const readOnly = (fs: FileSystem): FileSystem => {
  return { kind: fs.kind, readOnly: true, root: () => fs.root() };
};
