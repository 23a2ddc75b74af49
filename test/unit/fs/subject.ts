import nodefs from "node:fs";
import type { Awaitable, FileSystem, Inode, OpenFile } from "../../../src/fs/filesystem.js";
import { Errno } from "../../../src/wire/errno.js";

/** One step of a scenario that runs on a file system of ours and on a real directory alike. Paths are relative. */
export type Step =
  | { readonly op: "create"; readonly path: string; readonly mode?: number }
  | { readonly op: "mkdir"; readonly path: string; readonly mode?: number }
  | { readonly op: "symlink"; readonly path: string; readonly target: string }
  | { readonly op: "link"; readonly path: string; readonly to: string }
  | { readonly op: "rename"; readonly path: string; readonly to: string }
  | { readonly op: "write"; readonly path: string; readonly at: number; readonly text: string }
  | { readonly op: "truncate"; readonly path: string; readonly size: number }
  | { readonly op: "chmod"; readonly path: string; readonly mode: number }
  | { readonly op: "utimes"; readonly path: string; readonly atime: bigint; readonly mtime: bigint }
  | { readonly op: "read" | "readlink" | "unlink" | "rmdir" | "list" | "stat"; readonly path: string }
  | { readonly op: "open"; readonly path: string; readonly handle: number }
  | { readonly op: "pread"; readonly handle: number; readonly at: number; readonly length: number }
  | { readonly op: "pwrite"; readonly handle: number; readonly at: number; readonly text: string }
  | { readonly op: "append"; readonly handle: number; readonly text: string }
  | { readonly op: "fstat" | "close"; readonly handle: number }
  | { readonly op: "fchmod"; readonly handle: number; readonly mode: number }
  | { readonly op: "ftruncate"; readonly handle: number; readonly size: number };

export interface Subject {
  /** What a step answers, as text, or its errno. */
  run(step: Step): Promise<string>;
  close(): Promise<void>;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();
/** Sizes of directories, their link counts and times that moved differ lawfully between file systems. */
const described = (type: string, mode: number, size: number, nlink: number): string =>
  type === "directory"
    ? `${type} ${mode.toString(8)}`
    : `${type} ${mode.toString(8)} ${size} bytes, ${nlink} links`;
const zeroless = (text: string): string => text.replaceAll("\0", "~");

/** Runs steps at the level of inodes, resolving paths as simply as can be: no links, no dots. */
export class InodeSubject implements Subject {
  readonly #fs: FileSystem;
  readonly #handles = new Map<number, { inode: Inode; file: OpenFile }>();
  readonly #owner = { uid: 1000, gid: 1000 };

  constructor(fs: FileSystem) {
    this.#fs = fs;
  }

  async run(step: Step): Promise<string> {
    try {
      return await this.#run(step);
    } catch (error) {
      if (error instanceof Errno) return error.code;
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const { file } of this.#handles.values()) await file.close?.();
    await this.#fs.close?.();
  }

  async #inode(path: string): Promise<Inode> {
    let at = await this.#fs.root();
    for (const name of path.split("/")) {
      if (at.lookup === undefined) throw new Errno("ENOTDIR");
      at = await at.lookup(name);
    }
    return at;
  }

  async #parent(path: string): Promise<[Inode, string]> {
    const cut = path.lastIndexOf("/");
    const parent = cut < 0 ? await this.#fs.root() : await this.#inode(path.slice(0, cut));
    if (parent.type !== "directory") throw new Errno("ENOTDIR");
    return [parent, path.slice(cut + 1)];
  }

