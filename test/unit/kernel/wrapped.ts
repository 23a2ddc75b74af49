import type { FileSystem, Inode, OpenFile } from "../../../src/fs/filesystem.js";

/** Called before each call of a file system; says whether it is to be answered by a promise. What it throws, the call fails with. */
export type Before = (method: string) => "now" | "later" | { readonly rejects: unknown };

const originals = new WeakMap<object, Inode>();

/** A file system whose every method is first announced, and may answer later or fail. */
export const wrapped = (fs: FileSystem, before: Before): FileSystem => {
  const answer = <T, U>(
    method: string,
    act: () => T | PromiseLike<T>,
    make: (value: T) => U,
  ): U | Promise<U> => {
    const how = before(method);
    if (typeof how === "object") return Promise.reject(how.rejects);
    if (how === "later") return Promise.resolve().then(act).then(make);
    const value = act();
    return typeof value === "object" && value !== null && "then" in value
      ? Promise.resolve(value).then(make)
      : make(value);
  };
  const same = <T>(value: T): T => value;
  const original = (inode: Inode): Inode => originals.get(inode) ?? inode;

  const wrapFile = (file: OpenFile): OpenFile => ({
    ...(file.stream === undefined ? {} : { stream: file.stream }),
    read: (into, offset) => answer("read", () => file.read(into, offset), same),
    ...(file.write && {
      write: (data, offset) => answer("write", () => file.write?.(data, offset) ?? 0, same),
    }),
    ...(file.append && {
      append: (data) => answer("append", () => file.append?.(data) ?? { written: 0, end: 0 }, same),
    }),
    ...(file.allocate && {
      allocate: (offset, length) => answer("allocate", () => file.allocate?.(offset, length), same),
    }),
    ...(file.seek && { seek: (offset, what) => answer("seek", () => file.seek?.(offset, what) ?? 0, same) }),
    ...(file.sync && { sync: (dataOnly) => answer("sync", () => file.sync?.(dataOnly), same) }),
    close: () => answer("close", () => file.close?.(), same),
  });

  const there = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("a method is missing");
    return value;
  };

  const wrapInode = (inode: Inode): Inode => {
    const outer: Inode = {
      type: inode.type,
      ino: inode.ino,
      stat: () => answer("stat", () => inode.stat(), same),
      ...(inode.setattr && { setattr: (changes) => answer("setattr", () => inode.setattr?.(changes), same) }),
      ...(inode.open && { open: (mode) => answer("open", () => there(inode.open?.(mode)), wrapFile) }),
      ...(inode.readlink && { readlink: () => answer("readlink", () => there(inode.readlink?.()), same) }),
      ...(inode.lookup && {
        lookup: (name) => answer("lookup", () => there(inode.lookup?.(name)), wrapInode),
      }),
      ...(inode.readdir && { readdir: () => answer("readdir", () => there(inode.readdir?.()), same) }),
      ...(inode.create && {
        create: (name, how) => answer("create", () => there(inode.create?.(name, how)), wrapInode),
      }),
      ...(inode.mkdir && {
        mkdir: (name, how) => answer("mkdir", () => there(inode.mkdir?.(name, how)), wrapInode),
      }),
      ...(inode.mkfifo && {
        mkfifo: (name, how) => answer("mkfifo", () => there(inode.mkfifo?.(name, how)), wrapInode),
      }),
      ...(inode.symlink && {
        symlink: (name, target, how) =>
          answer("symlink", () => there(inode.symlink?.(name, target, how)), wrapInode),
      }),
      ...(inode.link && {
        link: (name, target) => answer("link", () => inode.link?.(name, original(target)), same),
      }),
      ...(inode.unlink && { unlink: (name) => answer("unlink", () => inode.unlink?.(name), same) }),
      ...(inode.rmdir && { rmdir: (name) => answer("rmdir", () => inode.rmdir?.(name), same) }),
      ...(inode.rename && {
        rename: (name, to, toName, how) =>
          answer("rename", () => inode.rename?.(name, original(to), toName, how), same),
      }),
    };
    originals.set(outer, inode);
    return outer;
  };

  return {
    kind: fs.kind,
    ...(fs.readOnly === undefined ? {} : { readOnly: fs.readOnly }),
    root: () => answer("root", () => fs.root(), wrapInode),
    ...(fs.figures && { figures: () => answer("figures", () => there(fs.figures?.()), same) }),
    ...(fs.setClock && { setClock: (now) => fs.setClock?.(now) }),
  };
};
