import type { FileSystem, Inode } from "../fs/filesystem.js";
import { memory } from "../fs/memory/memory.js";
import { TreeDirectory } from "../fs/tree.js";
import type { Identity } from "./identity.js";

export interface Storage {
  /** Most bytes and inodes of files in memory. */
  readonly bytes?: number;
  readonly inodes?: number;
}

/**
 * The root of a guest that was given none: a small Linux in memory. Only the user's home, /tmp and /var/tmp can be
 * written to.
 */
export const skeleton = (who: Identity, storage: Storage = {}): FileSystem => {
  const { user, home, uid, gid, shell, uname } = who;
  const shared = new TreeDirectory({}, { mode: 0o1777 });
  const fs = memory(
    {
      "etc/passwd": [
        "root:x:0:0:root:/root:/bin/sh",
        "nobody:x:65534:65534:nobody:/nonexistent:/bin/false",
        `${user}:x:${uid}:${gid}:${user}:${home}:${shell}`,
        "",
      ].join("\n"),
      "etc/group": `root:x:0:\nnogroup:x:65534:\n${user}:x:${gid}:\n`,
      "etc/hosts": `127.0.0.1\tlocalhost\n127.0.1.1\t${uname.nodename}\n`,
      "etc/hostname": `${uname.nodename}\n`,
      tmp: shared,
      "var/tmp": shared,
    },
    { ...storage, uid: 0, gid: 0 },
  );
  let at: Inode = fs.root();
  for (const name of home.split("/")) {
    if (name === "" || name === "." || name === ".." || at.mkdir === undefined) continue;
    const made = at.mkdir(name, { mode: 0o755, uid, gid });
    if ("then" in made) throw new Error("memory did not answer at once");
    at = made;
  }
  return fs;
};
