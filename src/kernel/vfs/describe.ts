import { Errno } from "../../wire/errno.js";
import { get, type Steps } from "../../wire/steps.js";
import { AT_FDCWD } from "../flags.js";
import type { Tree } from "./tree.js";
import type { Follow } from "./walk.js";

/**
 * The path that an operation is about, absolute and resolved. Where the way does not exist, the rest of it is
 * normalised as text.
 */
export function* describe(tree: Tree, at: number, path: string, follow: Follow): Steps<string> {
  try {
    const found = yield* get(tree.find(at, path, follow));
    if (found.place !== undefined) return found.place.path;
    const above = found.directory.path;
    return above === "/" ? `/${found.name}` : `${above}/${found.name}`;
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return normalise(path.startsWith("/") ? "/" : yield* startPath(tree, at), path);
  }
}

function* startPath(tree: Tree, at: number): Steps<string> {
  try {
    return (yield* get(tree.start(at))).path;
  } catch (error) {
    if (!(error instanceof Errno) || at === AT_FDCWD) throw error;
    return "/";
  }
}

const normalise = (start: string, path: string): string => {
  const names = start.split("/").filter((name) => name !== "");
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return `/${names.join("/")}`;
};
