import type { FileType } from "../fs/filesystem.js";

/** A file of the guest's, as `stat` and `list` tell of it. */
export interface FileInfo {
  readonly path: string;
  readonly name: string;
  readonly type: FileType;
  /** Bytes. */
  readonly size: number;
  readonly mode: number;
  readonly modified: Date;
}
