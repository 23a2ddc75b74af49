import { Errno } from "../../wire/errno.js";
import { chain, run, type Steps } from "../../wire/steps.js";
import { AT_FDCWD, MAY_WRITE } from "../flags.js";
import { mksocket } from "../vfs/names.js";

import type { Place } from "../vfs/place.js";
import type { Tree } from "../vfs/tree.js";
import type { SocketFiles } from "./surroundings.js";

const key = ({ mount, inode }: Place): string => `file:${mount.id}:${inode.ino}`;

function* make(tree: Tree, path: string): Steps<string> {
  try {
    return key(yield* mksocket(tree, AT_FDCWD, path));
  } catch (error) {
    if (error instanceof Errno && error.code === "EEXIST") throw new Errno("EADDRINUSE");
    throw error;
  }
}

/** Local sockets' names are files of the guest's, found as all others are. */
export const socketFiles = (tree: Tree): SocketFiles => ({
  make: (path) => run(make(tree, path)),
  find: (path) =>
    chain(tree.resolve(AT_FDCWD, path, true), (place) =>
      chain(tree.allow(place, MAY_WRITE), () => {
        if (place.inode.type !== "socket") throw new Errno("ECONNREFUSED");
        return key(place);
      }),
    ),
});
