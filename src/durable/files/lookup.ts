import type { Awaitable, Inode } from "../../fs/filesystem.js";
import { Errno } from "../../wire/errno.js";

/** What a name stands for; undefined where there is nothing. */
export const lookup = (directory: Inode, name: string): Awaitable<Inode | undefined> => {
  const absent = (error: unknown): undefined => {
    if (error instanceof Errno && (error.code === "ENOENT" || error.code === "ENAMETOOLONG"))
      return undefined;
    throw error;
  };
  try {
    const inode = directory.lookup?.(name);
    return inode !== undefined && "then" in inode ? inode.then(undefined, absent) : inode;
  } catch (error) {
    return absent(error);
  }
};

/** No inode has this number. */
export const NONE = 0;

/** A method of an inode, which is there as the journal says. */
export const supported = <Method>(method: Method | undefined): Method => {
  if (method === undefined) throw new Errno("EROFS");
  return method;
};
