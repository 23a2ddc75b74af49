import type { Creation, Inode } from "../fs/filesystem.js";
import { MemoryFileSystem } from "../fs/memory/memory.js";
import { plant, type Tree, TreeDirectory } from "../fs/tree.js";
import { isPromise } from "../wire/awaitable.js";
import { Errno } from "../wire/errno.js";
import { run } from "../wire/steps.js";
import type { Identity } from "./identity.js";

export interface Storage {
  /** Most bytes and inodes of files in memory. */
  readonly bytes?: number;
  readonly inodes?: number;
}

/** Names of ports that programs ask for (getservbyname). */
const SERVICES = [
  ["echo", 7, "tcp"],
  ["echo", 7, "udp"],
  ["discard", 9, "tcp"],
  ["daytime", 13, "tcp"],
  ["qotd", 17, "tcp"],
  ["ftp", 21, "tcp"],
  ["ssh", 22, "tcp"],
  ["telnet", 23, "tcp"],
  ["smtp", 25, "tcp"],
  ["domain", 53, "tcp"],
  ["domain", 53, "udp"],
  ["http", 80, "tcp"],
  ["pop3", 110, "tcp"],
  ["ntp", 123, "udp"],
  ["imap2", 143, "tcp"],
  ["ldap", 389, "tcp"],
  ["https", 443, "tcp"],
  ["https", 443, "udp"],
  ["submission", 587, "tcp"],
  ["imaps", 993, "tcp"],
  ["pop3s", 995, "tcp"],
] as const;

/**
 * The root of a guest that was given none: a small Linux in memory. Only the user's home, /tmp and /var/tmp can be
 * written to. `more` are further files of root's.
 */
export const skeleton = (who: Identity, storage: Storage = {}, more: Tree = {}): MemoryFileSystem =>
  new Skeleton(who, storage, more);

/** Made at the first look, when the kernel has set its clock: the guest's files are of the guest's time. */
class Skeleton extends MemoryFileSystem {
  readonly #who: Identity;
  readonly #more: Tree;
  #now: (() => bigint) | undefined;
  #filled = false;

  constructor(who: Identity, storage: Storage, more: Tree) {
    super({ ...storage, uid: 0, gid: 0 });
    this.#who = who;
    this.#more = more;
  }

  override setClock(now: () => bigint): void {
    this.#now = now;
    super.setClock(now);
  }

  override root(): ReturnType<MemoryFileSystem["root"]> {
    const root = super.root();
    if (this.#filled) return root;
    this.#filled = true;
    fill(root, this.#who, this.#more);
    const now = this.#now?.();
    if (now !== undefined) root.setattr({ atime: now, mtime: now });
    return root;
  }

  override restore(saved: unknown, bytes?: "own" | "shared"): void {
    super.restore(saved, bytes);
    this.#filled = true;
  }
}

const fill = (root: Inode, { user, home, uid, gid, shell, uname }: Identity, more: Tree): void => {
  const shared = new TreeDirectory({}, { mode: 0o1777 });
  const tree: Tree = {
    "etc/passwd": [
      "root:x:0:0:root:/root:/bin/sh",
      "nobody:x:65534:65534:nobody:/nonexistent:/bin/false",
      `${user}:x:${uid}:${gid}:${user}:${home}:${shell}`,
      "",
    ].join("\n"),
    "etc/group": `root:x:0:\nnogroup:x:65534:\n${user}:x:${gid}:\n`,
    "etc/hosts": `127.0.0.1\tlocalhost\n127.0.1.1\t${uname.nodename}\n`,
    "etc/hostname": `${uname.nodename}\n`,
    "etc/services": SERVICES.map(([name, port, protocol]) => `${name}\t${port}/${protocol}\n`).join(""),
    "etc/protocols": "ip\t0\tIP\nicmp\t1\tICMP\ntcp\t6\tTCP\nudp\t17\tUDP\nipv6\t41\tIPv6\n",
    tmp: shared,
    "var/tmp": shared,
    ...more,
  };
  if (isPromise(run(plant(root, tree, { uid: 0, gid: 0 })))) throw new Error("memory did not answer at once");
  let at: Inode = root;
  const names = home.split("/").filter((name) => name !== "" && name !== "." && name !== "..");
  for (const [index, name] of names.entries()) {
    const owner = index === names.length - 1 ? { uid, gid } : { uid: 0, gid: 0 };
    at = directory(at, name, { mode: 0o755, ...owner });
  }
};

/** The directory of that name; made, where it is not there. */
const directory = (parent: Inode, name: string, creation: Creation): Inode => {
  let found: ReturnType<NonNullable<Inode["lookup"]>> | undefined;
  try {
    found = parent.mkdir?.(name, creation);
  } catch (error) {
    if (!(error instanceof Errno) || error.code !== "EEXIST") throw error;
    found = parent.lookup?.(name);
  }
  if (found === undefined || "then" in found) throw new Error("memory did not answer at once");
  return found;
};
