/** A file system that ends the world at a chosen change: just before it is made, or just after, before anyone hears of it. */
import type { Awaitable, FileSystem, Inode, OpenFile } from "../../../src/fs/filesystem.js";

const CHANGES: ReadonlySet<string | symbol> = new Set([
  "setattr",
  "create",
  "mkdir",
  "symlink",
  "link",
  "unlink",
  "rmdir",
  "rename",
  "write",
  "append",
  "allocate",
]);

export class Crash {
  /** Which change it is, from 1; changes are counted with 0. */
  readonly at: number;
  readonly when: "before" | "after" | "half";
  /** What the change was; settles when the world has ended. */
  readonly happened: Promise<string>;
  /** The changes so far, by name. */
  readonly changes: string[] = [];
  #tell: (what: string) => void = () => undefined;

  constructor(at: number, when: "before" | "after" | "half") {
    this.at = at;
    this.when = when;
    this.happened = new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  around(fs: FileSystem): FileSystem {
    const { kind, readOnly = false } = fs;
    return { kind, readOnly, root: () => this.#inode(fs.root()) };
  }

  #inode(inode: Awaitable<Inode>): Inode {
    if ("then" in inode) throw new TypeError("a directory answers at once");
    return this.#proxy(inode, (name, value) => {
      if (name === "lookup" || name === "create" || name === "mkdir" || name === "symlink") {
        return isInode(value) ? this.#inode(value) : value;
      }
      if (name === "open") return isOpenFile(value) ? this.#proxy(value, (_name, result) => result) : value;
      return value;
    });
  }

  /** The same object, with its changes counted; inodes that are given to it are the real ones. */
  #proxy<T extends object>(target: T, wrap: (name: string, value: unknown) => unknown): T {
    const proxy = new Proxy(target, {
      get: (object, name) => {
        const value: unknown = Reflect.get(object, name);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          const call = (given: unknown[]): unknown => wrap(String(name), Reflect.apply(value, object, given));
          const plain = args.map((arg) =>
            typeof arg === "object" && arg !== null ? (real.get(arg) ?? arg) : arg,
          );
          return CHANGES.has(name) ? this.#change(String(name), plain, call) : call(plain);
        };
      },
    });
    real.set(proxy, target);
    return proxy;
  }

  #change(name: string, args: unknown[], call: (args: unknown[]) => unknown): unknown {
    this.changes.push(name);
    if (this.changes.length !== this.at) return call(args);
    const [data, ...rest] = args;
    if (this.when === "half" && data instanceof Uint8Array)
      call([data.subarray(0, data.length >> 1), ...rest]);
    if (this.when === "after") call(args);
    this.#tell(name);
    return new Promise(() => undefined);
  }
}

const real = new WeakMap<object, object>();

const isInode = (value: unknown): value is Inode =>
  typeof value === "object" && value !== null && "ino" in value && "stat" in value;

const isOpenFile = (value: unknown): value is OpenFile =>
  typeof value === "object" && value !== null && "read" in value;