  #handle(number: number): { inode: Inode; file: OpenFile } {
    const handle = this.#handles.get(number);
    if (handle === undefined) throw new Errno("EBADF");
    return handle;
  }

  async #run(step: Step): Promise<string> {
    switch (step.op) {
      case "create": {
        const [parent, name] = await this.#parent(step.path);
        const inode = await there(parent.create?.(name, { ...this.#owner, mode: step.mode ?? 0o644 }));
        return inode.type;
      }
      case "mkdir": {
        const [parent, name] = await this.#parent(step.path);
        const inode = await there(parent.mkdir?.(name, { ...this.#owner, mode: step.mode ?? 0o755 }));
        return inode.type;
      }
      case "symlink": {
        const [parent, name] = await this.#parent(step.path);
        const inode = await there(parent.symlink?.(name, step.target, { ...this.#owner, mode: 0o777 }));
        return inode.type;
      }
      case "link": {
        const target = await this.#inode(step.path);
        const [parent, name] = await this.#parent(step.to);
        await parent.link?.(name, target);
        return "ok";
      }
      case "rename": {
        const [from, name] = await this.#parent(step.path);
        const [to, toName] = await this.#parent(step.to);
        await from.rename?.(name, to, toName, "replace");
        return "ok";
      }
      case "unlink":
      case "rmdir": {
        const [parent, name] = await this.#parent(step.path);
        await parent[step.op]?.(name);
        return "ok";
      }
      case "write":
        return await this.#opened(step.path, (file) => file.write?.(encoder.encode(step.text), step.at));
      case "read": {
        const inode = await this.#inode(step.path);
        if (inode.type === "directory") throw new Errno("EISDIR");
        if (inode.type === "symlink") throw new Errno("ELOOP");
        const file = await there(inode.open?.({ read: true, write: false }));
        try {
          const into = new Uint8Array((await inode.stat()).size);
          return zeroless(decoder.decode(into.subarray(0, await file.read(into, 0))));
        } finally {
          await file.close?.();
        }
      }
      case "truncate":
        await (await this.#regular(step.path)).setattr?.({ size: step.size });
        return "ok";
      case "chmod":
        await (await this.#inode(step.path)).setattr?.({ mode: step.mode });
        return "ok";
      case "utimes": {
        const inode = await this.#inode(step.path);
        await inode.setattr?.({ atime: step.atime, mtime: step.mtime });
        const { atime, mtime } = await inode.stat();
        return `${atime} ${mtime}`;
      }
      case "readlink":
        return await there((await this.#inode(step.path)).readlink?.());
      case "list": {
        const inode = await this.#inode(step.path);
        if (inode.type !== "directory") throw new Errno("ENOTDIR");
        const entries = await there(inode.readdir?.());
        for (const { name, ino, type } of entries) {
          const found = await there(inode.lookup?.(name));
          if (found.ino !== ino || found.type !== type)
            throw new Error(`${name} is listed as something else`);
        }
        return entries
          .map(({ name, type }) => `${name}:${type}`)
          .sort()
          .join(" ");
      }
      case "stat": {
        const inode = await this.#inode(step.path);
        const { type, mode, size, nlink, ino } = await inode.stat();
        if (ino !== inode.ino) throw new Error(`${step.path} has two numbers`);
        return described(type, mode, size, nlink);
      }
      case "open": {
        if (this.#handles.has(step.handle)) throw new Errno("EBUSY");
        const inode = await this.#regular(step.path);
        this.#handles.set(step.handle, {
          inode,
          file: await there(inode.open?.({ read: true, write: true })),
        });
        return "ok";
      }
      case "pread": {
        const into = new Uint8Array(step.length);
        return zeroless(
          decoder.decode(into.subarray(0, await this.#handle(step.handle).file.read(into, step.at))),
        );
      }
      case "pwrite":
        return `${await this.#handle(step.handle).file.write?.(encoder.encode(step.text), step.at)}`;
      case "append":
        return `${(await there(this.#handle(step.handle).file.append?.(encoder.encode(step.text)))).end}`;
      case "fstat": {
        const { type, mode, size, nlink } = await this.#handle(step.handle).inode.stat();
        return described(type, mode, size, nlink);
      }
      case "fchmod":
        await this.#handle(step.handle).inode.setattr?.({ mode: step.mode });
        return "ok";
      case "ftruncate":
        await this.#handle(step.handle).inode.setattr?.({ size: step.size });
        return "ok";
      case "close":
        await this.#handle(step.handle).file.close?.();
        this.#handles.delete(step.handle);
        return "ok";
    }
  }

  async #regular(path: string): Promise<Inode> {
    const inode = await this.#inode(path);
    if (inode.type === "directory") throw new Errno("EISDIR");
    if (inode.type === "symlink") throw new Errno("ELOOP");
    return inode;
  }

  async #opened(path: string, use: (file: OpenFile) => Awaitable<number> | undefined): Promise<string> {
    const file = await there((await this.#regular(path)).open?.({ read: false, write: true }));
    try {
      return `${await there(use(file))}`;
    } finally {
      await file.close?.();
    }
  }
}

/** What a method answered; a method that is missing answers EINVAL. */
async function there<T>(value: Awaitable<T> | undefined): Promise<T> {
  if (value === undefined) throw new Errno("EINVAL");
  return await value;
}

const { O_CREAT, O_EXCL, O_RDWR, O_WRONLY, O_RDONLY, O_NOFOLLOW } = nodefs.constants;

/** Runs steps on a real directory. */
export class RealSubject implements Subject {
  readonly #root: string;
  readonly #handles = new Map<number, number>();

  constructor(root: string) {
    this.#root = root;
  }

  async run(step: Step): Promise<string> {
    try {
      return this.#run(step);
    } catch (error) {
      if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const fd of this.#handles.values()) nodefs.closeSync(fd);
  }

  #run(step: Step): string {
    const at = (path: string): string => `${this.#root}/${path}`;
    const fd = (number: number): number => {
      const handle = this.#handles.get(number);
      if (handle === undefined) throw new Errno("EBADF");
      return handle;
    };
    const stat = (stats: nodefs.Stats): string => {
      const type = stats.isFile() ? "file" : stats.isDirectory() ? "directory" : "symlink";
      return described(type, stats.mode & 0o7777, stats.size, stats.nlink);
    };
    switch (step.op) {
      case "create": {
        const made = nodefs.openSync(at(step.path), O_RDWR | O_CREAT | O_EXCL);
        nodefs.fchmodSync(made, step.mode ?? 0o644);
        nodefs.closeSync(made);
        return "file";
      }
      case "mkdir":
        nodefs.mkdirSync(at(step.path));
        nodefs.chmodSync(at(step.path), step.mode ?? 0o755);
        return "directory";
      case "symlink":
        nodefs.symlinkSync(step.target, at(step.path));
        return "symlink";
      case "link":
        nodefs.linkSync(at(step.path), at(step.to));
        return "ok";
      case "rename":
        nodefs.renameSync(at(step.path), at(step.to));
        return "ok";
      case "unlink":
        nodefs.unlinkSync(at(step.path));
        return "ok";
      case "rmdir":
        nodefs.rmdirSync(at(step.path));
        return "ok";
      case "write": {
        const open = nodefs.openSync(at(step.path), O_WRONLY | O_NOFOLLOW);
        try {
          return `${nodefs.writeSync(open, encoder.encode(step.text), 0, undefined, step.at)}`;
        } finally {
          nodefs.closeSync(open);
        }
      }
      case "read": {
        const open = nodefs.openSync(at(step.path), O_RDONLY | O_NOFOLLOW);
        try {
          return zeroless(nodefs.readFileSync(open, "utf8"));
        } finally {
          nodefs.closeSync(open);
        }
      }
      case "truncate": {
        const open = nodefs.openSync(at(step.path), O_WRONLY | O_NOFOLLOW);
        try {
          nodefs.ftruncateSync(open, step.size);
          return "ok";
        } finally {
          nodefs.closeSync(open);
        }
      }
      case "chmod":
        nodefs.lstatSync(at(step.path));
        nodefs.chmodSync(at(step.path), step.mode);
        return "ok";
      case "utimes":
        nodefs.lstatSync(at(step.path));
        return `${step.atime} ${step.mtime}`;
      case "readlink":
        return nodefs.readlinkSync(at(step.path));
      case "list":
        if (nodefs.lstatSync(at(step.path)).isSymbolicLink()) return "ENOTDIR";
        return nodefs
          .readdirSync(at(step.path), { withFileTypes: true })
          .map(
            (entry) =>
              `${entry.name}:${entry.isFile() ? "file" : entry.isDirectory() ? "directory" : "symlink"}`,
          )
          .sort()
          .join(" ");
      case "stat":
        return stat(nodefs.lstatSync(at(step.path)));
      case "open":
        if (this.#handles.has(step.handle)) throw new Errno("EBUSY");
        this.#handles.set(step.handle, nodefs.openSync(at(step.path), O_RDWR | O_NOFOLLOW));
        return "ok";
      case "pread": {
        const into = new Uint8Array(step.length);
        return zeroless(
          decoder.decode(into.subarray(0, nodefs.readSync(fd(step.handle), into, 0, step.length, step.at))),
        );
      }
      case "pwrite":
        return `${nodefs.writeSync(fd(step.handle), encoder.encode(step.text), 0, undefined, step.at)}`;
      case "append": {
        const data = encoder.encode(step.text);
        const { size } = nodefs.fstatSync(fd(step.handle));
        return `${size + nodefs.writeSync(fd(step.handle), data, 0, undefined, size)}`;
      }
      case "fstat":
        return stat(nodefs.fstatSync(fd(step.handle)));
      case "fchmod":
        nodefs.fchmodSync(fd(step.handle), step.mode);
        return "ok";
      case "ftruncate":
        nodefs.ftruncateSync(fd(step.handle), step.size);
        return "ok";
      case "close":
        nodefs.closeSync(fd(step.handle));
        this.#handles.delete(step.handle);
        return "ok";
    }
  }
}
