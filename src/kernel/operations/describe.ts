import { chain, run } from "../../wire/steps.js";
import type { GuestOperationName } from "../../wire/types.js";
import { AT_FDCWD, AT_SYMLINK_FOLLOW, AT_SYMLINK_NOFOLLOW, O_CREAT, O_EXCL, O_NOFOLLOW } from "../flags.js";
import type { Describe } from "../intercept.js";
import { describe } from "../vfs/describe.js";
import type { Follow } from "../vfs/walk.js";
import type { World } from "../world.js";

const byFlag = (flags: number): Follow => ((flags & AT_SYMLINK_NOFOLLOW) !== 0 ? "no" : "yes");

const openFollows = (flags: number): Follow => {
  if ((flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0) return "never";
  return (flags & O_NOFOLLOW) !== 0 ? "no" : "yes";
};

/** What the operations by path do with a link at the end; those that are not here take none. */
const FOLLOWS: ReadonlyMap<GuestOperationName, (flags: number) => Follow> = new Map<
  GuestOperationName,
  (flags: number) => Follow
>([
  ["open", openFollows],
  ["stat", byFlag],
  ["access", byFlag],
  ["chmod", byFlag],
  ["chown", byFlag],
  ["utimens", byFlag],
  ["truncate", () => "yes"],
  ["statvfs", () => "yes"],
  ["chdir", () => "yes"],
  ["readlink", () => "no"],
  ["link", (flags) => ((flags & AT_SYMLINK_FOLLOW) !== 0 ? "yes" : "no")],
  ["mkdir", () => "never"],
  ["unlink", () => "never"],
  ["rename", () => "never"],
  ["symlink", () => "never"],
  ["mkfifo", () => "never"],
]);

const number = (value: unknown, otherwise: number): number => (typeof value === "number" ? value : otherwise);

/** Tells which files an operation is about, before it is done. */
export const describeFiles =
  (world: World): Describe =>
  (name, args) => {
    const follows = FOLLOWS.get(name);
    const { path, to_path: to } = args;
    if (follows === undefined) {
      const fd = number(args["fd"], -1);
      const place = world.descriptors.has(fd) ? world.descriptors.get(fd).place : undefined;
      return { path: place?.path, to: undefined };
    }
    if (typeof path !== "string") return { path: undefined, to: undefined };
    const at = number(args["at"], AT_FDCWD);
    const first = run(describe(world.tree, at, path, follows(number(args["flags"], 0))));
    return chain(first, (described) => {
      if (typeof to !== "string") return { path: described, to: undefined };
      return chain(run(describe(world.tree, number(args["to_at"], AT_FDCWD), to, "never")), (second) => ({
        path: described,
        to: second,
      }));
    });
  };
