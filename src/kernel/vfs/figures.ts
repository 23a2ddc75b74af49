import type { Figures } from "../../fs/filesystem.js";
import type { StatvfsRecord } from "../../wire/records.js";
import { get, type Steps } from "../../wire/steps.js";
import { NAME_MAX } from "../flags.js";
import type { Mount } from "./place.js";

const NONE: Figures = {
  blockSize: 4096,
  blocks: 0,
  blocksFree: 0,
  files: 0,
  filesFree: 0,
  nameMax: NAME_MAX,
};

/** What statvfs(3) shows of a mount. */
export function* figures(mount: Mount): Steps<StatvfsRecord> {
  const { fs } = mount;
  const own = fs.figures === undefined ? NONE : yield* get(fs.figures());
  return {
    bsize: own.blockSize,
    frsize: own.blockSize,
    blocks: own.blocks,
    bfree: own.blocksFree,
    bavail: own.blocksFree,
    files: own.files,
    ffree: own.filesFree,
    namemax: own.nameMax,
  };
}
